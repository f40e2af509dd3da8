import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  ColloquyError,
  type Crypto,
  memoryStorage,
  type OpenStorage,
  type Storage,
  toHex,
  type Write,
} from "@colloquy/core"
import { storageConformance } from "@colloquy/core/testing"
import { sqlite } from "@colloquy/storage-sqlite"
import { beforeEach, describe, expect, test } from "vitest"
import { cheap, environment, key, outcome, right, text, using } from "../test/fixtures.js"
import { passphrase, rawKey, sealedStorage, sealedValueBytesMax } from "./index.js"

const headerKey = Uint8Array.of(0)
const everything = { from: new Uint8Array(0), to: new Uint8Array(257).fill(255), limit: 1000 }

describe("the sealed storage conforms over memory", () => {
  const fixture = async () => ({
    open: sealedStorage(memoryStorage(), key, environment),
    dispose: async () => undefined,
  })
  for (const { title, run } of storageConformance(fixture, { valueBytesMax: sealedValueBytesMax })) test(title, run)
})

describe("the sealed storage conforms over SQLite", () => {
  const fixture = async () => {
    const folder = mkdtempSync(join(tmpdir(), "colloquy-sealed-"))
    const open = sealedStorage(sqlite(join(folder, "store.db")), key, environment)
    return { open, dispose: async () => rmSync(folder, { recursive: true, force: true }) }
  }
  for (const { title, run } of storageConformance(fixture, { valueBytesMax: sealedValueBytesMax })) test(title, run)
})

