import { readFileSync } from "node:fs"
import { fromHex, memoryStorage, toHex, utf8 } from "@colloquy/core"
import { describe, expect, test } from "vitest"
import { sealChunks } from "../src/backup/chunks.js"
import { packRecords, type RecordDraft } from "../src/backup/records.js"
import { collect, importInto, passphrase, rawKey } from "./support/backups.js"
import { crypto, World } from "./support/world.js"

interface Vector {
  readonly title: string
  readonly unlock:
    | { readonly passphrase: string; readonly operations: number; readonly memoryBytes: number }
    | { readonly key: string }
  /** The header, when the random bytes are 00 01 02 ... in the order of BK-18. */
  readonly header: string
  /** What the one chunk holds, without the zeros at its end. */
  readonly text: string
  /** BLAKE2b-256 of the whole file of 65,675 bytes. */
  readonly hash: string
}

const url = new URL("vectors/backup.json", import.meta.url)
const vectors = JSON.parse(readFileSync(url, "utf8")) as readonly Vector[]
const specification = readFileSync(new URL("../../../specs/backup.md", import.meta.url), "utf8").replace(/\s+/g, "")
const self = toHex(crypto.signingKeyPair(counting(32)).publicKey)
const peer = toHex(crypto.signingKeyPair(new Uint8Array(32).fill(7)).publicKey)
const conversation = `/private/1/${"0a".repeat(16)}`

const records: readonly RecordDraft[] = [
  {
    case: "account",
    value: { identitySeed: counting(32), name: "Saro", createdAtMs: 1_800_000_000_000, writtenAtMs: 1_800_000_003_000 },
  },
  { case: "consent", value: { participant: peer, consent: 1 } },
  {
    case: "conversation",
    value: {
      conversation,
      type: "PrivateV1",
      participants: [self, peer],
      consent: 1,
      createdAtMs: 1_800_000_001_000,
      lastTimestampMs: 1_800_000_002_000,
      backup: utf8("state"),
    },
  },
  {
    case: "message",
    value: {
      message: "0b".repeat(16),
      sender: self,
      outgoing: true,
      lamport: 1,
      timestampMs: 1_800_000_002_000,
      content: utf8("hello, Raya"),
      state: 2,
      proof: "stored",
    },
  },
  { case: "end", value: { consents: 1, conversations: 1, messages: 1 } },
]

function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index)
}

function counter(): (bytes: number) => Uint8Array {
  let next = 0
  return (bytes) => Uint8Array.from({ length: bytes }, () => next++ & 255)
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

describe.each(vectors)("$title", ({ unlock: secret, header, text, hash }) => {
  const unlock =
    "key" in secret
      ? rawKey(fromHex(secret.key) as Uint8Array)
      : passphrase(secret.passphrase, { operations: secret.operations, memoryBytes: secret.memoryBytes })

  test("BK-18 the same records and random bytes make the same file", async () => {
    const texts = await collect(packRecords(each(records)))
    expect(toHex(texts).replace(/(00)*$/, "")).toBe(text)
    const file = await collect(sealChunks(packRecords(each(records)), unlock, { crypto, random: counter() }))
    expect(toHex(file.subarray(0, 122))).toBe(header)
    expect(toHex(crypto.hash(file, 32))).toBe(hash)
  })

  test("the file is imported", async () => {
    const source = sealChunks(packRecords(each(records)), unlock, { crypto, random: counter() })
    expect(await importInto(new World(), memoryStorage(), source, unlock)).toEqual({
      participant: self,
      name: "Saro",
      writtenAtMs: 1_800_000_003_000,
      conversations: 1,
      messages: 1,
    })
  })

  test("specs/backup.md shows the same bytes", () => {
    for (const value of [header, text, hash]) expect(specification).toContain(value)
  })
})
