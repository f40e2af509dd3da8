import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Arrows between packages point down only. `below` names what a package may import besides itself. */
const below = {
  "core": [],
  "crypto": ["core"],
  "content": ["core"],
  "reliability": ["core"],
  "conversation-[^/]+": ["core", "crypto", "reliability"],
  "storage-[^/]+": ["core"],
  "delivery-[^/]+": ["core"],
  "client": ["core", "content"],
  "colloquy": ["(?!testing/)[^/]+"],
  "testing": ["[^/]+"],
  "specification": ["core"],
}

/** Programs use packages, and `apps/cli` starts the hub. Nothing imports a program but another program. */
const programs = ["apps/[^/]+", "examples", "bench"]

/** What only files of tests may reach for besides. */
const tests = "\\.test\\.ts$|^(packages|apps)/[^/]+/test/|^examples/test/"

/** Where a package may be entered by others: the sources that its package.json exports. */
const doors = foldersOfPackages().flatMap((folder) =>
  Object.values(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).exports ?? {}).map(
    (door) => `^${join(folder, door["colloquy-source"]).replaceAll(".", "\\.")}$`,
  ),
)

const arrows = Object.entries(below).map(([name, allowed]) => ({
  name: `arrows-${name.replace("[^/]+", "x")}`,
  comment: `packages/${name} may import ${allowed.length === 0 ? "no other package" : allowed.join(", ")}`,
  severity: "error",
  from: { path: `^packages/(${name})/src/`, pathNot: tests },
  to: {
    path: "^(packages|apps|examples|bench)/",
    pathNot: [`^packages/$1/`, ...allowed.map((one) => `^packages/${one}/`)],
  },
}))

export default {
  forbidden: [
    ...arrows,
    {
      name: "client-knows-no-type",
      comment: "the client runs types and knows none by name, in its tests neither",
      severity: "error",
      from: { path: "^packages/client/" },
      to: { path: "^packages/conversation-" },
    },
    {
      name: "nothing-imports-a-program",
      comment: "packages are below programs",
      severity: "error",
      from: { path: "^packages/", pathNot: tests },
      to: { path: programs.map((program) => `^${program}/`) },
    },
    {
      name: "programs-stand-alone",
      comment: "a program imports packages, and of other programs their doors",
      severity: "error",
      from: { path: "^(apps/[^/]+|examples|bench)/" },
      to: { path: ["^examples/", "^bench/"], pathNot: "^$1/" },
    },
    {
      name: "through-the-door",
      comment: "a package is entered by its index",
      severity: "error",
      from: { path: "^(packages/[^/]+|apps/[^/]+|examples|bench|test)/" },
      to: { path: "^(packages|apps)/[^/]+/(src|test|dist)/", pathNot: ["^$1/", ...doors] },
    },
    {
      name: "nothing-imports-the-fuzzer",
      comment: "the fuzzer looks behind every door, and nobody looks at it",
      severity: "error",
      from: { pathNot: "^fuzz/" },
      to: { path: "^fuzz/" },
    },
    {
      name: "no-cycle",
      comment: "no module needs itself",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "resolvable",
      comment: "an import leads somewhere; mdast has types and no code",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^mdast$" },
    },
    {
      name: "node-in-adapters-only",
      comment: "neutral packages run in browsers",
      severity: "error",
      from: {
        path: "^packages/[^/]+/src/",
        pathNot: [
          tests,
          "^packages/storage-sqlite/",
          "^packages/colloquy/src/node/",
          "^packages/testing/src/simulator/",
        ],
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "tests-are-not-imported",
      comment: "code does not use tests",
      severity: "error",
      from: { pathNot: [tests, "^test/", "^fuzz/"] },
      to: { path: tests },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules)/" },
    tsConfig: { fileName: "tsconfig.eslint.json" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["colloquy-source", "import", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
    skipAnalysisNotInRules: true,
  },
}

function foldersOfPackages() {
  return ["packages", "apps"]
    .flatMap((parent) => readdirSync(parent).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(folder, "package.json")))
}
