import {
  be64,
  type Codec,
  concat,
  fromBe64,
  type Patch,
  type Shape,
  type State,
  table,
  stateDamaged,
} from "@colloquy/core"
import { sentCodec, sentMax, type SentRow } from "./again.js"

/** The single-use secrets behind an offer, as seeds: X25519 32 bytes, ML-KEM-768 64 bytes. */
export interface OfferSecrets {
  readonly agreementSeed: Uint8Array
  readonly kemSeed: Uint8Array
}

/** An offer that was made, and that no introduction is known to hold yet. */
export interface OfferRow extends OfferSecrets {
  readonly expiresAtMs: number
}

/** An introduction that is out, by its hint. */
export interface IntroductionRow extends OfferRow {
  /** 32 bytes. */
  readonly introductionDigest: Uint8Array
}

/** An introduction that was used, by its hint: no secrets, only what tells a duplicate from another payload. */
export interface ConsumedRow {
  readonly expiresAtMs: number
  /** BLAKE2b-256 of the accepted payload. */
  readonly payloadDigest: Uint8Array
}

export const offersMax = 256
export const introductionsMax = 4096
export const consumedMax = 8192

const offerCodec = rowCodec({ agreementSeed: 32, kemSeed: 64 })
const introductionCodec = rowCodec({ agreementSeed: 32, kemSeed: 64, introductionDigest: 32 })
const consumedCodec = rowCodec({ payloadDigest: 32 })

export const inboxState = {
  /** By the hexadecimal BLAKE2b-128 of the offer. */
  offers: table<OfferRow>(offerCodec, offersMax),
  /** By the hexadecimal hint. */
  introductions: table<IntroductionRow>(introductionCodec, introductionsMax),
  /** By the hexadecimal hint. */
  consumed: table<ConsumedRow>(consumedCodec, consumedMax),
  /** By the hexadecimal hint. */
  sent: table<SentRow>(sentCodec, sentMax),
} satisfies Shape

export type InboxState = State<typeof inboxState>
export type InboxPatch = Patch<typeof inboxState>

const tables = ["offers", "introductions", "consumed", "sent"] as const

type Due = { readonly expiresAtMs: number; readonly againAtMs?: number }

/** When the first row expires, or is to be published again, once the patch is applied: the inbox's one deadline. */
export function deadline(state: InboxState, patch: InboxPatch): { readonly wakeAtMs?: number } {
  let earliest = Infinity
  for (const name of tables) {
    const changes: ReadonlyMap<string, Due | undefined> | undefined = patch[name]
    for (const [key, row] of state[name]) if (changes?.has(key) !== true) earliest = Math.min(earliest, dueAt(row))
    for (const row of changes?.values() ?? []) if (row !== undefined) earliest = Math.min(earliest, dueAt(row))
  }
  return earliest === Infinity ? {} : { wakeAtMs: earliest }
}

function dueAt({ expiresAtMs, againAtMs = 0 }: Due): number {
  return againAtMs === 0 ? expiresAtMs : Math.min(againAtMs, expiresAtMs)
}

/** The row that expires first: the one to give up where there is no room. */
export function firstToExpire(rows: ReadonlyMap<string, { readonly expiresAtMs: number }>): string | undefined {
  let found: string | undefined
  let earliest = Infinity
  for (const [key, { expiresAtMs }] of rows)
    if (expiresAtMs < earliest) {
      earliest = expiresAtMs
      found = key
    }
  return found
}

type Row<K extends string> = { readonly expiresAtMs: number } & Readonly<Record<K, Uint8Array>>

/** Version 1 of every row: the expiry as 8 bytes, big-endian, then the fields in the order of their declaration. */
function rowCodec<const K extends string>(fields: Readonly<Record<K, number>>): Codec<Row<K>> {
  const names = Object.keys(fields) as K[]
  const total = names.reduce((sum, name) => sum + fields[name], 8)
  return {
    version: 1,
    encode: (row) => concat(be64(row.expiresAtMs), ...names.map((name) => row[name])),
    decode(bytes, version) {
      if (version !== 1 || bytes.length !== total) throw stateDamaged()
      const expiresAtMs = fromBe64(bytes)
      if (!Number.isSafeInteger(expiresAtMs)) throw stateDamaged()
      let offset = 8
      const values = names.map((name) => [name, bytes.slice(offset, (offset += fields[name]))])
      return { expiresAtMs, ...Object.fromEntries(values) } as Row<K>
    },
  }
}
