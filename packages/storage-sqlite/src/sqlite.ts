import { resolve } from "node:path"
import type { OpenStorage } from "@colloquy/core"
import { openDatabase } from "./database-file.js"
import type { SqliteOptions } from "./sqlite-options.js"
import { SqliteStorage } from "./sqlite-storage.js"

/**
 * A store in one SQLite file, with its write-ahead log `<path>-wal` beside it while it is open. What is missing of the folder is made for
 * its owner alone (0700), the files too (0600).
 *
 * Commits are durable by SQLite's `synchronous=FULL`; those that overlap share a transaction and one flush of the disk, which blocks the thread.
 * One process, and one owner in it, has the file at a time, by SQLite's own lock. On POSIX systems that lock is dropped when the same process
 * opens and closes the file by other means: never read it from within.
 *
 * Nothing is encrypted here. What was deleted or overwritten is gone from the file and its log after a `scrub`, which also runs on opening and closing: SQLite's
 * `secure_delete` overwrites records, and the scrub what SQLite leaves of them where it divides and joins pages. Copies that the file system or an SSD
 * keeps by itself are out of reach.
 * Changes made to the file by others are noticed where they break SQLite's structure (`STORE_DAMAGED`), not in the bytes of values.
 */
export function sqlite(path: string, options: SqliteOptions = {}): OpenStorage {
  const file = resolve(path)
  return async ({ signal } = {}) => {
    signal?.throwIfAborted()
    return new SqliteStorage(openDatabase(file, options))
  }
}
