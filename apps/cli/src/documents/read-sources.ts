import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative, sep } from "node:path"
import type { Source } from "@colloquy/specification"

const filesMax = 20_000
const bytesMax = 2 * 1024 * 1024

/** Code and tests below a folder, with paths from it: no dependencies, nothing built or generated, nothing hidden, no link. */
export function readSources(folder: string): readonly Source[] {
  const sources: Source[] = []
  const waiting = [folder]
  for (let at = waiting.pop(); at !== undefined && sources.length < filesMax; at = waiting.pop())
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name)
      if (entry.name.startsWith(".") || ["node_modules", "dist", "generated"].includes(entry.name)) continue
      if (entry.isDirectory()) waiting.push(path)
      else if (entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name) && statSync(path).size <= bytesMax)
        sources.push({ path: relative(folder, path).split(sep).join("/"), text: readFileSync(path, "utf8") })
    }
  return sources
}
