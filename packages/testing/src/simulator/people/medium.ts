import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Entry, memoryStorage, type OpenStorage, type Range, type Storage } from "@colloquy/core"
import { sqlite } from "@colloquy/storage-sqlite"
import type { VirtualClock } from "../virtual-clock.js"

/** Every key that a storage can have. */
export const everything: Range = {
  from: new Uint8Array(0),
  to: new Uint8Array(257).fill(255),
  limit: Number.MAX_SAFE_INTEGER,
}

/** What a disk is made of. One process has it at a time. */
export interface Medium {
  readonly open: OpenStorage
  /** The process that has it is no more. What was committed stays. */
  lose(): void
  /** Everything that a thief of the medium finds. Nobody may have it open. */
  bytes(): Promise<readonly Uint8Array[]>
  dispose(): Promise<void>
}

export function memoryMedium(): Medium {
  const storage = memoryStorage()
  return {
    open: storage,
    lose: () => storage.lose(),
    bytes: async () => {
      const opened = await storage()
      const entries: readonly Entry[] = await opened.scan(everything)
      await opened.close()
      return entries.flatMap(({ key, value }) => [key, value])
    },
    dispose: async () => undefined,
  }
}

/**
 * SQLite in a folder of its own. A crash leaves the files as they are, the log not moved into the database: the next process opens a copy of
 * them, since the lock of the dead one would stay as long as this program.
 */
export function sqliteMedium(clock: VirtualClock): Medium {
  // In memory where the system has such a folder: a simulated disk needs no real one.
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "colloquy-simulation-"))
  let copies = 0
  let file = join(folder, "0.db")
  let owner: Storage | undefined
  const closing: Promise<unknown>[] = []
  const lose = (): void => {
    if (owner === undefined) return
    const next = join(folder, `${++copies}.db`)
    for (const suffix of ["", "-wal"]) if (existsSync(file + suffix)) copyFileSync(file + suffix, next + suffix)
    const [dead, old] = [owner, file]
    owner = undefined
    file = next
    const gone = dead.close().finally(() => rmSync(old, { force: true }))
    closing.push(clock.holdFor(gone.catch(() => undefined)))
  }
  return {
    open: async (options) => {
      const opened = await sqlite(file)(options)
      owner = opened
      const held: Storage = {
        lost: opened.lost,
        get: (keys) => opened.get(keys),
        scan: (range) => opened.scan(range),
        commit: (batch) => clock.holdFor(opened.commit(batch)),
        scrub: () => clock.holdFor(opened.scrub()),
        close: async () => {
          await clock.holdFor(opened.close())
          if (owner === opened) owner = undefined
        },
      }
      return held
    },
    lose,
    bytes: async () =>
      readdirSync(folder)
        .filter((name) => join(folder, name).startsWith(file))
        .map((name) => new Uint8Array(readFileSync(join(folder, name)))),
    dispose: async () => {
      lose()
      await Promise.all(closing)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
