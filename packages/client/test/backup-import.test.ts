import { contentRegistry, text } from "@colloquy/content"
import {
  empty,
  type MemoryStorage,
  memoryStorage,
  type OpenStorage,
  type Storage,
  toHex,
  type Write,
} from "@colloquy/core"
import { beforeAll, describe, expect, it } from "vitest"
import { sealChunks } from "../src/backup/chunks.js"
import { packRecords, type RecordDraft } from "../src/backup/records.js"
import { Client } from "../src/index.js"
import { collect, importInto, outcome, pieces, unlock } from "./support/backups.js"
import { crashingStorage, type CrashMoment } from "./support/crashing-storage.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { UnsafeKeeperV1 } from "./support/unsafe-keeper.js"
import { crypto, Person, World } from "./support/world.js"

const content = contentRegistry([text])
const participant = "5a".repeat(32)
const conversation = `/unsafe-keeper/1/${"0a".repeat(16)}`

/** An account with one conversation and so many messages, record by record. */
async function* records(messages: number, bytes: number): AsyncGenerator<RecordDraft> {
  yield {
    case: "account",
    value: { identitySeed: new Uint8Array(32).fill(5), name: "Saro", createdAtMs: 1000, writtenAtMs: 2000 },
  }
  yield {
    case: "conversation",
    value: {
      conversation,
      type: "UnsafeKeeperV1",
      participants: [participant],
      consent: 1,
      createdAtMs: 1,
      lastTimestampMs: 2,
    },
  }
  for (let i = 0; i < messages; i++)
    yield {
      case: "message",
      value: {
        message: i.toString(16).padStart(32, "0"),
        sender: participant,
        lamport: i,
        timestampMs: i,
        content: new Uint8Array(bytes).fill(i),
      },
    }
  yield { case: "end", value: { consents: 0, conversations: 1, messages } }
}

function sealed(world: World, messages: number, bytes: number): AsyncGenerator<Uint8Array> {
  return sealChunks(packRecords(records(messages, bytes)), unlock, { crypto, random: world.random })
}

async function dump(open: OpenStorage): Promise<readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]> {
  const storage = await open()
  const found = await storage.scan({ from: empty, to: Uint8Array.of(0xff), limit: 1_000_000 })
  await storage.close()
  return found
}

/** How a client opens what is in a store, in any mode. */
function opened(world: World, store: OpenStorage, account: "any" | "create" | "open"): Promise<string> {
  return outcome(async () => {
    const types = [UnsafeKeeperV1, UnsafeCarrierV1]
    const base = { content, crypto, random: world.random, clock: world.clock, types, account }
    await (await Client.open({ ...base, storage: await store() })).close()
  })
}

describe("an import", () => {
  const messages = 60
  let world: World
  let backup: Uint8Array
  let whole: number
  let commits = 0

  beforeAll(async () => {
    world = new World()
    backup = await collect(sealed(world, messages, 40_000))
    const counted = memoryStorage({ onCommit: () => void commits++ })
    await importInto(world, counted, backup)
    whole = (await dump(counted)).length
    expect(commits).toBeGreaterThanOrEqual(4)
  })

  const interruptions = [1, 2, 3, 4].flatMap((commit) =>
    (["before", "after"] as const).map((moment): [number, CrashMoment] => [commit, moment]),
  )

  it.each(interruptions)(
    "BK-16 interrupted at commit %i, %s it is written, shows as unfinished or whole, and can begin again",
    async (commit, moment) => {
      const store = memoryStorage()
      const last = commit === commits && moment === "after"
      const crashing = crashingStorage(store, commit, moment) as unknown as MemoryStorage
      expect(await outcome(() => importInto(world, crashing, backup))).toBe("STORE_LOST")
      if (last) {
        expect(await outcome(() => importInto(world, store, backup))).toBe("ACCOUNT_EXISTS")
      } else {
        const began = commit > 1 || moment === "after"
        if (began)
          for (const mode of ["any", "create", "open"] as const)
            expect(await opened(world, store, mode)).toBe("IMPORT_UNFINISHED")
        else expect(await opened(world, store, "open")).toBe("NO_ACCOUNT")
        expect(await importInto(world, store, backup)).toMatchObject({ messages, conversations: 1, name: "Saro" })
      }
      expect((await dump(store)).length).toBe(whole)
      expect(await opened(world, store, "open")).toBe("done")
    },
  )

  it("BK-16 interrupted again and again leaves nothing of those before", async () => {
    const store = memoryStorage()
    for (const commit of [2, 3, 4])
      await outcome(() =>
        importInto(world, crashingStorage(store, commit, "after") as unknown as MemoryStorage, backup),
      )
    await importInto(world, store, backup)
    expect((await dump(store)).length).toBe(whole)
  })

  it("BK-16 that the store or the source fails leaves an empty store", async () => {
    for (let failing = 1; failing <= commits; failing++) {
      let failed = false
      const store = memoryStorage({
        onCommit: (_, number) => {
          if (number !== failing) return
          failed = true
          throw new Error("the disk is full")
        },
      })
      expect(await outcome(() => importInto(world, store, backup))).toBe("STORE_FAILED")
      expect(failed).toBe(true)
      expect(await dump(store)).toEqual([])
    }
    const store = memoryStorage()
    const source = (async function* () {
      yield backup.subarray(0, backup.length - 100_000)
      throw new Error("the cable is out")
    })()
    expect(await outcome(() => importInto(world, store, source))).toBe("Error: the cable is out")
    expect(await dump(store)).toEqual([])
  })

  it("BK-16 goes into an empty store only, whatever is there stays", async () => {
    const store = memoryStorage()
    expect(await opened(world, store, "create")).toBe("done")
    const before = await dump(store)
    expect(await outcome(() => importInto(world, store, backup))).toBe("ACCOUNT_EXISTS")
    expect(await dump(store)).toEqual(before)

    const foreign = memoryStorage()
    const storage = await foreign()
    await storage.commit([{ key: Uint8Array.of(9), value: Uint8Array.of(1) }])
    await storage.close()
    expect(await outcome(() => importInto(world, foreign, backup))).toBe("STORE_NOT_EMPTY")
    expect(await dump(foreign)).toHaveLength(1)
  })

  it("BK-16 with the wrong key does not touch what an interrupted one left", async () => {
    const store = memoryStorage()
    await outcome(() => importInto(world, crashingStorage(store, 3, "after") as unknown as MemoryStorage, backup))
    const before = (await dump(store)).map(({ key, value }) => [toHex(key), value.length])
    const wrong = { ...unlock, wrappingSecret: () => new Uint8Array(32) }
    expect(await outcome(() => importInto(world, store, backup, wrong))).toBe("BACKUP_WRONG_PASSPHRASE")
    expect((await dump(store)).map(({ key, value }) => [toHex(key), value.length])).toEqual(before)
  })

  it("closes the store however it ends", async () => {
    const store = memoryStorage()
    await outcome(() => importInto(world, store, pieces(backup.subarray(0, 1000))))
    await (await store()).close()
    await importInto(world, store, backup)
    await (await store()).close()
  })
})