describe("opening", () => {
  let below: OpenStorage
  let commits: number
  beforeEach(() => {
    commits = 0
    below = memoryStorage({ onCommit: () => void commits++ })
  })
  const sealed = (unlock = right): OpenStorage => sealedStorage(below, unlock, environment)

  test("SS-1 the first open writes the header alone, in one batch, and later ones write nothing", async () => {
    await using(sealed(), () => undefined)
    expect(commits).toBe(1)
    const entries = await using(below, (storage) => storage.scan(everything))
    expect(entries.map((entry) => toHex(entry.key))).toEqual(["00"])
    await using(sealed(), () => undefined)
    expect(commits).toBe(1)
    expect(await using(below, (storage) => storage.scan(everything))).toEqual(entries)
  })

  test("SS-1 a first open whose commit fails leaves nothing, and the next one is a first open again", async () => {
    let broken = true
    below = memoryStorage({
      onCommit: () => {
        if (broken) throw new Error("no disk")
      },
    })
    expect(await outcome(sealed())).toBe("STORE_FAILED")
    broken = false
    expect(await outcome(() => using(sealed(passphrase("another", cheap)), () => undefined))).toBe("opened")
  })

  test("SS-1 records without a header are damage, not a fresh start", async () => {
    await using(sealed(), (storage) => storage.commit([{ key: text("key"), value: text("value") }]))
    await using(below, (storage) => storage.commit([{ key: headerKey, value: undefined }]))
    const before = commits
    expect(await outcome(sealed())).toBe("STORE_DAMAGED")
    expect(commits).toBe(before)
  })

  test("SS-4 any other passphrase, key or kind of unlock fails with WRONG_PASSPHRASE and writes nothing", async () => {
    await using(sealed(), () => undefined)
    const others = [
      passphrase("Correct horse", cheap),
      passphrase("correct horse ", cheap),
      passphrase("c", cheap),
      rawKey(new Uint8Array(32)),
      key,
    ]
    for (const unlock of others) expect(await outcome(sealed(unlock))).toBe("WRONG_PASSPHRASE")
    expect(commits).toBe(1)
    expect(await outcome(() => using(sealed(), () => undefined))).toBe("opened")
  })

  test("SS-5 a store that a key seals opens with that key alone", async () => {
    await using(sealed(key), () => undefined)
    const flipped = new Uint8Array(32).fill(7)
    flipped[31] = 6
    for (const unlock of [rawKey(flipped), passphrase(new Uint8Array(32).fill(7), cheap)])
      expect(await outcome(sealed(unlock))).toBe("WRONG_PASSPHRASE")
    expect(await outcome(() => using(sealed(key), () => undefined))).toBe("opened")
  })

  test("SS-4 a passphrase opens with the cost that the header holds, and however its letters are composed", async () => {
    await using(sealed(passphrase("Caf\u00e9", cheap)), () => undefined)
    expect(await outcome(() => using(sealed(passphrase("Cafe\u0301")), () => undefined))).toBe("opened")
    expect(await outcome(() => using(sealed(passphrase(text("Caf\u00e9"))), () => undefined))).toBe("opened")
  })

  test("SS-3 a header with any byte flipped, cut short or longer is STORE_DAMAGED, never a wrong passphrase", async () => {
    await using(sealed(), () => undefined)
    const header = await headerOf(below)
    const forms = [
      ...Array.from(header, (byte, i) => header.with(i, byte ^ 1)),
      ...Array.from(header, (byte, i) => header.with(i, byte ^ 0x80)),
      ...Array.from(header, (_, length) => header.slice(0, length)),
      Uint8Array.from([...header, 0]),
    ]
    expect(header).toHaveLength(122)
    for (const form of forms) {
      await using(below, (storage) => storage.commit([{ key: headerKey, value: form }]))
      const before = commits
      expect(await outcome(sealed()), toHex(form)).toBe("STORE_DAMAGED")
      expect(commits).toBe(before)
    }
    await using(below, (storage) => storage.commit([{ key: headerKey, value: header }]))
    expect(await outcome(() => using(sealed(), () => undefined))).toBe("opened")
  })

  describe("with a forged header whose checksum is right", () => {
    const forge = async (change: (body: Uint8Array, view: DataView) => void): Promise<void> => {
      const body = (await headerOf(below)).slice(0, -16)
      change(body, new DataView(body.buffer))
      const checksum = environment.crypto.hash(body, 16, text("colloquy/storage-sealed/1/checksum"))
      await using(below, (storage) =>
        storage.commit([{ key: headerKey, value: Uint8Array.from([...body, ...checksum]) }]),
      )
    }
    beforeEach(() => using(sealed(), () => undefined))

    test("(left as it was it opens)", async () => {
      await forge(() => undefined)
      expect(await outcome(() => using(sealed(), () => undefined))).toBe("opened")
    })

    test("SS-3 a later version is STORE_VERSION", async () => {
      await forge((body) => (body[8] = 2))
      expect(await outcome(sealed())).toBe("STORE_VERSION")
    })

    test.each([
      ["another magic", (body: Uint8Array) => void (body[0] = 0x63)],
      ["version 0", (body: Uint8Array) => void (body[8] = 0)],
      ["kind 0", (body: Uint8Array) => void (body[9] = 0)],
      ["kind 3", (body: Uint8Array) => void (body[9] = 3)],
      ["a key with the cost of a passphrase", (body: Uint8Array) => void (body[9] = 2)],
    ])("SS-3 %s is STORE_DAMAGED", async (_what, change) => {
      await forge(change)
      expect(await outcome(sealed())).toBe("STORE_DAMAGED")
    })

    test.each([
      ["no operations", 0, 8192],
      ["17 operations", 17, 8192],
      ["4,294,967,295 operations", 0xffff_ffff, 8192],
      ["no memory", 1, 0],
      ["less than 8 MiB", 1, 8191],
      ["more than 512 MiB", 1, 512 * 1024 + 1],
      ["4 TiB", 1, 0xffff_ffff],
    ])("SS-6 a cost of %s is refused before it is paid", async (_what, operations, memoryKib) => {
      await forge((_body, view) => {
        view.setUint32(10, operations, true)
        view.setUint32(14, memoryKib, true)
      })
      let paid = false
      const watched = { ...environment.crypto, passwordKey: () => ((paid = true), new Uint8Array(32)) }
      expect(await outcome(sealedStorage(below, right, { ...environment, crypto: watched }))).toBe("STORE_DAMAGED")
      expect(paid).toBe(false)
    })

    test("SS-4 what is wrapped is bound to the rest of the header", async () => {
      for (const offset of [10, 14, 18, 34, 58, 105]) {
        await forge((body) => void (body[offset] = (body[offset] as number) ^ (offset < 18 ? 2 : 1)))
        expect(["WRONG_PASSPHRASE", "STORE_DAMAGED"]).toContain(await outcome(sealed()))
        await forge((body) => void (body[offset] = (body[offset] as number) ^ (offset < 18 ? 2 : 1)))
      }
      expect(await outcome(() => using(sealed(), () => undefined))).toBe("opened")
    })
  })

  test("a second open while open fails with STORE_IN_USE, and a wrong passphrase does not keep the store", async () => {
    const storage = await sealed()()
    expect(await outcome(sealed())).toBe("STORE_IN_USE")
    await storage.close()
    expect(await outcome(sealed(key))).toBe("WRONG_PASSPHRASE")
    expect(await outcome(() => using(sealed(), () => undefined))).toBe("opened")
  })

  test("what the storage below refuses comes through", async () => {
    const folder = mkdtempSync(join(tmpdir(), "colloquy-sealed-"))
    writeFileSync(join(folder, "file"), "no folder")
    const open = sealedStorage(sqlite(join(folder, "file", "store.db")), right, environment)
    expect(await outcome(open)).toBe("STORE_NOT_WRITABLE")
    rmSync(folder, { recursive: true, force: true })
  })

  test("an unlock that has forgotten its secret opens nothing more, and what is open goes on", async () => {
    const unlock = passphrase("for one evening", cheap)
    const storage = await sealed(unlock)()
    unlock.forget()
    await storage.commit([{ key: text("key"), value: text("value") }])
    expect(await storage.get([text("key")])).toEqual([text("value")])
    await storage.close()
    expect(await outcome(sealed(unlock))).toBe("UNLOCK_FORGOTTEN")
  })

  test.each([
    ["an empty passphrase", () => passphrase(""), "BAD_LENGTH"],
    ["a passphrase of 65,537 bytes", () => passphrase("x".repeat(65_537)), "BAD_LENGTH"],
    ["a key of 31 bytes", () => rawKey(new Uint8Array(31)), "BAD_LENGTH"],
    ["a cheaper cost than the limits", () => passphrase("x", { ...cheap, memoryBytes: 1024 }), "BAD_PASSWORD_COST"],
    ["a dearer cost", () => passphrase("x", { ...cheap, operations: 17 }), "BAD_PASSWORD_COST"],
    ["half a KiB", () => passphrase("x", { ...cheap, memoryBytes: cheap.memoryBytes + 512 }), "BAD_PASSWORD_COST"],
    ["no number", () => passphrase("x", { ...cheap, operations: Number.NaN }), "BAD_PASSWORD_COST"],
  ])("%s is refused at once", async (_what, make, code) => {
    expect(await outcome(make)).toBe(code)
  })
})

