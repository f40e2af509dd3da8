import { concat, empty, le32, type MemoryStorage, memoryStorage, utf8 } from "@colloquy/core"
import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import { chunkBytes, sealChunks } from "../src/backup/chunks.js"
import { headerBytes } from "../src/backup/header.js"
import { packRecords, type RecordDraft } from "../src/backup/records.js"
import { cheap, collect, importInto, outcome, passphrase, pieces, rawKey, unlock } from "./support/backups.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { UnsafeKeeperV1 } from "./support/unsafe-keeper.js"
import { conversation, crypto, settle, text, World } from "./support/world.js"

const world = new World()
const conversationId = `/keeper/1/${"0a".repeat(16)}`
const participant = "5a".repeat(32)

const account: RecordDraft = {
  case: "account",
  value: { identitySeed: new Uint8Array(32).fill(5), name: "Saro", createdAtMs: 1000, writtenAtMs: 2000 },
}
const consent: RecordDraft = { case: "consent", value: { participant, consent: 1 } }
const talk = {
  conversation: conversationId,
  type: "KeeperV1",
  participants: [participant],
  consent: 1,
  createdAtMs: 1500,
  lastTimestampMs: 1600,
}
const conversationPart: RecordDraft = { case: "conversation", value: talk }

function message(id: number, fields: object = {}): RecordDraft {
  const content = new Uint8Array(40_000).fill(id)
  const base = {
    message: id.toString(16).padStart(32, "0"),
    sender: participant,
    outgoing: false,
    lamport: id,
    content,
  }
  return { case: "message", value: { ...base, timestampMs: 1550, state: 0, ...fields } }
}

