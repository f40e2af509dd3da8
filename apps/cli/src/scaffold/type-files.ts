import { readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { inWords, type TypeWords } from "./type-words.js"

const template = fileURLToPath(new URL("../../templates/type", import.meta.url))
const framework = ["@colloquy/core", "@colloquy/crypto"]
const frameworkForTests = ["@colloquy/specification", "@colloquy/testing", "colloquy"]

/** What a new type's package needs besides the framework: the versions that the framework is built and tested with. */
export const toolVersions = { "@bufbuild/protobuf": "2.16.0", "typescript": "6.0.3", "vitest": "4.1.12" } as const

/** The files of a new type by path, for a folder that may not be there yet. */
export function typeFiles(words: TypeWords, folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ["package.json", `${JSON.stringify(packageJson(words, folder), undefined, 2)}\n`],
    [".gitignore", "dist/\nnode_modules/\n"],
  ])
  for (const path of templateFiles())
    files.set(inWords(path, words), inWords(readFileSync(join(template, path), "utf8"), words))
  return files
}

function templateFiles(): readonly string[] {
  return ["", "src", "test"].flatMap((folder) =>
    readdirSync(join(template, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(folder, entry.name))
      .sort(),
  )
}

function packageJson({ id, name }: TypeWords, folder: string): object {
  const from = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((one) => [one, frameworkPackage(one, folder)]))
  const { typescript, vitest, ...runtime } = toolVersions
  return {
    name: `conversation-${name}`,
    version: "0.1.0",
    private: true,
    description: `${id}, a conversation type for Colloquy.`,
    type: "module",
    engines: { node: ">=20.19" },
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    scripts: {
      build: "tsc",
      test: "vitest run",
      document: "vitest run test/document.test.ts --mode document",
    },
    dependencies: { ...runtime, ...from(framework) },
    devDependencies: { ...from(frameworkForTests), typescript, vitest },
  }
}

/** The version of an installed package; of a checkout, which has published none, its folder. */
function frameworkPackage(name: string, folder: string): string {
  const root = packageRoot(realpathSync(fileURLToPath(import.meta.resolve(name))))
  if (root.split(sep).includes("node_modules"))
    return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string }).version
  return `file:${relative(folder, root).split(sep).join("/")}`
}

/** Doors are in `dist`. */
function packageRoot(door: string): string {
  return resolve(dirname(door), "..")
}
