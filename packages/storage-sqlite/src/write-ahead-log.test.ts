import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "better-sqlite3"
import { afterAll, expect, it } from "vitest"
import { framesInLog, pagesInLog } from "./write-ahead-log.js"

const directory = mkdtempSync(join(tmpdir(), "colloquy-log-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

it("the pages of the log are counted as SQLite counts them, also where a new generation stands before an older one", () => {
  const file = join(directory, "store.db")
  const log = `${file}-wal`
  const database = new Database(file)
  try {
    for (const pragma of [
      "page_size = 4096",
      "locking_mode = EXCLUSIVE",
      "journal_mode = WAL",
      "wal_autocheckpoint = 0",
    ])
      database.pragma(pragma)
    database.exec("CREATE TABLE record (key INTEGER PRIMARY KEY, value BLOB)")
    const insert = database.prepare("INSERT INTO record (value) VALUES (?)")
    const checkpoint = (mode: string): number =>
      (database.pragma(`wal_checkpoint(${mode})`) as [{ readonly log: number }])[0].log
    const counts: number[] = []
    for (const [round, commits] of [90, 3, 0, 41, 1].entries()) {
      for (let i = 0; i < commits; i++) insert.run(Buffer.alloc(5000 * (1 + (i % 3)), round))
      const counted = framesInLog(log, 4096)
      if (commits > 0) expect(counted).toBe(checkpoint("PASSIVE"))
      expect(pagesInLog(log, 4096).size).toBeLessThanOrEqual(counted)
      counts.push(counted)
      checkpoint("FULL")
    }
    expect(counts[0]).toBeGreaterThan(180)
    expect(counts[1]).toBeLessThan(20)
    checkpoint("TRUNCATE")
    expect(framesInLog(log, 4096)).toBe(0)
  } finally {
    database.close()
  }
  expect(framesInLog(log, 4096)).toBe(0)
})
