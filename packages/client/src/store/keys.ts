import { be64, type ConversationId, type Crypto, fromBe64, utf8 } from "@colloquy/core"
import type { Print } from "../hints/print.js"
import { Printer, type PrintKind } from "../hints/printer.js"

/** The first byte of every key: which table it is in. Zero belongs to the sealing. */
const tables = {
  account: 0x01,
  instance: 0x02,
  cell: 0x03,
  row: 0x04,
  /** Of format 1. */
  route: 0x05,
  claim: 0x06,
  later: 0x07,
  input: 0x08,
  outbox: 0x09,
  message: 0x0a,
  log: 0x0b,
  event: 0x0c,
  consumer: 0x0d,
  wake: 0x0e,
  recent: 0x0f,
  consent: 0x10,
  introduction: 0x11,
  idempotency: 0x12,
  ring: 0x13,
  cursor: 0x14,
  resident: 0x15,
  carrier: 0x16,
  forgotten: 0x17,
  expiry: 0x18,
  peer: 0x19,
  removal: 0x1a,
  restore: 0x1b,
  importing: 0x1c,
  hint: 0x1d,
  journal: 0x1e,
} as const

export type TableName = keyof typeof tables

/** The account's record is found before anything else is known. */
export const accountKey = Uint8Array.of(tables.account)
export const cursorKey = Uint8Array.of(tables.cursor)
/** There while an import has not ended: what else is in the store then is nobody's yet. */
export const importingKey = Uint8Array.of(tables.importing)

/** 16 bytes that stand for an id in keys: a keyed hash, else the disk would name our conversations and our payloads on the wire. */
export type Blinded = Uint8Array

/** Makes keys. Each is its table's byte, then parts of fixed length, so that a prefix is a range. */
export class Keys {
  readonly #crypto: Crypto
  readonly #indexKey: Uint8Array
  /** What hints on topics are found under. */
  readonly printer: Printer

  /** The index key has 32 bytes and is kept. */
  constructor(crypto: Crypto, indexKey: Uint8Array, prints: PrintKind = "sip") {
    this.#crypto = crypto
    this.#indexKey = indexKey
    this.printer = new Printer(crypto, indexKey, prints)
  }

  blind(text: string): Blinded {
    return this.#crypto.hash(utf8(text), 16, this.#indexKey)
  }

  conversation(id: ConversationId): Blinded {
    return this.blind(id)
  }

  /** What is thought of a participant. A key and its negation, which differ in the highest bit, have one owner: whoever was denied must not come back as the other. */
  person(participant: string): Blinded {
    const at = participant.length - 2
    const digit = Number.parseInt(participant.charAt(at), 16)
    if (!(digit >= 8)) return this.blind(participant)
    return this.blind(`${participant.slice(0, at)}${(digit - 8).toString(16)}${participant.slice(at + 1)}`)
  }

  print(topic: string, hint: Uint8Array): Print {
    return this.printer.print(topic, hint)
  }
}

/** A key of its table's byte and these parts. */
export function key(table: TableName, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 1
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  bytes[0] = tables[table]
  let offset = 1
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** The key of the hints from this number on, which has 32 bits. */
export function bucketKey(bound: number): Uint8Array {
  return key("hint", Uint8Array.of(bound >>> 24, bound >>> 16, bound >>> 8, bound))
}

/** Every key that begins with this prefix. */
export function under(prefix: Uint8Array): { readonly from: Uint8Array; readonly to: Uint8Array } {
  const to = prefix.slice()
  for (let i = to.length - 1; i >= 0; i--) {
    if (to[i] === 255) continue
    to[i] = (to[i] as number) + 1
    return { from: prefix, to: to.slice(0, i + 1) }
  }
  return { from: prefix, to: new Uint8Array(256).fill(255) }
}

/** The first key after this one. */
export function successor(bytes: Uint8Array): Uint8Array {
  const next = new Uint8Array(bytes.length + 1)
  next.set(bytes)
  return next
}

const timeMax = 2 ** 52

/** 8 bytes that sort later times first. */
export function newestFirst(timeMs: number): Uint8Array {
  return be64(timeMax - timeMs)
}

/** The 8-byte number at the end of a key. */
export function sequenceOf(bytes: Uint8Array): number {
  return fromBe64(bytes, bytes.length - 8)
}
