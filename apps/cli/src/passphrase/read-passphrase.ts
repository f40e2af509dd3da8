import { openSync, readSync, closeSync } from "node:fs"
import { ColloquyError, fromUtf8 } from "@colloquy/core"
import { passphraseMax } from "./hidden-line.js"
import { askHidden } from "./prompt.js"

const fileBytesMax = passphraseMax * 4 + 2

/**
 * The passphrase: from the file where one is named, else from `COLLOQUY_PASSPHRASE`, else asked for; twice where it is new.
 * Throws `PASSPHRASE_MISSING`, `PASSPHRASE_FILE`, `PASSPHRASE_EMPTY`, `PASSPHRASE_MISTYPED`, `INTERRUPTED`.
 */
export async function readPassphrase(options: {
  readonly file: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isNew: boolean
  readonly stop: AbortSignal
}): Promise<string> {
  const { file, environment, isNew, stop } = options
  const given = file === undefined ? environment["COLLOQUY_PASSPHRASE"] : readPassphraseFile(file)
  if (given !== undefined) return notEmpty(given)
  const typed = notEmpty(await askHidden(isNew ? "New passphrase: " : "Passphrase: ", stop))
  if (isNew && (await askHidden("The same again: ", stop)) !== typed)
    throw new ColloquyError("PASSPHRASE_MISTYPED", "the two passphrases differ")
  return typed
}

/** The file's text without the line break at its end. */
function readPassphraseFile(file: string): string {
  const text = fromUtf8(readFirst(file))?.replace(/\r?\n$/, "")
  if (text === undefined || /[\r\n\0]/.test(text))
    throw new ColloquyError("PASSPHRASE_FILE", "the passphrase file is not one line of UTF-8 text")
  if (Array.from(text).length > passphraseMax)
    throw new ColloquyError("PASSPHRASE_FILE", `a passphrase has at most ${passphraseMax} characters`)
  return text
}

/** At most a little more than a passphrase may have: the file may be a pipe. */
function readFirst(file: string): Uint8Array {
  try {
    const handle = openSync(file, "r")
    try {
      const buffer = Buffer.alloc(fileBytesMax + 1)
      let length = 0
      for (let read = -1; read !== 0 && length < buffer.length; length += read)
        read = readSync(handle, buffer, length, buffer.length - length, null)
      return buffer.subarray(0, length)
    } finally {
      closeSync(handle)
    }
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown"
    throw new ColloquyError("PASSPHRASE_FILE", `the passphrase file can't be read: ${reason}`, { cause })
  }
}

function notEmpty(text: string): string {
  if (text === "") throw new ColloquyError("PASSPHRASE_EMPTY", "an empty passphrase protects nothing")
  return text
}