function end(consents: number, conversations: number, messages: number): RecordDraft {
  return { case: "end", value: { consents, conversations, messages } }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

function seal(records: readonly RecordDraft[], by = unlock): Promise<Uint8Array> {
  return collect(sealChunks(packRecords(each(records)), by, { crypto, random: world.random }))
}

const good = [account, consent, conversationPart, message(1), message(2), message(3), message(4), end(1, 1, 4)]

async function entries(store: MemoryStorage) {
  const storage = await store()
  const found = await storage.scan({ from: empty, to: Uint8Array.of(0xff), limit: 1000 })
  await storage.close()
  return found
}

/** The code with which an import is refused; nothing may be left of it. */
async function refusal(file: Uint8Array, by = unlock): Promise<string> {
  const store = memoryStorage()
  const code = await outcome(() => importInto(world, store, file, by))
  if (code !== "done") expect(await entries(store)).toEqual([])
  return code
}

/** A file cut into its header and chunks. */
function parts(file: Uint8Array): { header: Uint8Array; chunks: Uint8Array[] } {
  const chunks: Uint8Array[] = []
  for (let at = headerBytes; at < file.length; at += chunkBytes) chunks.push(file.slice(at, at + chunkBytes))
  return { header: file.slice(0, headerBytes), chunks }
}

function withChecksum(header: Uint8Array): Uint8Array {
  const body = header.slice(0, 106)
  return concat(body, crypto.hash(body, 16, utf8("colloquy/backup/1/checksum")))
}

let file: Uint8Array
let locked: Uint8Array

beforeAll(async () => {
  file = await seal(good)
  locked = await seal(good, passphrase("correct horse"))
})

describe("the header of a backup", () => {
  it("BK-2 BK-3 with any byte changed is refused as damaged, or as none, and never as a wrong passphrase", async () => {
    for (let at = 0; at < headerBytes; at++)
      for (const flip of [0x01, 0x80]) {
        const changed = file.slice()
        changed[at] = (changed[at] as number) ^ flip
        expect(await refusal(changed), `byte ${at}`).toBe(at < 8 ? "BACKUP_FORMAT" : "BACKUP_DAMAGED")
      }
  })

  it("BK-3 of a later version is told so, and version 0 is damage", async () => {
    for (const [version, code] of [
      [2, "BACKUP_VERSION"],
      [255, "BACKUP_VERSION"],
      [0, "BACKUP_DAMAGED"],
    ] as const) {
      const { header, chunks } = parts(file)
      header[8] = version
      expect(await refusal(concat(withChecksum(header), ...chunks))).toBe(code)
    }
  })

  it("BK-4 BK-5 opens with what it was sealed with and with nothing else", async () => {
    expect(await refusal(file)).toBe("done")
    expect(await refusal(locked, passphrase("correct horse"))).toBe("done")
    for (const [sealed, by] of [
      [file, rawKey(new Uint8Array(32).fill(8))],
      [file, passphrase("correct horse")],
      [locked, passphrase("wrong horse")],
      [locked, unlock],
    ] as const)
      expect(await refusal(sealed, by)).toBe("BACKUP_WRONG_PASSPHRASE")
  })

  it("BK-6 that asks for too much or too little work is refused before any is done", async () => {
    let paid = 0
    const counting = {
      ...passphrase("correct horse"),
      wrappingSecret: () => {
        paid++
        return new Uint8Array(32)
      },
    }
    for (const [operations, kib] of [
      [0, 8192],
      [17, 8192],
      [0xffffffff, 8192],
      [1, 0],
      [1, 8191],
      [1, 524_289],
      [1, 0xffffffff],
      [16, 0x80000000],
    ] as const) {
      const { header, chunks } = parts(locked)
      header.set(le32(operations), 10)
      header.set(le32(kib), 14)
      expect(await refusal(concat(withChecksum(header), ...chunks), counting)).toBe("BACKUP_DAMAGED")
    }
    const { header, chunks } = parts(file)
    header.set(le32(1), 10)
    expect(await refusal(concat(withChecksum(header), ...chunks))).toBe("BACKUP_DAMAGED")
    header[9] = 3
    expect(await refusal(concat(withChecksum(header), ...chunks))).toBe("BACKUP_DAMAGED")
    expect(paid).toBe(0)
  })

  it("BK-6 is not written with a cost outside the limits", async () => {
    for (const cost of [
      { ...cheap, operations: 17 },
      { ...cheap, memoryBytes: 1024 },
      { ...cheap, memoryBytes: cheap.memoryBytes + 1 },
      { operations: Number.NaN, memoryBytes: cheap.memoryBytes },
    ])
      expect(await outcome(() => seal(good, passphrase("correct horse", cost)))).toBe("BAD_PASSWORD_COST")
  })

  it("BK-3 with parts changed by someone who can compute the checksum is a wrong passphrase", async () => {
    for (const at of [20, 40, 60, 100]) {
      const { header, chunks } = parts(file)
      header[at] = (header[at] as number) ^ 1
      expect(await refusal(concat(withChecksum(header), ...chunks))).toBe("BACKUP_WRONG_PASSPHRASE")
    }
  })
})

describe("the chunks of a backup", () => {
  it("BK-1 BK-7 are all of one length, and a file tells its size in steps of 64 KiB", async () => {
    expect((file.length - headerBytes) % chunkBytes).toBe(0)
    expect((await seal([account, end(0, 0, 0)])).length).toBe(headerBytes + chunkBytes)
    const little = await seal([account, consent, conversationPart, message(1, { content: empty }), end(1, 1, 1)])
    expect(little.length).toBe(headerBytes + chunkBytes)
    expect(parts(file).chunks.length).toBeGreaterThanOrEqual(3)
  })

  it("BK-8 in another order, dropped, repeated, or followed by more are refused", async () => {
    const { header, chunks } = parts(file)
    const [a, b, c] = chunks as [Uint8Array, Uint8Array, Uint8Array]
    expect(chunks).toHaveLength(3)
    for (const [changed, code] of [
      [[a, c, b], "BACKUP_DAMAGED"],
      [[b, a, c], "BACKUP_DAMAGED"],
      [[c, b, a], "BACKUP_DAMAGED"],
      [[b, c], "BACKUP_DAMAGED"],
      [[a, c], "BACKUP_DAMAGED"],
      [[c], "BACKUP_DAMAGED"],
      [[a, a, b, c], "BACKUP_DAMAGED"],
      [[a, b, b, c], "BACKUP_DAMAGED"],
      [[a, b, c, c], "BACKUP_DAMAGED"],
      [[a, b, c, a], "BACKUP_DAMAGED"],
      [[a, b, c, new Uint8Array(1)], "BACKUP_DAMAGED"],
      [[a, b, c, new Uint8Array(chunkBytes)], "BACKUP_DAMAGED"],
      [[a, b], "BACKUP_TRUNCATED"],
      [[a], "BACKUP_TRUNCATED"],
      [[], "BACKUP_TRUNCATED"],
    ] as const)
      expect(await refusal(concat(header, ...changed))).toBe(code)
  })

  it("BK-8 of another file, under the same passphrase too, are refused", async () => {
    const other = parts(await seal(good))
    const { header, chunks } = parts(file)
    for (let at = 0; at < chunks.length; at++) {
      const mixed = chunks.with(at, other.chunks[at] as Uint8Array)
      expect(await refusal(concat(header, ...mixed))).toBe("BACKUP_DAMAGED")
    }
    expect(await refusal(concat(other.header, ...chunks))).toBe("BACKUP_DAMAGED")
  })

  it("BK-8 with a bit changed anywhere are refused", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: headerBytes, max: file.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const changed = file.slice()
          changed[at] = (changed[at] as number) ^ (1 << bit)
          expect(await refusal(changed)).toBe("BACKUP_DAMAGED")
        },
      ),
      { seed: 20261123, numRuns: 60, examples: flags().map((at) => [at, 0] as [number, number]) },
    )
  })

  function flags(): number[] {
    return [0, 1, 2].map((index) => headerBytes + index * chunkBytes)
  }

  it("BK-8 cut off at any length are told to be truncated", async () => {
    const lengths = [0, 1, 7, 8, 9, 58, 105, 106, 121, headerBytes, headerBytes + 1]
    for (const base of [1, 2, 3].map((count) => headerBytes + count * chunkBytes))
      lengths.push(
        base - chunkBytes + 17,
        base - 65_000,
        base - 2,
        base - 1,
        ...(base < file.length ? [base, base + 1] : []),
      )
    for (const length of lengths)
      expect(await refusal(file.slice(0, length)), `length ${length}`).toBe("BACKUP_TRUNCATED")
  })

  it("BK-1 come in pieces of any length", async () => {
    for (const length of [1009, 65_536, chunkBytes, file.length]) {
      const store = memoryStorage()
      expect(await importInto(world, store, pieces(file, length))).toMatchObject({ conversations: 1, messages: 4 })
    }
  })

  it("are none when somebody gives another file", async () => {
    for (const other of [utf8("hello"), new Uint8Array(200_000), utf8("SQLite format 3\0")])
      expect(await refusal(other)).toBe("BACKUP_FORMAT")
  })
})

