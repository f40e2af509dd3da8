import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fromHex } from "@colloquy/core"

export interface Search {
  readonly files: number
  readonly bytes: number
  /** What was found, and where. */
  readonly found: readonly { readonly file: string; readonly what: string }[]
}

/** Reads every file under these folders and looks for words as UTF-8 and UTF-16, and for keys, named in hexadecimal, also as bytes and in base64. */
export function searchFiles(
  folders: readonly string[],
  wanted: { readonly words: readonly string[]; readonly keys: readonly string[] },
): Search {
  const needles = [
    ...wanted.words.flatMap((word) =>
      [Buffer.from(word), Buffer.from(word, "utf16le")].map((bytes) => ({ what: word, bytes })),
    ),
    ...wanted.keys.flatMap((key) => keyForms(key).map((bytes) => ({ what: key, bytes }))),
  ]
  const files = folders.flatMap(filesUnder)
  const found: { file: string; what: string }[] = []
  let bytes = 0
  for (const file of files) {
    const content = readFileSync(file)
    bytes += content.length
    for (const needle of needles) if (content.includes(needle.bytes)) found.push({ file, what: needle.what })
  }
  return { files: files.length, bytes, found }
}

function keyForms(hex: string): Buffer[] {
  const raw = Buffer.from(fromHex(hex) ?? [])
  // Inside of longer base64 a key begins at one of three places of a group, and its ends are mixed with its neighbours.
  const base64 = (["base64", "base64url"] as const).flatMap((encoding) =>
    [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), raw])
        .toString(encoding)
        .replace(/=+$/, "")
        .slice(shift === 0 ? 0 : 4, -4),
    ),
  )
  return [raw, Buffer.from(hex), Buffer.from(hex.toUpperCase()), ...base64.map((text) => Buffer.from(text))]
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesUnder(path) : [path]
  })
}
