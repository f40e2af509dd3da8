import { ColloquyError } from "../errors.js"
import type { Hint } from "../machine/machine.js"

export const hintBytes = 16
/** No longer envelope is made or read, in bytes. Delivery services have smaller limits of their own. */
export const envelopeBytesMax = 1_048_576

/** What a delivery service carries: bytes that look random, and perhaps a hint that leads their recipient to a conversation. */
export interface Envelope {
  /** 16 bytes. */
  readonly hint?: Hint
  /** At least one byte. */
  readonly payload: Uint8Array
}

export type EnvelopeRefusal = "ENVELOPE_EMPTY" | "ENVELOPE_TOO_LONG" | "ENVELOPE_TRUNCATED" | "ENVELOPE_MALFORMED"

export type DecodedEnvelope =
  | { readonly kind: "envelope"; readonly envelope: Envelope }
  | { readonly kind: "refused"; readonly code: EnvelopeRefusal }

/** Where the hint begins in an envelope that has one. */
export const hintStart = 2

const hintTag = 0x0a
const payloadTag = 0x12

/**
 * The one encoding of an envelope (specs/envelope.md), in a buffer that the caller owns: 2 to 22 bytes longer than the payload.
 * Throws `BAD_HINT` unless a hint has 16 bytes, `ENVELOPE_EMPTY` for a payload without bytes, `ENVELOPE_TOO_LONG`.
 */
export function encodeEnvelope({
  hint,
  payload,
}: {
  readonly hint?: Uint8Array
  readonly payload: Uint8Array
}): Uint8Array {
  if (hint !== undefined && hint.length !== hintBytes)
    throw new ColloquyError("BAD_HINT", `a hint has ${hintBytes} bytes, this one has ${hint.length}`)
  const length = payload.length
  if (length === 0) throw new ColloquyError("ENVELOPE_EMPTY", "a payload has at least one byte")
  const before = hint === undefined ? 0 : hintStart + hintBytes
  const bytes = new Uint8Array(before + 1 + (length < 0x80 ? 1 : length < 0x4000 ? 2 : 3) + length)
  if (bytes.length > envelopeBytesMax)
    throw new ColloquyError(
      "ENVELOPE_TOO_LONG",
      `an envelope has at most ${envelopeBytesMax} bytes, not ${bytes.length}`,
    )
  if (hint !== undefined) {
    bytes[0] = hintTag
    bytes[1] = hintBytes
    bytes.set(hint, hintStart)
  }
  let at = before
  bytes[at++] = payloadTag
  let rest = length
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 127) | 128
  bytes[at++] = rest
  bytes.set(payload, at)
  return bytes
}

/**
 * Reads an envelope in its one encoding and refuses every other. Never throws, and looks at no more than 22 bytes.
 * Hint and payload are views of `bytes`, which must not be written to while they are used; who keeps one keeps the whole buffer alive.
 */
export function decodeEnvelope(bytes: Uint8Array): DecodedEnvelope {
  const start = payloadStart(bytes)
  if (typeof start === "string") return { kind: "refused", code: start }
  const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + start, bytes.length - start)
  if (!hasHint(start)) return { kind: "envelope", envelope: { payload } }
  const hint = new Uint8Array(bytes.buffer, bytes.byteOffset + hintStart, hintBytes) as Hint
  return { kind: "envelope", envelope: { hint, payload } }
}

/**
 * Where the payload of an envelope begins, which reaches to its end, or why {@link decodeEnvelope} refuses it. It makes nothing: for whoever reads
 * many that are not his. There is a hint, at {@link hintStart}, if {@link hasHint} says so.
 */
export function payloadStart(bytes: Uint8Array): number | EnvelopeRefusal {
  const end = bytes.length
  if (end > envelopeBytesMax) return "ENVELOPE_TOO_LONG"
  if (end === 0) return "ENVELOPE_EMPTY"
  let at = 0
  if (bytes[0] === hintTag) {
    if (end < hintStart) return "ENVELOPE_TRUNCATED"
    if (bytes[1] !== hintBytes) return "ENVELOPE_MALFORMED"
    at = hintStart + hintBytes
    if (end < at) return "ENVELOPE_TRUNCATED"
    if (end === at) return "ENVELOPE_EMPTY"
  }
  if (bytes[at++] !== payloadTag) return "ENVELOPE_MALFORMED"
  let length = 0
  for (let shift = 0; ; shift += 7) {
    if (at >= end) return "ENVELOPE_TRUNCATED"
    const byte = bytes[at++] as number
    if (shift === 14 && byte > 0x7f) return "ENVELOPE_MALFORMED"
    length |= (byte & 127) << shift
    if (byte > 0x7f) continue
    if (byte === 0) return shift === 0 ? "ENVELOPE_EMPTY" : "ENVELOPE_MALFORMED"
    break
  }
  if (length === end - at) return at
  return length > end - at ? "ENVELOPE_TRUNCATED" : "ENVELOPE_MALFORMED"
}

/** Whether an envelope whose payload begins there has a hint before it. */
export function hasHint(start: number): boolean {
  return start > hintStart + hintBytes
}
