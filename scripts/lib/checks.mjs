import { join } from "node:path"
import { tool } from "./root.mjs"

/** What `npm run check` runs: a name, what it holds, and the arguments to Node. */
export const checks = [
  {
    name: "prettier",
    holds: "one format",
    args: [tool("prettier", "bin", "prettier.cjs"), "--check", "--log-level", "warn", "."],
  },
  {
    name: "eslint",
    holds: "no floating promises, no clock in protocols, typed errors",
    args: [tool("eslint", "bin", "eslint.js"), "--max-warnings", "0", "."],
  },
  {
    name: "knip",
    holds: "no unused file, export or dependency",
    args: [tool("knip", "bin", "knip.js"), "--no-progress", "--no-config-hints"],
  },
  {
    name: "arrows",
    holds: "packages depend downwards only",
    args: [
      tool("dependency-cruiser", "bin", "dependency-cruise.mjs"),
      "--config",
      "dependency-cruiser.config.mjs",
      "packages",
      "apps",
      "examples",
      "bench",
      "fuzz",
    ],
  },
  {
    name: "links",
    holds: "paths in Markdown lead somewhere",
    args: [tool("remark-cli", "cli.js"), ".", "--quiet", "--frail", "--no-stdout", "--no-color"],
  },
  {
    name: "test-types",
    holds: "tests type-check",
    args: [tool("typescript", "bin", "tsc"), "-p", "tsconfig.tests.json", "--noEmit"],
  },
  { name: "files", holds: "names, registries and machine paths", args: [join("scripts", "check-files.mjs")] },
  { name: "generated", holds: "generated code is current", args: [join("scripts", "generate.mjs"), "--check"] },
]
