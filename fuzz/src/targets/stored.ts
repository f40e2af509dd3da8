import { create, type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf"
import { concat, fromUtf8, le32, memoryStorage, type Storage, toHex, utf8 } from "@colloquy/core"
import { rawKey as sealingKey, sealedStorage } from "@colloquy/storage-sealed"
import { Client } from "../../../packages/client/src/index.js"
import { sealChunks } from "../../../packages/client/src/backup/chunks.js"
import { openHeader, sealHeader } from "../../../packages/client/src/backup/header.js"
import { BackupRecordSchema } from "../../../packages/client/src/generated/backup_pb.js"
import * as store from "../../../packages/client/src/generated/store_pb.js"
import { headerFromRecord } from "../../../packages/client/src/instance/header.js"
import { stateOf } from "../../../packages/client/src/messages/message-record.js"
import { inputFromRecord } from "../../../packages/client/src/store/inputs.js"
import { decodeRecord } from "../../../packages/client/src/store/store.js"
import { pieces, rawKey, unlock } from "../../../packages/client/test/support/backups.js"
import { ManualClock } from "../../../packages/client/test/support/manual-clock.js"
import { UnsafeKeeperV1 } from "../../../packages/client/test/support/unsafe-keeper.js"
import { decodeHeader, encodeHeader, type Header } from "../../../packages/storage-sealed/src/header.js"
import { contentRegistry, text } from "@colloquy/content"
import { decodeSteps, encodeSteps, type Step } from "../engine/steps.js"
import { checkDecoder, chosenDecoder, type Decoder, refusable } from "../properties/decoder.js"
import { must, type Target } from "../target.js"
import { counting, crypto, Draws } from "./support/bytes.js"
import { FuzzError } from "../fuzz-error.js"

/** Every record of a client's store, with what is made of it. */
const records: readonly (readonly [DescMessage, object, ((record: never) => unknown)?])[] = [
  [
    store.AccountRecordSchema,
    { format: 1, identitySeed: counting(32), indexKey: counting(32), createdAtMs: 5, name: "Saro" },
  ],
  [
    store.InstanceRecordSchema,
    {
      conversation: "/a/1/b",
      type: "AV1",
      consent: 1,
      participants: ["a", "b"],
      carriesTo: ["c"],
      wakeAtMs: 7,
      name: "n",
    },
    headerFromRecord,
  ],
  [store.PieceRecordSchema, { row: "row", version: 1, value: counting(20) }],
  [store.ClaimRecordSchema, {}],
  [
    store.InputRecordSchema,
    {
      conversation: "/a/1/b",
      atMs: 1,
      input: { case: "receive", value: { topic: "t", hint: counting(16), payload: counting(9) } },
    },
    inputFromRecord,
  ],
  [store.OutboxRecordSchema, {}],
  [store.RestoreRecordSchema, { conversation: "/a/1/b", backup: counting(9) }],
  [store.ExpiryRecordSchema, { conversation: "/a/1/b", message: "m" }],
  [
    store.MessageRecordSchema,
    { conversation: "/a/1/b", message: "m", lamport: 5, content: counting(9), state: 3 },
    stateOf,
  ],
  [store.EventRecordSchema, { kind: "message", conversation: "/a/1/b", atMs: 4, body: counting(3) }],
  [store.RingRecordSchema, {}],
  [store.CursorRecordSchema, {}],
  [store.TextRecordSchema, { text: "größe", number: 5 }],
]

export const storeRecords: Target = {
  name: "store-records",
  holds: "a record of the store is read, or is damage, and reads the same when it is written again",
  form: "fields",
  bytesMax: 2048,
  runs: 5000,
  open: async () =>
    chosenDecoder(
      records.map(([schema, , make]): Decoder<Message> => ({
        codes: /^STORE_DAMAGED$/,
        canonical: false,
        views: true,
        plain: true,
        decode(bytes) {
          const record = decodeRecord(schema, bytes)
          make?.(record as never)
          // Of fields that this version does not know, what stays of several is the library's affair.
          return { value: fromBinary(schema, toBinary(schema, record, { writeUnknownFields: false })) }
        },
        encode: (record) => toBinary(schema, record),
        growth: [400, 8192],
      })),
      records.map(([schema, value]) => [toBinary(schema, create(schema, value as never))]),
    ),
}

/** A byte, odd for the header's checksum to be made right, then the header. */
export const backupHeader: Target = {
  name: "backup-header",
  holds: "a backup's header opens with its key or is refused, before anything is paid for it",
  form: "bytes",
  bytesMax: 400,
  runs: 3000,
  open: async () => {
    const valid = sealHeader({ crypto, random: new Draws(3).random }, unlock, counting(32))
    const other = sealHeader({ crypto, random: new Draws(4).random }, rawKey(counting(32, 9)), counting(32))
    const hex = toHex(valid)
    return {
      seeds: [0, 1].flatMap((first) => [valid, other].map((header) => concat(Uint8Array.of(first), header))),
      check(input) {
        const header =
          (input[0] ?? 0) % 2 === 0 ? input.slice(1) : withChecksum(input.slice(1), 106, "colloquy/backup/1/checksum")
        const opened = refusable(() => openHeader(crypto, unlock, header))
        if (opened instanceof Uint8Array) must(toHex(header).startsWith(hex), "a changed header opens")
        else must(/^BACKUP_(FORMAT|VERSION|WRONG_PASSPHRASE|TRUNCATED|DAMAGED)$/.test(opened.refused), opened.refused)
      },
    }
  },
}

/** What somebody who has the key put into a backup: a step is a record, from 8 up without the length that belongs to it. */
export const backupRecords: Target = {
  name: "backup-records",
  holds: "whatever records a backup holds are imported, and then read, or refused and leave nothing",
  form: "steps",
  bytesMax: 8192,
  runs: 60,
  open: async () => {
    const content = contentRegistry([text])
    const draws = new Draws(6)
    const environment = { crypto, random: draws.random, clock: new ManualClock() }
    return {
      seeds: backupSeeds(),
      async check(input) {
        draws.restart()
        const parts = decodeSteps(input).flatMap(({ operation, body }) =>
          operation % 16 < 8 ? [le32(body.length), body] : [body],
        )
        const stream = concat(...parts)
        const chunks = new Uint8Array(Math.max(1, Math.ceil(stream.length / 65_536)) * 65_536)
        chunks.set(stream)
        const sealed: Uint8Array[] = []
        for await (const piece of sealChunks(pieces(chunks, 65_536), unlock, environment)) sealed.push(piece.slice())
        const open = memoryStorage()
        const { refused } = await outcomeOf(async () =>
          Client.import({ storage: await open(), source: each(sealed), unlock, ...environment }),
        )
        if (refused !== undefined) {
          must(/^BACKUP_DAMAGED$/.test(refused), `refused with ${refused}`)
          must((await everything(await open())) === "", "a refused backup leaves something")
          return
        }
        const client = await Client.open({ ...environment, storage: await open(), types: [UnsafeKeeperV1], content })
        try {
          const { items } = await client.conversations.list({ limit: 20 })
          for (const { id } of items) await (await client.conversations.get(id))?.messages({ limit: 20 })
          await client.storage()
        } finally {
          await client.close()
        }
      },
    }
  },
}

/** A byte: 0 for a header, 1 for one whose checksum is made right, else for the value of a record. */
export const sealedStore: Target = {
  name: "sealed-store",
  holds: "a changed header or record of a sealed store does not open, and is told apart from a wrong key",
  form: "bytes",
  bytesMax: 400,
  runs: 2000,
  open: async () => {
    const key = sealingKey(counting(32))
    const environment = { crypto, random: new Draws(8).random }
    const recordKey = utf8("record")
    const below = memoryStorage()
    const sealed = sealedStorage(below, key, environment)
    const first = await sealed()
    await first.commit([{ key: recordKey, value: utf8("a value") }])
    await first.close()
    const headerKey = Uint8Array.of(0)
    const stored = await (await below()).get([headerKey, recordKey])
    const [header, record] = stored.map((value) => value?.slice() ?? new Uint8Array(0))
    if (header === undefined || record === undefined) throw new FuzzError("TARGET", "nothing was stored")
    const decoder: Decoder<Header> = {
      codes: /^STORE_(DAMAGED|VERSION)$/,
      canonical: true,
      plain: true,
      decode: (bytes) => ({ value: decodeHeader(crypto, bytes) }),
      encode: (value) => encodeHeader(crypto, value),
    }
    return {
      seeds: [concat(Uint8Array.of(0), header), concat(Uint8Array.of(1), header), concat(Uint8Array.of(2), record)],
      async check(input) {
        const kind = input[0] ?? 0
        const body =
          kind === 1
            ? withChecksum(input.slice(1), input.length - 17, "colloquy/storage-sealed/1/checksum")
            : input.slice(1)
        if (kind <= 1) checkDecoder(decoder, body)
        const changed = memoryStorage()
        const raw = await changed()
        await raw.commit([
          { key: headerKey, value: kind <= 1 ? body : header },
          { key: recordKey, value: kind <= 1 ? record : body },
        ])
        await raw.close()
        const isSame = toHex(kind <= 1 ? body : concat(body)) === toHex(kind <= 1 ? header : record)
        const { refused } = await outcomeOf(async () => {
          const opened = await sealedStorage(changed, key, environment)()
          try {
            must(fromUtf8((await opened.get([recordKey]))[0] ?? utf8("")) === "a value", "a record says something else")
          } finally {
            await opened.close()
          }
        })
        if (isSame) must(refused === undefined, `the store itself is refused with ${refused}`)
        else
          must(/^(STORE_DAMAGED|STORE_VERSION|WRONG_PASSPHRASE)$/.test(refused ?? "opened"), `${refused ?? "opened"}`)
      },
    }
  },
}

function backupSeeds(): readonly Uint8Array[] {
  const conversation = `/keeper/1/${"0a".repeat(16)}`
  const participant = "5a".repeat(32)
  const record = (name: string, value: object): Step => ({
    operation: 0,
    body: toBinary(BackupRecordSchema, create(BackupRecordSchema, { record: { case: name, value } } as never)),
  })
  const account = record("account", { identitySeed: counting(32), name: "Saro", createdAtMs: 1000, writtenAtMs: 2000 })
  const talk = record("conversation", {
    conversation,
    type: "KeeperV1",
    participants: [participant, "0b".repeat(32)],
    consent: 1,
    createdAtMs: 1500,
    lastTimestampMs: 1600,
    backup: counting(20),
    name: "a talk",
  })
  const message = (number: number, more: object = {}): Step =>
    record("message", {
      message: number.toString(16).padStart(32, "0"),
      sender: participant,
      lamport: number,
      timestampMs: 1550,
      content: counting(9),
      ...more,
    })
  const end = (consents: number, conversations: number, messages: number): Step =>
    record("end", { consents, conversations, messages })
  return [
    encodeSteps([account, end(0, 0, 0)]),
    encodeSteps([
      account,
      record("consent", { participant, consent: 2 }),
      talk,
      message(1),
      message(2, { outgoing: true, state: 2, proof: "stored" }),
      message(3, { outgoing: true, state: 1, expiresAtMs: 2_000_000_000_000 }),
      end(1, 1, 3),
    ]),
  ]
}

/** A header with the checksum that belongs to its first bytes. */
function withChecksum(header: Uint8Array, bodyBytes: number, label: string): Uint8Array {
  if (bodyBytes < 0 || header.length < bodyBytes + 16) return header
  const body = header.subarray(0, bodyBytes)
  return concat(body, crypto.hash(body, 16, utf8(label)), header.subarray(bodyBytes + 16))
}

async function everything(storage: Storage): Promise<string> {
  const found = await storage.scan({ from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 1000 })
  await storage.close()
  return found.map(({ key }) => toHex(key)).join()
}

async function outcomeOf(work: () => Promise<unknown>): Promise<{ readonly refused: string | undefined }> {
  try {
    await work()
    return { refused: undefined }
  } catch (error) {
    const { refused } = refusable((): { refused: string } => {
      throw error
    })
    return { refused }
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
