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
  const before = hint === undefined ? 0 : 2 + hintBytes
  const bytes = new Uint8Array(before + 1 + (length < 0x80 ? 1 : length < 0x4000 ? 2 : 3) + length)
  if (bytes.length > envelopeBytesMax)
    throw new ColloquyError(
      "ENVELOPE_TOO_LONG",
      `an envelope has at most ${envelopeBytesMax} bytes, not ${bytes.length}`,
    )
  if (hint !== undefined) {
    bytes[0] = hintTag
    bytes[1] = hintBytes
    bytes.set(hint, 2)
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
  const end = bytes.length
  if (end > envelopeBytesMax) return tooLong
  if (end === 0) return noPayload
  let at = 0
  if (bytes[0] === hintTag) {
    if (end < 2) return truncated
    if (bytes[1] !== hintBytes) return malformed
    if (end < 2 + hintBytes) return truncated
    if (end === 2 + hintBytes) return noPayload
    at = 2 + hintBytes
  }
  if (bytes[at++] !== payloadTag) return malformed
  let length = 0
  for (let shift = 0; ; shift += 7) {
    if (at >= end) return truncated
    const byte = bytes[at++] as number
    if (shift === 14 && byte > 0x7f) return malformed
    length |= (byte & 127) << shift
    if (byte > 0x7f) continue
    if (byte === 0) return shift === 0 ? noPayload : malformed
    break
  }
  if (length > end - at) return truncated
  if (length < end - at) return malformed
  const payload = new Uint8Array(bytes.buffer, bytes.byteOffset + at, length)
  if (bytes[0] !== hintTag) return { kind: "envelope", envelope: { payload } }
  const hint = new Uint8Array(bytes.buffer, bytes.byteOffset + 2, hintBytes) as Hint
  return { kind: "envelope", envelope: { hint, payload } }
}

const noPayload: DecodedEnvelope = { kind: "refused", code: "ENVELOPE_EMPTY" }
const tooLong: DecodedEnvelope = { kind: "refused", code: "ENVELOPE_TOO_LONG" }
const truncated: DecodedEnvelope = { kind: "refused", code: "ENVELOPE_TRUNCATED" }
const malformed: DecodedEnvelope = { kind: "refused", code: "ENVELOPE_MALFORMED" }
