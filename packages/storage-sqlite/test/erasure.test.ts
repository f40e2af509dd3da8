import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { utf8, type Write } from "@colloquy/core"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { sqlite } from "../src/index.js"
import { temporaryFolder, type TemporaryFolder } from "./temporary-folder.js"

/** Every marker is 20 characters and unlike all others, so that any trace of a value can be told from any other value. */
function marker(number: number): string {
  return `<${String(number).padStart(8, "0")}:secret:>`
}

/** Filled with its marker, so that a remnant of any part of it shows. */
function valueOf(number: number, length: number): Uint8Array {
  return utf8(
    marker(number)
      .repeat(Math.ceil(length / 20))
      .slice(0, Math.max(20, length)),
  )
}

describe("what was deleted or overwritten is in none of the files after a scrub", () => {
  let folder: TemporaryFolder
  beforeEach(() => (folder = temporaryFolder()))
  afterEach(() => folder.remove())

  /** The numbers of all markers in all files. Reading drops SQLite's lock on POSIX, which does not matter here. */
  const found = (): Set<number> => {
    const numbers = new Set<number>()
    for (const name of readdirSync(folder.path(".")).filter((file) => file.startsWith("store.db")))
      for (const [, digits] of readFileSync(join(folder.path("."), name), "latin1").matchAll(/<(\d{8}):secret:>/g))
        numbers.add(Number(digits))
    return numbers
  }

  test.each([
    ["", "store.db"],
    [", through a symbolic link", "link.db"],
  ])("for one record, while open and after closing; before the scrub it is there%s", async (_what, name) => {
    mkdirSync(folder.path("elsewhere"))
    symlinkSync(folder.path("store.db"), folder.path("elsewhere/link.db"))
    await (await sqlite(folder.path("store.db"))()).close()
    const storage = await sqlite(folder.path(name === "link.db" ? "elsewhere/link.db" : name))()
    const key = utf8("key")
    await storage.commit([{ key, value: valueOf(1, 100) }])
    await storage.scrub()
    await storage.commit([{ key, value: valueOf(2, 100) }])
    await storage.commit([{ key, value: undefined }])
    expect(found()).toEqual(new Set([1, 2]))
    await storage.scrub()
    expect(found()).toEqual(new Set())
    await storage.commit([{ key, value: valueOf(3, 100) }])
    await storage.commit([{ key, value: valueOf(4, 100) }])
    await storage.close()
    expect(found()).toEqual(new Set([4]))
  })

  test.each([
    ["short values", 20, 60, 40, 10],
    ["values of some hundred bytes", 100, 900, 40, 10],
    ["values around a page", 900, 6000, 40, 10],
    ["values of all sizes", 20, 20_000, 40, 10],
    ["more changes than the log holds", 100, 900, 4, 600],
  ])("for %s in random order, with pages that split and merge", async (_what, min, max, rounds, commits) => {
    let state = max
    const random = (bound: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * bound)
    }
    const storage = await sqlite(folder.path("store.db"))()
    const live = new Map<number, number>()
    let next = 1
    for (let round = 0; round < rounds; round++) {
      // Growing, shrinking, and changing in place by turns.
      const deletes = [0.1, 0.8, 0.4, 0.95][round % 4] as number
      for (let commit = 0; commit < commits; commit++) {
        const batch: Write[] = Array.from({ length: 20 }, () => {
          // One half of the keys, then the other: what the first half left has to go without being touched again.
          const slot = (commit < commits / 2 ? 0 : 200) + random(200)
          const key = Uint8Array.of(slot >> 8, slot & 255, ...utf8("k".repeat(slot % 30)))
          if (random(100) < deletes * 100) {
            live.delete(slot)
            return { key, value: undefined }
          }
          live.set(slot, next)
          return { key, value: valueOf(next++, min + random(max - min)) }
        })
        await storage.commit(batch)
      }
      await storage.scrub()
      const alive = new Set(live.values())
      const left = [...found()].filter((number) => !alive.has(number))
      expect(left, `after round ${round}`).toEqual([])
    }
    await storage.close()
    expect([...found()].sort()).toEqual([...live.values()].sort())
  })
})