describe("a record", () => {
  let below: OpenStorage
  const records: Write[] = [
    { key: text("saro"), value: text("first") },
    { key: text("raya"), value: text("other") },
    { key: text("nobody"), value: text("") },
  ]
  beforeEach(async () => {
    below = memoryStorage()
    await using(sealedStorage(below, key, environment), (storage) => storage.commit(records))
  })
  const read = (work: (storage: Storage) => unknown): Promise<string | undefined> =>
    outcome(() => using(sealedStorage(below, key, environment), work))
  const overwrite = (name: string, value: Uint8Array): Promise<void> =>
    using(below, (storage) => storage.commit([{ key: text(name), value }]))
  const stored = async (name: string): Promise<Uint8Array> =>
    (await using(below, (storage) => storage.get([text(name)])))[0] as Uint8Array

  test("SS-8 moved to another key is STORE_DAMAGED, and the others are still read", async () => {
    await overwrite("raya", await stored("saro"))
    expect(await read((storage) => storage.get([text("raya")]))).toBe("STORE_DAMAGED")
    expect(await read((storage) => storage.scan(everything))).toBe("STORE_DAMAGED")
    expect(await read((storage) => storage.get([text("saro"), text("nobody")]))).toBe("opened")
  })

  test("SS-8 with any byte flipped, cut short or longer is STORE_DAMAGED, and the error names no content", async () => {
    for (const name of ["saro", "nobody"]) {
      const whole = await stored(name)
      const forms = [
        ...Array.from(whole, (byte, i) => whole.with(i, byte ^ 1)),
        ...Array.from(whole, (_, length) => whole.slice(0, length)),
        Uint8Array.from([...whole, 0]),
      ]
      for (const form of forms) {
        await overwrite(name, form)
        expect(await read((storage) => storage.get([text(name)])), toHex(form)).toBe("STORE_DAMAGED")
      }
      const error = await using(sealedStorage(below, key, environment), (storage) => storage.get([text(name)])).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).toBeInstanceOf(ColloquyError)
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/saro|nobody|7361726f/)
      await overwrite(name, whole)
    }
    expect(await read((storage) => storage.scan(everything))).toBe("opened")
  })

  test("SS-8 of another store under the same passphrase is STORE_DAMAGED", async () => {
    const other = memoryStorage()
    await using(sealedStorage(other, key, environment), (storage) => storage.commit(records))
    const [foreign] = await using(other, (storage) => storage.get([text("saro")]))
    await overwrite("saro", foreign as Uint8Array)
    expect(await read((storage) => storage.get([text("saro")]))).toBe("STORE_DAMAGED")
  })

  test("SS-7 written twice with one value looks different each time and is 41 bytes longer than the value", async () => {
    const before = await stored("saro")
    await using(sealedStorage(below, key, environment), (storage) => storage.commit(records))
    const after = await stored("saro")
    expect(after).not.toEqual(before)
    expect(after.subarray(1, 25)).not.toEqual(before.subarray(1, 25))
    expect([before.length, after.length]).toEqual([46, 46])
    expect(await stored("nobody")).toHaveLength(41)
  })

  test("SS-2 keys that begin with 00 are neither read, scanned nor written", async () => {
    await using(sealedStorage(below, key, environment), async (storage) => {
      for (const reserved of [headerKey, Uint8Array.of(0, 1)]) {
        expect(await outcome(() => storage.get([text("saro"), reserved]))).toBe("STORE_BAD_RECORD")
        expect(await outcome(() => storage.commit([...records, { key: reserved, value: text("x") }]))).toBe(
          "STORE_BAD_RECORD",
        )
        expect(await outcome(() => storage.commit([{ key: reserved, value: undefined }]))).toBe("STORE_BAD_RECORD")
      }
      for (const range of [everything, { ...everything, from: headerKey }, { ...everything, reverse: true }])
        expect(await storage.scan(range)).toHaveLength(3)
      expect(await storage.scan({ ...everything, to: Uint8Array.of(1) })).toEqual([])
    })
    expect(await read(() => undefined)).toBe("opened")
  })

  test("a read that settles after closing fails as closed, not as damaged", async () => {
    let release = (): void => undefined
    const gate = new Promise<void>((resolve) => (release = resolve))
    const slow: OpenStorage = async () => {
      const storage = await below()
      return {
        lost: storage.lost,
        get: async (keys) => {
          const values = await storage.get(keys)
          if (keys[0]?.[0] !== 0) await gate
          return values
        },
        scan: (range) => storage.scan(range),
        commit: (batch) => storage.commit(batch),
        scrub: () => storage.scrub(),
        close: () => storage.close(),
      }
    }
    const storage = await sealedStorage(slow, key, environment)()
    const reading = outcome(() => storage.get([text("saro")]))
    await storage.close()
    release()
    expect(await reading).toBe("STORE_CLOSED")
  })

  test("opening wipes every key but that of the records, and closing wipes that one", async () => {
    for (const unlock of [key, right]) {
      const keys: Uint8Array[] = []
      const keep = (bytes: Uint8Array): Uint8Array => {
        if (bytes.length === 32) keys.push(bytes)
        return bytes
      }
      const { crypto } = environment
      const watched: Crypto = {
        ...crypto,
        hash: (...args) => keep(crypto.hash(...args)),
        passwordKey: (...args) => keep(crypto.passwordKey(...args)),
      }
      const random = (bytes: number): Uint8Array => keep(environment.random(bytes))
      const storage = await sealedStorage(memoryStorage(), unlock, { crypto: watched, random })()
      // The master key, the secret, the wrapping key, the record key.
      expect(keys.map((bytes) => bytes.some((byte) => byte !== 0))).toEqual([false, false, false, true])
      await storage.close()
      expect(keys.some((bytes) => bytes.some((byte) => byte !== 0))).toBe(false)
    }
  })
})

