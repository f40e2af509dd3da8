import { readFileSync } from "node:fs"
import { fromHex, memoryStorage, type OpenStorage, toHex, utf8 } from "@colloquy/core"
import { describe, expect, test } from "vitest"
import { rawKey, passphrase, sealedStorage, type Unlock } from "../src/index.js"
import { countingRandom, environment, using } from "./fixtures.js"

interface Vector {
  readonly title: string
  readonly unlock:
    | { readonly passphrase: string; readonly operations: number; readonly memoryBytes: number }
    | { readonly key: string }
  /** What lies in the storage below, header first, when the random bytes are 00 01 02 ... in the order of SS-10. */
  readonly below: readonly { readonly key: string; readonly value: string }[]
  readonly records: readonly { readonly key: string; readonly value: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL("vectors/sealed-storage.json", import.meta.url), "utf8"),
) as readonly Vector[]
const specification = readFileSync(new URL("../../../specs/store.md", import.meta.url), "utf8").replace(/\s+/g, "")
const everything = { from: new Uint8Array(0), to: Uint8Array.of(255), limit: 100 }

describe.each(vectors)("$title", ({ unlock: secret, below, records }) => {
  const unlock: Unlock =
    "key" in secret
      ? rawKey(bytes(secret.key))
      : passphrase(secret.passphrase, { operations: secret.operations, memoryBytes: secret.memoryBytes })

  test("SS-10 the same random bytes make the same header and records", async () => {
    const open = memoryStorage()
    const random = countingRandom()
    await using(sealedStorage(open, unlock, { ...environment, random }), (storage) =>
      storage.commit(records.map(({ key, value }) => ({ key: utf8(key), value: utf8(value) }))),
    )
    const entries = await using(open, (storage) => storage.scan(everything))
    expect(entries.map(({ key, value }) => ({ key: toHex(key), value: toHex(value) }))).toEqual(below)
  })

  test("a store with these bytes opens and gives the records", async () => {
    const open: OpenStorage = memoryStorage()
    await using(open, (storage) =>
      storage.commit(below.map(({ key, value }) => ({ key: bytes(key), value: bytes(value) }))),
    )
    const found = await using(sealedStorage(open, unlock, environment), (storage) => storage.scan(everything))
    const expected = records.map(({ key, value }) => ({ key: utf8(key), value: utf8(value) }))
    expect(found).toEqual(expected)
  })

  test("specs/store.md shows the same bytes", () => {
    for (const { value } of below) expect(specification).toContain(value)
  })
})

function bytes(hex: string): Uint8Array {
  return fromHex(hex) as Uint8Array
}
