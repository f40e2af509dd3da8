import { setTimeout as delay } from "node:timers/promises"
import { codeOf, type Storage } from "@colloquy/core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { sqlite } from "../src/index.js"
import { type CommitLoop, startCommitLoop } from "./commit-loop.js"
import { batchesKept, batchOf, lastKey, recordsPerBatch } from "./numbered-batches.mjs"
import { temporaryFolder, type TemporaryFolder } from "./temporary-folder.js"

const seed = Number(process.env["COLLOQUY_SEED"] ?? Date.now() % 1_000_000)
const rounds = Number(process.env["COLLOQUY_CRASH_ROUNDS"] ?? 30)

let folder: TemporaryFolder
let loop: CommitLoop | undefined
beforeEach(() => (folder = temporaryFolder()))
afterEach(async () => {
  loop?.kill()
  await loop?.ended
  folder.remove()
})

test(`killed at ${rounds} random moments, no acknowledged batch is missing and none is half there (seed ${seed})`, async () => {
  const random = sequence(seed)
  let path = ""
  let durable = -1
  let acknowledged = 0
  for (let round = 0; round < rounds; round++) {
    // Now and then a new file, so that also its creation is interrupted.
    if (round % 5 === 0) {
      path = folder.path(`store-${round}.db`)
      durable = -1
    }
    loop = startCommitLoop(path, durable + 1)
    if (random(4) > 0) await loop.ready
    await delay(random(150))
    loop.kill()
    const lines = await loop.ended
    const numbers = lines.filter((line) => /^\d+$/.test(line)).map(Number)
    expect(numbers.length, `round ${round}, seed ${seed}: ${lines.at(-1)}`).toBe(lines.length)
    acknowledged += numbers.length
    const storage = await sqlite(path)()
    const last = await newestBatch(storage)
    expect(last, `round ${round}, seed ${seed}`).toBeGreaterThanOrEqual(Math.max(durable, ...numbers))
    await expectBatchesUpTo(last, storage, `round ${round}, seed ${seed}`)
    durable = last
    await storage.close()
  }
  expect(acknowledged).toBeGreaterThan(rounds)
}, 600_000)

test("a second process finds the store in use until its owner is killed", async () => {
  const path = folder.path("store.db")
  loop = startCommitLoop(path, 0)
  await loop.ready
  for (let attempt = 0; attempt < 20; attempt++) {
    expect(
      await sqlite(path)().then(
        () => "opened",
        (error: unknown) => codeOf(error),
      ),
    ).toBe("STORE_IN_USE")
    await delay(2)
  }
  loop.kill()
  const lines = await loop.ended
  expect(lines.filter((line) => line.startsWith("failed"))).toEqual([])
  const storage = await sqlite(path)()
  await expectBatchesUpTo(await newestBatch(storage), storage, "after the kill")
  await storage.close()
})

test.skipIf(process.platform === "win32")(
  "a write that the system refuses loses the store, and what was acknowledged before is there",
  async () => {
    for (const fileKib of [200, 300, 500, 900]) {
      const path = folder.path(`store-${fileKib}.db`)
      loop = startCommitLoop(path, 0, fileKib)
      const lines = await loop.ended
      expect(lines.at(-1)).toBe("lost true")
      const failures = lines.filter((line) => line.startsWith("failed"))
      expect(failures).toHaveLength(8)
      expect([...new Set(failures)]).toEqual(["failed STORE_LOST"])
      const numbers = lines.filter((line) => /^\d+$/.test(line)).map(Number)
      const storage = await sqlite(path)()
      const last = await newestBatch(storage)
      expect(last).toBeGreaterThanOrEqual(Math.max(...numbers))
      await expectBatchesUpTo(last, storage, `${fileKib} KiB`)
      await storage.close()
    }
  },
)

/** The number in the record that every batch overwrites; -1 before the first. */
async function newestBatch(storage: Storage): Promise<number> {
  const [value] = await storage.get([lastKey])
  return value === undefined ? -1 : new DataView(value.buffer, value.byteOffset).getUint32(0)
}

/** Exactly what the batches 0 to `last`, one after the other, leave behind. */
async function expectBatchesUpTo(last: number, storage: Storage, when: string): Promise<void> {
  const expected = Array.from({ length: Math.min(batchesKept, last + 1) }, (_, i) => last - i)
    .reverse()
    .flatMap((number) => batchOf(number).slice(0, recordsPerBatch))
  const found = await storage.scan({ from: Uint8Array.of(1), to: lastKey, limit: 100_000 })
  expect(found.length, when).toBe(expected.length)
  for (const [i, { key, value }] of found.entries()) {
    expect(Buffer.compare(key, expected[i]?.key as Uint8Array), when).toBe(0)
    expect(Buffer.compare(value, expected[i]?.value as Uint8Array), when).toBe(0)
  }
}

function sequence(start: number): (bound: number) => number {
  let state = start >>> 0
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
