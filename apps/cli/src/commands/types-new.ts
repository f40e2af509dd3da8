import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { ColloquyError } from "@colloquy/core"
import { printable } from "../output/printable.js"
import { typeFiles } from "../scaffold/type-files.js"
import { typeWords } from "../scaffold/type-words.js"
import type { Settings } from "../settings.js"

/**
 * Makes a folder with a type that works, its document and its tests. Throws `BAD_TYPE_ID`, `TYPE_TAKEN`, `FOLDER_EXISTS`, `FOLDER_MISSING`, `FOLDER_NOT_WRITABLE`; then
 * nothing was made.
 */
export async function typesNew(
  { output }: Pick<Settings, "output">,
  name: string,
  { dir }: { readonly dir?: string },
): Promise<void> {
  const words = typeWords(name)
  const folder = resolve(dir ?? `${name}-v1`)
  const files = typeFiles(words, folder)
  makeFolder(folder)
  try {
    for (const [path, text] of files) {
      const file = join(folder, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text, { flag: "wx" })
    }
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true })
    throw new ColloquyError("FOLDER_NOT_WRITABLE", `the folder ${folder} can't be written`, { cause })
  }
  const shown = relative(process.cwd(), folder) || "."
  await output.result({ type: words.id, folder, files: [...files.keys()] }, () => [
    printable(`${words.id} is in ${shown}, with its document, its code and its tests.`),
    printable(`  cd ${shown}`),
    "  npm install",
    "  npm test",
  ])
}

/** A folder of its own: nothing that is there is touched. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (cause) {
    const { code } = cause as { readonly code?: unknown }
    if (code === "EEXIST") throw new ColloquyError("FOLDER_EXISTS", `${folder} is there already`, { cause })
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new ColloquyError("FOLDER_MISSING", `there is no folder ${dirname(folder)}`, { cause })
    throw new ColloquyError("FOLDER_NOT_WRITABLE", `the folder ${folder} can't be made`, { cause })
  }
}
