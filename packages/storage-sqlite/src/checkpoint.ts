import { storageError } from "@colloquy/core"
import type { DatabaseFile } from "./database-file.js"
import { eraseUnallocated } from "./unallocated-space.js"
import { pagesInLog } from "./write-ahead-log.js"

/**
 * Moves the write-ahead log into the database and erases what the moved pages have beside their records. After a crash in between the log still
 * names the same pages. The next commit begins the log anew, over the old one.
 */
export function moveLog({ database, log, handle, pageBytes }: DatabaseFile): void {
  run(database, "FULL")
  eraseUnallocated(handle, pageBytes, pagesInLog(log, pageBytes))
}

/** Moves the log and cuts it to nothing, so that what was in it is gone. */
export function emptyLog(file: DatabaseFile): void {
  moveLog(file)
  run(file.database, "TRUNCATE")
}

function run(database: DatabaseFile["database"], mode: "FULL" | "TRUNCATE"): void {
  const [result] = database.pragma(`wal_checkpoint(${mode})`) as [{ readonly busy: number }]
  if (result.busy !== 0)
    throw storageError("STORE_FAILED", "the write-ahead log could not be emptied", { retry: "later" })
}
