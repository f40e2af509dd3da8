import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { memoryStorage, storageError } from "@colloquy/core"
import { sqlite } from "@colloquy/storage-sqlite"
import { expect, test } from "vitest"
import { cheap, environment, key, outcome, right, text, using } from "../test/fixtures.js"
import { changeUnlock, passphrase, sealedStorage } from "./index.js"

const record = { key: text("key"), value: text("value") }

test("SS-9 after a change the new unlock opens the same records, the old one nothing", async () => {
  const below = memoryStorage()
  await using(sealedStorage(below, right, environment), (storage) => storage.commit([record]))
  const dearer = passphrase("battery staple", { operations: 2, memoryBytes: 16 * 1024 * 1024 })
  let from = right
  for (const to of [dearer, key, passphrase("battery staple", cheap)]) {
    await changeUnlock(below, from, to, environment)
    expect(await outcome(sealedStorage(below, from, environment))).toBe("WRONG_PASSPHRASE")
    const values = await using(sealedStorage(below, to, environment), (storage) => storage.get([record.key]))
    expect(values).toEqual([record.value])
    from = to
  }
})

test("SS-9 the old header is in none of the files after a change", async () => {
  const folder = mkdtempSync(join(tmpdir(), "colloquy-sealed-"))
  const below = sqlite(join(folder, "store.db"))
  await using(sealedStorage(below, right, environment), (storage) => storage.commit([record]))
  const [header] = await using(below, (storage) => storage.get([Uint8Array.of(0)]))
  const traces = (): string[] =>
    readdirSync(folder).filter((name) =>
      readFileSync(join(folder, name)).includes(Buffer.from(header?.slice(58, 106) ?? [])),
    )
  expect(traces()).toEqual(["store.db"])
  await changeUnlock(below, right, key, environment)
  expect(traces()).toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

test("SS-9 a change with the wrong unlock, of a store in use, or without a header changes nothing", async () => {
  const below = memoryStorage()
  expect(await outcome(() => changeUnlock(below, right, key, environment))).toBe("STORE_DAMAGED")
  const storage = await sealedStorage(below, right, environment)()
  expect(await outcome(() => changeUnlock(below, right, key, environment))).toBe("STORE_IN_USE")
  await storage.close()
  expect(await outcome(() => changeUnlock(below, key, right, environment))).toBe("WRONG_PASSPHRASE")
  expect(await outcome(() => using(sealedStorage(below, right, environment), () => undefined))).toBe("opened")
})

test("SS-9 a change that can't be written leaves the old unlock in force", async () => {
  let full = false
  const below = memoryStorage({
    onCommit: () => {
      if (full) throw storageError("STORE_FULL", "full")
    },
  })
  await using(sealedStorage(below, right, environment), (storage) => storage.commit([record]))
  full = true
  expect(await outcome(() => changeUnlock(below, right, key, environment))).toBe("STORE_FULL")
  const values = await using(sealedStorage(below, right, environment), (storage) => storage.get([record.key]))
  expect(values).toEqual([record.value])
})
