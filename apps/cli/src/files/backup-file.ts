import { createReadStream, existsSync, rmSync } from "node:fs"
import { open } from "node:fs/promises"
import { resolve } from "node:path"
import { ColloquyError } from "@colloquy/core"
import { isThere, putInPlace } from "./put-in-place.js"

/**
 * Writes a file that only its owner may read. It is there when it is whole, and never replaces another one. Resolves with its length in bytes.
 * Throws `FILE_EXISTS`, `FILE_NOT_WRITABLE`, and what the pieces throw.
 */
export async function writeBackup(file: string, pieces: AsyncIterable<Uint8Array>, stop: AbortSignal): Promise<number> {
  const path = resolve(file)
  const exists = (): ColloquyError =>
    new ColloquyError("FILE_EXISTS", `there is a file ${file} already: nothing was changed`)
  if (existsSync(path)) throw exists()
  const aside = `${path}.${process.pid}.new`
  let bytes = 0
  try {
    const handle = await open(aside, "wx", 0o600).catch((cause: unknown) => {
      throw notWritable(file, cause)
    })
    try {
      for await (const piece of pieces) {
        stop.throwIfAborted()
        await handle.writeFile(piece).catch((cause: unknown) => {
          throw notWritable(file, cause)
        })
        bytes += piece.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    putInPlace(aside, path)
    return bytes
  } catch (error) {
    throw isThere(error) ? exists() : error
  } finally {
    rmSync(aside, { force: true })
  }
}

/** A file piece by piece. Throws `FILE_NOT_READABLE`, and the stop signal's reason. */
export async function* readBackup(file: string, stop: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of createReadStream(file, { signal: stop })) yield piece as Uint8Array
  } catch (cause) {
    stop.throwIfAborted()
    throw new ColloquyError("FILE_NOT_READABLE", `the file ${file} can't be read: ${reasonOf(cause)}`, { cause })
  }
}

function notWritable(file: string, cause: unknown): ColloquyError {
  return new ColloquyError("FILE_NOT_WRITABLE", `the file ${file} can't be written: ${reasonOf(cause)}`, { cause })
}

function reasonOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? "unknown"
}
