import {
  be64,
  type CarryInput,
  type Codec,
  concat,
  type Context,
  fromBe64,
  fromHex,
  fromUtf8,
  type Hint,
  lengthPrefixed,
  parseTopic,
  type PublishEffect,
  type Topic,
  stateDamaged,
} from "@colloquy/core"

/** A payload of ours that may not have arrived, by its hint. */
export interface SentRow {
  readonly expiresAtMs: number
  /** When it is published again; 0 for never. */
  readonly againAtMs: number
  /** How often it was. */
  readonly times: number
  /** BLAKE2b-256 of the parcel inside. */
  readonly parcelDigest: Uint8Array
  readonly topic: Topic
  readonly payload: Uint8Array
}

/** So many are remembered, those that expire last. */
export const sentMax = 64

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** IB1-12: how long after the first, second, ... time the same bytes are published again. Nobody tells an inbox that its parcel has arrived. */
export const againMs: readonly number[] = [20 * minuteMs, 3 * hourMs, dayMs, 3 * dayMs, 7 * dayMs]

/** When to publish again what was published so many times, until the introduction expires. */
export function againAt(times: number, nowMs: number, expiresAtMs: number): number {
  const delayMs = againMs[times - 1]
  return delayMs === undefined || nowMs + delayMs >= expiresAtMs ? 0 : nowMs + delayMs
}

/** The same for the same parcel, and for no other. */
export function parcelDigestOf(
  { parcel }: Pick<CarryInput, "parcel">,
  { crypto }: Pick<Context, "crypto">,
): Uint8Array {
  return crypto.hash(concat(lengthPrefixed(parcel.type, parcel.kind), parcel.body), 32)
}

/** The same bytes under the same hint, until the introduction expires. */
export function publishAgain(hint: string, { topic, payload, expiresAtMs }: SentRow): PublishEffect {
  return { kind: "publish", topic, hint: fromHex(hint) as Hint, payload: payload.slice(), expiresAtMs }
}

/** `BE64(expiry) ‖ BE64(again) ‖ BE64(times) ‖ digest of the parcel ‖ LP(topic) ‖ LP(payload)`. */
export const sentCodec: Codec<SentRow> = {
  version: 1,
  encode: ({ expiresAtMs, againAtMs, times, parcelDigest, topic, payload }) =>
    concat(be64(expiresAtMs), be64(againAtMs), be64(times), parcelDigest, lengthPrefixed(topic, payload)),
  decode(bytes, version) {
    if (version !== 1) throw stateDamaged()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const after = (at: number): number => (at + 4 > bytes.length ? Infinity : at + 4 + view.getUint32(at, true))
    const topicEnd = after(56)
    if (after(topicEnd) !== bytes.length) throw stateDamaged()
    const topic = parseTopic(fromUtf8(bytes.subarray(60, topicEnd)) ?? "")?.topic
    if (topic === undefined) throw stateDamaged()
    const [expiresAtMs, againAtMs, times] = [fromBe64(bytes, 0), fromBe64(bytes, 8), fromBe64(bytes, 16)]
    if (![expiresAtMs, againAtMs, times].every(Number.isSafeInteger)) throw stateDamaged()
    return {
      expiresAtMs,
      againAtMs,
      times,
      parcelDigest: bytes.slice(24, 56),
      topic,
      payload: bytes.slice(topicEnd + 4),
    }
  },
}