/** What passes through a storage, counted. */
class Meter {
  entriesMax = 0
  scanBytesMax = 0
  batchBytesMax = 0
  batchWritesMax = 0
  scanned = 0
  /** Called after each commit. */
  committed: () => void = () => undefined

  wrap(open: OpenStorage): OpenStorage {
    return async () => this.#wrap(await open())
  }

  #wrap(inner: Storage): Storage {
    return {
      lost: inner.lost,
      get: (keys) => inner.get(keys),
      scrub: () => inner.scrub(),
      close: () => inner.close(),
      scan: async (range) => {
        const found = await inner.scan(range)
        const bytes = found.reduce((sum, { key, value }) => sum + key.length + value.length, 0)
        this.entriesMax = Math.max(this.entriesMax, found.length)
        this.scanBytesMax = Math.max(this.scanBytesMax, bytes)
        this.scanned += bytes
        return found
      },
      commit: async (batch: readonly Write[]) => {
        const bytes = batch.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0)
        this.batchBytesMax = Math.max(this.batchBytesMax, bytes)
        this.batchWritesMax = Math.max(this.batchWritesMax, batch.length)
        await inner.commit(batch)
        this.committed()
      },
    }
  }
}

describe("BK-17 a backup of any length takes little memory", () => {
  const mebibyte = 1024 * 1024

  it.each([
    [100_000, 60],
    [80, 300_000],
  ])("%i messages of %i bytes", async (messages, bytes) => {
    const world = new World()
    const person = new Person(world, "saro", { types: [UnsafeKeeperV1, UnsafeCarrierV1], delivery: null })
    const meter = new Meter()
    let held = 0
    let heldMax = 0
    meter.committed = () => (held = 0)
    const source = (async function* () {
      for await (const piece of sealed(world, messages, bytes)) {
        held += piece.length
        heldMax = Math.max(heldMax, held)
        yield piece
      }
    })()
    const storage = meter.wrap(person.store)
    const imported = await importInto(world, storage as MemoryStorage, source)
    expect(imported.messages).toBe(messages)
    expect(heldMax).toBeLessThan(2 * mebibyte)
    expect(meter.batchBytesMax).toBeLessThan(1.5 * mebibyte)
    expect(meter.batchWritesMax).toBeLessThan(520)

    const client = await person.open({ storage: meter.wrap(person.store) })
    meter.entriesMax = meter.scanBytesMax = meter.scanned = 0
    let pieceMax = 0
    let betweenMax = 0
    let total = 0
    for await (const piece of client.export({ unlock })) {
      pieceMax = Math.max(pieceMax, piece.length)
      betweenMax = Math.max(betweenMax, meter.scanned)
      meter.scanned = 0
      total += piece.length
    }
    expect(total).toBeGreaterThan(messages * bytes)
    expect(pieceMax).toBeLessThan(70_000)
    expect(meter.entriesMax).toBeLessThanOrEqual(256)
    expect(meter.scanBytesMax).toBeLessThan(6 * mebibyte)
    expect(betweenMax).toBeLessThan(6 * mebibyte)
    await client.close()
  })
})

it("a client that closes ends its export", async () => {
  const world = new World()
  const person = new Person(world, "saro", { types: [UnsafeKeeperV1, UnsafeCarrierV1], delivery: null })
  await importInto(world, person.store, sealed(world, 100, 20_000))
  const client = await person.open()
  const exporting = client.export({ unlock })
  await exporting.next()
  await exporting.next()
  await client.close()
  expect(await outcome(() => exporting.next())).toBe("CLIENT_CLOSED")
  expect(await outcome(() => client.export({ unlock }).next())).toBe("CLIENT_CLOSED")
})