test("a thief finds no plaintext, passphrase or key in the files, while the store is open and after", async () => {
  const folder = mkdtempSync(join(tmpdir(), "colloquy-sealed-"))
  const secretKey = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
  const needles = [text("meet me at the fountain"), text("correct horse"), secretKey]
  const search = (): string[] => {
    const names = readdirSync(folder)
    expect(names.length).toBeGreaterThan(0)
    return names.filter((name) =>
      needles.some((needle) => readFileSync(join(folder, name)).includes(Buffer.from(needle))),
    )
  }
  const check = async (wrap: (open: OpenStorage) => OpenStorage, name: string): Promise<string[]> => {
    const storage = await wrap(sqlite(join(folder, name)))()
    for (let i = 0; i < 200; i++)
      await storage.commit([{ key: text(`key ${i % 50}`), value: text("meet me at the fountain") }])
    const found = search()
    await storage.scrub()
    await storage.close()
    return [...found, ...search()]
  }
  for (const unlock of [right, rawKey(secretKey)])
    expect(await check((open) => sealedStorage(open, unlock, environment), `${unlock.kind}.db`)).toEqual([])
  // The search can find: without the sealing it does.
  expect(await check((open) => open, "plain.db")).not.toEqual([])
  rmSync(folder, { recursive: true, force: true })
})

async function headerOf(below: OpenStorage): Promise<Uint8Array> {
  return (await using(below, (storage) => storage.get([headerKey])))[0] as Uint8Array
}