describe("the records of a backup", () => {
  const wrong: readonly [string, readonly RecordDraft[]][] = [
    ["BK-10 no account", [consent, end(1, 0, 0)]],
    ["BK-10 nothing", []],
    ["BK-10 an account twice", [account, account, end(0, 0, 0)]],
    ["BK-10 an account later", [consent, account, end(1, 0, 0)]],
    ["BK-10 a short seed", [{ case: "account", value: { identitySeed: new Uint8Array(31) } }, end(0, 0, 0)]],
    [
      "BK-10 no time",
      [{ case: "account", value: { identitySeed: new Uint8Array(32), createdAtMs: -1 } }, end(0, 0, 0)],
    ],
    ["BK-9 no end", [account, consent]],
    ["BK-9 an end that counts others", [account, consent, end(0, 0, 0)]],
    ["BK-9 an end that counts more", [account, conversationPart, message(1), end(0, 1, 2)]],
    ["BK-9 something after the end", [account, end(0, 0, 0), consent]],
    ["BK-9 an unknown record", [account, { case: undefined } as unknown as RecordDraft, end(0, 0, 0)]],
    ["BK-12 a consent of nobody", [account, { case: "consent", value: { participant: "", consent: 1 } }, end(1, 0, 0)]],
    ["BK-12 a consent that is none", [account, { case: "consent", value: { participant, consent: 3 } }, end(1, 0, 0)]],
    ["BK-11 a conversation twice", [account, conversationPart, conversationPart, end(0, 2, 0)]],
    ...[
      { conversation: "keeper" },
      { conversation: "" },
      { type: "TalkV1" },
      { consent: 3 },
      { thread: "there" },
      { createdAtMs: 0.5 },
      { lastTimestampMs: Number.NaN },
      { disappearAfterMs: Number.POSITIVE_INFINITY },
    ].map((fields): [string, RecordDraft[]] => [
      `BK-11 a conversation with ${Object.keys(fields).join()} ${Object.values(fields).join()}`,
      [account, { case: "conversation", value: { ...talk, ...fields } }, end(0, 1, 0)],
    ]),
    ["BK-13 a message of no conversation", [account, message(1), end(0, 0, 1)]],
    ["BK-13 a message twice", [account, conversationPart, message(1), message(1), end(0, 1, 2)]],
    ["BK-13 messages in another order", [account, conversationPart, message(2), message(1), end(0, 1, 2)]],
    ...[
      { message: "0a" },
      { message: "G".repeat(32) },
      { state: 5, outgoing: true },
      { state: 2 },
      { state: 0, outgoing: true },
      { proof: "sworn", outgoing: true, state: 2 },
      { lamport: -1 },
      { lamport: 2 ** 53 },
      { timestampMs: Number.NaN },
      { expiresAtMs: 1.5 },
      { conversation: "there" },
    ].map((fields): [string, RecordDraft[]] => [
      `BK-13 a message with ${Object.keys(fields).join()} ${Object.values(fields).join()}`,
      [account, conversationPart, message(1, fields), end(0, 1, 1)],
    ]),
  ]

  it.each(wrong)("%s are damage, and nothing is left of them", async (_, records) => {
    expect(await refusal(await seal(records))).toBe("BACKUP_DAMAGED")
  })

  it("BK-9 of impossible length, or that don't decode, are damage", async () => {
    const sealed = (text: Uint8Array): Promise<Uint8Array> => {
      const whole = new Uint8Array(65_536)
      whole.set(text)
      return collect(sealChunks(each([whole]), unlock, { crypto, random: world.random }))
    }
    for (const text of [
      empty,
      le32(0xffffffff),
      le32(9 * 1024 * 1024),
      concat(le32(3), utf8("\xff\xff\xff")),
      concat(le32(1000), utf8("short")),
    ])
      expect(await refusal(await sealed(text))).toBe("BACKUP_DAMAGED")
  })
})

it("BK-17 nothing in the file can be read: no text, name, id or key", async () => {
  const told = new World()
  const types = [UnsafeKeeperV1, UnsafeCarrierV1]
  const saro = await told.person("saro", { types })
  const raya = await told.person("raya", { types })
  const { saro: opened } = await told.converse(saro, raya, "a text that nobody may read")
  await settle()
  const written = Buffer.from(await collect(saro.client.export({ unlock: passphrase("correct horse") })))
  const raw = [saro.client.participant, raya.client.participant, opened.id.slice(-32)]
  for (const secret of [
    "nobody may read",
    "kept",
    "keeper",
    "Keeper",
    "correct horse",
    ...raw,
    ...raw.map((hex) => Buffer.from(hex, "hex")),
  ])
    expect(written.includes(secret), String(secret)).toBe(false)
  expect((await conversation(saro, opened.id)).id).toBe(opened.id)
  expect(text.is(await only(saro))).toBe(true)
  await told.close()

  async function only(person: typeof saro) {
    return (await (await conversation(person, opened.id)).messages()).items[0]!.content
  }
})
