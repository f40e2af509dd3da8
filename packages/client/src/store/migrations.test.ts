import { create } from "@bufbuild/protobuf"
import { codeOf, type MemoryStorage, memoryStorage, type Write } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { expect, test } from "vitest"
import { type AccountRecord, AccountRecordSchema, TextRecordSchema } from "../generated/store_pb.js"
import { accountKey, key } from "./keys.js"
import { migrate, type Migration, migrations, storeFormat } from "./migrations.js"
import { decodeRecord, encodeRecord, Store } from "./store.js"

const crypto = await loadCrypto()

/** Rewrites every consumer's text, two at a time, whether it was rewritten before or not. */
function toFormat(to: number, mark: string): Migration {
  return {
    to,
    async *batches(store) {
      let batch: Write[] = []
      for await (const entry of store.all(key("consumer"))) {
        const { text } = decodeRecord(TextRecordSchema, entry.value)
        if (text.endsWith(mark)) continue
        batch.push({ key: entry.key, value: textValue(`${text}${mark}`) })
        if (batch.length < 2) continue
        yield batch
        batch = []
      }
      if (batch.length > 0) yield batch
    },
  }
}

function textValue(text: string): Uint8Array {
  return encodeRecord(TextRecordSchema, create(TextRecordSchema, { text }))
}

/** Five records of format 7, and their account. */
async function oldStore(): Promise<MemoryStorage> {
  const open = memoryStorage()
  const storage = await open()
  const record = create(AccountRecordSchema, { format: 7, identitySeed: new Uint8Array(32).fill(1), name: "Saro" })
  await storage.commit([
    { key: accountKey, value: encodeRecord(AccountRecordSchema, record) },
    ...Array.from({ length: 5 }, (_, i) => ({ key: key("consumer", Uint8Array.of(i)), value: textValue(`text ${i}`) })),
  ])
  await storage.close()
  return open
}

const steps = [toFormat(8, "!"), toFormat(9, "?")]

async function run(
  open: MemoryStorage,
  lostAt = Number.POSITIVE_INFINITY,
  after = false,
): Promise<{ code: string | undefined; record?: AccountRecord; commits: number }> {
  const storage = await open()
  let commits = 0
  const store = new Store({
    lost: storage.lost,
    get: (keys) => storage.get(keys),
    scan: (range) => storage.scan(range),
    scrub: () => storage.scrub(),
    close: () => storage.close(),
    commit: async (batch) => {
      if (++commits !== lostAt) return storage.commit(batch)
      if (after) await storage.commit(batch)
      open.lose()
      throw storage.lost.reason
    },
  })
  try {
    const found = (await store.get(AccountRecordSchema, accountKey)) as AccountRecord
    return { code: undefined, record: await migrate(store, crypto, found, { to: 9, steps }), commits }
  } catch (error) {
    return { code: codeOf(error), commits }
  } finally {
    await storage.close()
  }
}

async function texts(open: MemoryStorage): Promise<string[]> {
  const storage = await open()
  const store = new Store(storage)
  const found: string[] = []
  for await (const { value } of store.all(key("consumer"))) found.push(decodeRecord(TextRecordSchema, value).text)
  await storage.close()
  return found
}

const migrated = Array.from({ length: 5 }, (_, i) => `text ${i}!?`)

test("an older store is brought through each format in turn, and the account's number says so", async () => {
  const open = await oldStore()
  const { record, commits } = await run(open)
  expect(record).toMatchObject({ format: 9, name: "Saro" })
  expect(record?.identitySeed).toEqual(new Uint8Array(32).fill(1))
  expect(await texts(open)).toEqual(migrated)
  expect(commits).toBe(8)
  expect((await run(open)).commits).toBe(0)
})

test("a migration that is interrupted at any commit is begun again, and comes to the same end", async () => {
  for (let commit = 1; commit <= 8; commit++)
    for (const after of [false, true]) {
      const open = await oldStore()
      expect((await run(open, commit, after)).code, `commit ${commit}`).toBe("STORE_LOST")
      expect((await run(open)).record?.format).toBe(9)
      expect(await texts(open)).toEqual(migrated)
    }
})

test("a store of a newer format, and one that nothing leads on from, are left as they are", async () => {
  for (const format of [10, 6, 0]) {
    const open = await oldStore()
    const storage = await open()
    const record = create(AccountRecordSchema, { format })
    await storage.commit([{ key: accountKey, value: encodeRecord(AccountRecordSchema, record) }])
    await storage.close()
    expect(await run(open)).toMatchObject({ code: "STORE_VERSION", commits: 0 })
    expect((await texts(open))[0]).toBe("text 0")
  }
})

test("the present format is reached from every earlier one", () => {
  expect(migrations.map(({ to }) => to)).toEqual(Array.from({ length: storeFormat - 1 }, (_, i) => i + 2))
})
