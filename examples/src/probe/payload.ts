import { type Context, concat, type ConversationId, le32 } from "@colloquy/core"
import { type BoardFrame, boardFrames } from "./frames.js"
import { additionalData, advance } from "./secrets.js"
import type { Lane } from "./state.js"

const nonceBytes = 24
const headBytes = 4 + nonceBytes
const tagBytes = 16
/** BO1-6: how far ahead of its number a payload may be and still be kept. */
export const aheadMax = 64

/** A payload, the lane behind it, and what is to be overwritten once that is stored. */
interface Sealed {
  readonly payload: Uint8Array
  readonly lane: Lane
  readonly wipe: readonly Uint8Array[]
}

/** BO1-5: `number (32-bit little-endian) ‖ nonce (24 bytes) ‖ XChaCha20-Poly1305(key of that number, nonce, frame)`. */
export function seal(context: Context, conversation: ConversationId, lane: Lane, frame: BoardFrame): Sealed {
  const { crypto } = context
  const { key, next } = advance(crypto, lane.chain)
  const nonce = context.random(nonceBytes)
  const plaintext = boardFrames.encode(frame)
  const sealed = crypto.sealX(key, nonce, plaintext, additionalData(conversation, lane.topic, lane.next))
  crypto.wipe(key, plaintext)
  return {
    payload: concat(le32(lane.next), nonce, sealed),
    lane: { ...lane, chain: next, next: lane.next + 1 },
    wipe: [lane.chain],
  }
}

type Opened =
  | {
      readonly kind: "opened"
      readonly frame: BoardFrame | { readonly kind: "unknown"; readonly tag: number }
      readonly lane: Lane
      readonly wipe: readonly Uint8Array[]
    }
  | { readonly kind: "refused" | "later"; readonly code: string }

/** Opens the payload whose turn it is. One that comes too early waits: its key is not known before the others have been opened. */
export function open(context: Context, conversation: ConversationId, lane: Lane, payload: Uint8Array): Opened {
  const { crypto } = context
  if (payload.length < headBytes + tagBytes) return { kind: "refused", code: "PAYLOAD_TRUNCATED" }
  const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true)
  if (number < lane.next) return { kind: "refused", code: "PAYLOAD_DUPLICATE" }
  if (number > lane.next + aheadMax) return { kind: "refused", code: "PAYLOAD_FAR_AHEAD" }
  if (number > lane.next) return { kind: "later", code: "PAYLOAD_AHEAD" }
  const { key, next } = advance(crypto, lane.chain)
  const nonce = payload.subarray(4, headBytes)
  const data = additionalData(conversation, lane.topic, number)
  const plaintext = crypto.openX(key, nonce, payload.subarray(headBytes), data)
  crypto.wipe(key)
  if (plaintext === undefined) return { kind: "refused", code: "PAYLOAD_FORGED" }
  const decoded = boardFrames.decode(plaintext)
  crypto.wipe(plaintext)
  if (decoded.kind === "refused") return { kind: "refused", code: decoded.code }
  const frame = decoded.kind === "frame" ? decoded.frame : decoded
  return { kind: "opened", frame, lane: { ...lane, chain: next, next: number + 1 }, wipe: [lane.chain] }
}
