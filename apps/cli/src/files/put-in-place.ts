import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync } from "node:fs"
import { dirname } from "node:path"

/**
 * Gives a complete file its name, durably. Fails with `EEXIST` rather than replace what is there; on file systems without links it can only look
 * before.
 */
export function putInPlace(aside: string, file: string): void {
  try {
    linkSync(aside, file)
  } catch (error) {
    if (isThere(error) || existsSync(file)) throw error
    renameSync(aside, file)
  }
  if (process.platform === "win32") return
  const folder = openSync(dirname(file), "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Whether an operation failed because there is a file of that name. */
export function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === "EEXIST"
}
