import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs"
import { codeOf, type OpenStorage, type Storage } from "@colloquy/core"
import { storageConformance } from "@colloquy/core/testing"
import Database from "better-sqlite3"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { temporaryFolder, type TemporaryFolder } from "../test/temporary-folder.js"
import { valueBytesMax } from "./schema.js"
import { sqlite } from "./sqlite.js"

describe("the SQLite storage conforms", () => {
  const cases = storageConformance(async () => {
    const folder = temporaryFolder()
    return { open: sqlite(folder.path("store.db")), dispose: async () => folder.remove() }
  })
  for (const { title, run } of cases) test(title, run)
})

describe("opening", () => {
  let folder: TemporaryFolder
  let path: string
  beforeEach(() => {
    folder = temporaryFolder()
    path = folder.path("store.db")
  })
  afterEach(() => folder.remove())

  test("makes missing folders and files for their owner alone, and leaves one file behind", async () => {
    path = folder.path("new/deep/store.db")
    const storage = await sqlite(path)()
    await storage.commit([{ key: bytes("key"), value: bytes("value") }])
    expect(modeOf(folder.path("new"))).toBe(0o700)
    expect(modeOf(folder.path("new/deep"))).toBe(0o700)
    expect(readdirSync(folder.path("new/deep")).sort()).toEqual(["store.db", "store.db-wal"])
    expect(modeOf(path)).toBe(0o600)
    expect(modeOf(`${path}-wal`)).toBe(0o600)
    await storage.close()
    expect(readdirSync(folder.path("new/deep"))).toEqual(["store.db"])
  })

  test("another path to the same file is the same store", async () => {
    const storage = await sqlite(path)()
    symlinkSync(path, folder.path("link.db"))
    expect(await failure(sqlite(folder.path("link.db")))).toBe("STORE_IN_USE")
    await storage.close()
  })

  test("a place that can't be written gives STORE_NOT_WRITABLE", async () => {
    writeFileSync(folder.path("file"), "not a folder")
    mkdirSync(path)
    for (const place of [
      folder.path("file/store.db"),
      folder.path("file/deep/store.db"),
      path,
      "/proc/colloquy/store.db",
    ])
      expect(await failure(sqlite(place))).toBe("STORE_NOT_WRITABLE")
  })

  test.runIf(process.platform === "linux")("a device gives STORE_DAMAGED", async () => {
    for (const device of ["/dev/null", "/dev/zero"]) expect(await failure(sqlite(device)), device).toBe("STORE_DAMAGED")
  })

  test.skipIf(process.getuid?.() === 0)("a folder or file without permission gives STORE_NOT_WRITABLE", async () => {
    const storage = await sqlite(path)()
    await storage.close()
    chmodSync(path, 0o400)
    expect(await failure(sqlite(path))).toBe("STORE_NOT_WRITABLE")
    chmodSync(path, 0o600)
    chmodSync(folder.path("."), 0o500)
    expect(await failure(sqlite(path))).toBe("STORE_NOT_WRITABLE")
    expect(await failure(sqlite(folder.path("other.db")))).toBe("STORE_NOT_WRITABLE")
    chmodSync(folder.path("."), 0o700)
  })

  test("a file that is not ours gives STORE_DAMAGED and stays as it was", async () => {
    const foreign = new Database(folder.path("foreign.db"))
    foreign.exec("CREATE TABLE letters (text); INSERT INTO letters VALUES ('dear')")
    foreign.close()
    const contents = [
      readFileSync(folder.path("foreign.db")),
      bytes("x"),
      bytes("some text in a file\n".repeat(500)),
      Buffer.alloc(4096),
    ]
    for (const content of contents) {
      writeFileSync(path, content)
      expect(await failure(sqlite(path))).toBe("STORE_DAMAGED")
      expect(readFileSync(path).equals(content)).toBe(true)
      expect(existsSync(`${path}-wal`)).toBe(false)
    }
  })

  test("a store written by a newer version gives STORE_VERSION and stays as it was", async () => {
    await tamper("PRAGMA user_version = 3")
    const before = readFileSync(path)
    expect(await failure(sqlite(path))).toBe("STORE_VERSION")
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test.each([
    ["another application's number", "PRAGMA application_id = 7"],
    ["no number", "PRAGMA application_id = 0"],
    ["no version", "PRAGMA user_version = 0"],
    ["a trigger", "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END"],
    ["another table", "CREATE TABLE other (a)"],
    ["no table", "DROP TABLE record"],
    ["no table of long values", "DROP TABLE long"],
    ["a trigger less", "DROP TRIGGER deleted"],
    ["another form of the table", "DROP TABLE record; CREATE TABLE record (key PRIMARY KEY, value)"],
    ["the tables of a format and the number of another", "PRAGMA user_version = 1"],
  ])("a store with %s gives STORE_DAMAGED", async (_what, sql) => {
    await tamper(sql)
    expect(await failure(sqlite(path))).toBe("STORE_DAMAGED")
  })

  test.each(["'text'", "5"])("a value of %s in place of bytes gives STORE_DAMAGED when it is read", async (value) => {
    await tamper(`UPDATE record SET value = ${value}`)
    for (const read of [
      (storage: Storage) => storage.get([bytes("key")]),
      (storage: Storage) => storage.scan({ from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 10 }),
    ]) {
      const storage = await sqlite(path)()
      expect(await (async () => read(storage))().catch(codeOf)).toBe("STORE_DAMAGED")
      expect(storage.lost.aborted).toBe(true)
      await storage.close()
    }
  })

  test("a long value is kept apart from the keys, and goes with its record", async () => {
    const lengths = [0, valueBytesMax, valueBytesMax + 1, 5000, 300_000]
    const storage = await sqlite(path)()
    const keys = lengths.map((length) => bytes(`of ${length}`))
    const write = (shift: number) =>
      storage.commit(keys.map((key, i) => ({ key, value: new Uint8Array(lengths[(i + shift) % 5] as number).fill(i) })))
    for (const shift of [0, 1, 2, 3, 4, 5]) await write(shift)
    expect((await storage.get(keys)).map((value) => value?.length)).toEqual(lengths)
    await storage.commit([{ key: keys[4] as Uint8Array, value: undefined }])
    await storage.close()
    const raw = new Database(path)
    expect(raw.prepare("SELECT typeof(value) FROM record ORDER BY length(key)").pluck().all().sort()).toEqual([
      "blob",
      "blob",
      "integer",
      "integer",
    ])
    expect(raw.prepare("SELECT length(value) FROM long ORDER BY 1").pluck().all()).toEqual([valueBytesMax + 1, 5000])
    raw.close()
  })

  test("a store of format 1 is read, written and emptied, and has the present format then", async () => {
    const old = new Database(path)
    old.pragma("page_size = 4096")
    old.exec("CREATE TABLE record (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID")
    old.pragma(`application_id = ${0x43_4c_51_59}`)
    old.pragma("user_version = 1")
    const lengths = [10, 900, 901, 70_000, 2_000_000]
    const records = lengths.map((length, i) => ({ key: bytes(`key ${i}`), value: new Uint8Array(length).fill(i) }))
    for (const { key, value } of records) old.prepare("INSERT INTO record VALUES (?, ?)").run(key, value)
    old.close()
    const keys = records.map(({ key }) => key)
    for (const round of [1, 2]) {
      const storage = await sqlite(path)()
      const read = async (): Promise<(number | undefined)[]> => (await storage.get(keys)).map((value) => value?.length)
      expect(await read(), `${round}`).toEqual(round === 1 ? lengths : [...lengths.slice(0, 3), undefined, 2_000_000])
      await storage.commit(records.slice(2))
      await storage.commit([{ key: keys[3] as Uint8Array, value: undefined }])
      await storage.close()
    }
    const raw = new Database(path)
    expect(raw.pragma("user_version", { simple: true })).toBe(2)
    expect(raw.prepare("SELECT length(value) FROM long ORDER BY 1").pluck().all()).toEqual([901, 2_000_000])
    expect(raw.pragma("integrity_check", { simple: true })).toBe("ok")
    raw.close()
  })

  test("a truncated file gives STORE_DAMAGED, at opening or at the first record that is missing", async () => {
    const storage = await sqlite(path)()
    const keys = Array.from({ length: 200 }, (_, i) => bytes(`key ${i}`))
    await storage.commit(keys.map((key) => ({ key, value: new Uint8Array(1000).fill(7) })))
    await storage.close()
    const whole = readFileSync(path)
    for (let length = 1; length < whole.length; length += length < 200 ? 1 : 1021) {
      writeFileSync(path, whole)
      truncateSync(path, length)
      let opened: Storage | undefined
      const code = await (async () => {
        opened = await sqlite(path)()
        await opened.get(keys)
      })().catch(codeOf)
      expect(code, `${length} bytes`).toBe("STORE_DAMAGED")
      if (opened !== undefined) {
        expect(opened.lost.aborted).toBe(true)
        expect(await opened.commit([]).catch(codeOf)).toBe("STORE_LOST")
        await opened.close()
      }
    }
  })

  test("a file with any byte flipped opens or is refused by a code that says so, then and in every later call", async () => {
    const storage = await sqlite(path)()
    const records = Array.from({ length: 60 }, (_, i) => ({
      key: bytes(`key ${i}`),
      value: new Uint8Array(i * i).fill(7),
    }))
    await storage.commit(records)
    await storage.commit(records.slice(20, 40).map(({ key }) => ({ key, value: undefined })))
    await storage.close()
    const whole = readFileSync(path)
    const codes = new Set<string | undefined>()
    for (let at = 0; at < whole.length; at += at < 120 || at % 4096 < 24 ? 1 : 997) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      writeFileSync(path, flipped)
      codes.add(
        await failure(async () => {
          const opened = await sqlite(path)()
          try {
            await opened.get(records.map(({ key }) => key))
            await opened.scan({ from: new Uint8Array(0), to: Uint8Array.of(255), limit: 100, reverse: true })
            await opened.commit(records)
            await opened.scrub()
          } catch (error) {
            await opened.close()
            throw error
          }
          return opened
        }),
      )
    }
    expect([...codes].sort()).toEqual(["STORE_DAMAGED", "STORE_NOT_WRITABLE", "STORE_VERSION", "opened"])
  })

  test("a crash between making the file and its table leaves a store that opens", async () => {
    writeFileSync(path, "")
    const storage = await sqlite(path)()
    await storage.commit([{ key: bytes("key"), value: bytes("value") }])
    await storage.close()
  })

  async function tamper(sql: string): Promise<void> {
    const storage = await sqlite(path)()
    await storage.commit([{ key: bytes("key"), value: bytes("value") }])
    await storage.close()
    const database = new Database(path)
    database.pragma("journal_mode = DELETE")
    database.exec(sql)
    database.close()
  }
})

describe("an open store", () => {
  let folder: TemporaryFolder
  beforeEach(() => (folder = temporaryFolder()))
  afterEach(() => folder.remove())

  test("that reaches bytesMax fails large batches with STORE_FULL, alone, and goes on with small ones", async () => {
    const storage = await sqlite(folder.path("store.db"), { bytesMax: 100_000 })()
    const results = await Promise.allSettled([
      storage.commit([{ key: bytes("a"), value: bytes("small") }]),
      storage.commit([
        { key: bytes("a"), value: bytes("overwritten") },
        { key: bytes("b"), value: new Uint8Array(200_000) },
      ]),
      storage.commit([{ key: bytes("c"), value: bytes("small") }]),
    ])
    expect(results.map((result) => (result.status === "rejected" ? codeOf(result.reason) : "done"))).toEqual([
      "done",
      "STORE_FULL",
      "done",
    ])
    expect(storage.get([bytes("a"), bytes("b"), bytes("c")])).toEqual([bytes("small"), undefined, bytes("small")])
    expect(storage.lost.aborted).toBe(false)
    await storage.close()
  })

  test("whose file is removed says so at the next scrub", async () => {
    const storage = await sqlite(folder.path("store.db"))()
    await storage.commit([{ key: bytes("a"), value: bytes("1") }])
    unlinkSync(folder.path("store.db"))
    expect(await storage.scrub().catch(codeOf)).toBe("STORE_LOST")
    expect(storage.lost.aborted).toBe(true)
    expect(codeOf(storage.lost.reason)).toBe("STORE_LOST")
    expect(await storage.commit([]).catch(codeOf)).toBe("STORE_LOST")
    await storage.close()
    expect(await storage.commit([]).catch(codeOf)).toBe("STORE_CLOSED")
  })

  test("writes what waits when it is closed, though its flush was not due yet", async () => {
    const path = folder.path("store.db")
    const storage = await sqlite(path)()
    const commits = Array.from({ length: 3000 }, (_, i) =>
      storage.commit([{ key: bytes(`key ${i}`), value: bytes("1") }]),
    )
    await storage.close()
    await Promise.all(commits)
    const again = await sqlite(path)()
    expect(again.scan({ from: bytes("key"), to: bytes("kez"), limit: Infinity })).toHaveLength(3000)
    await again.close()
  })
})

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

async function failure(open: OpenStorage): Promise<string | undefined> {
  try {
    await (await open()).close()
    return "opened"
  } catch (error) {
    return codeOf(error)
  }
}
