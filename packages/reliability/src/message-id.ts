import {
  concat,
  type ConversationId,
  conversationIdBytes,
  type Crypto,
  empty,
  lengthPrefixed,
  type MessageId,
  messageIdFromBytes,
  type Participant,
  participantKey,
  utf8,
} from "@colloquy/core"
import type { Segment } from "./sds-message.js"

export const sdsIdLabel = "colloquy/sds-id/1"
const label = utf8(sdsIdLabel)

/** Room for the input of a common hash, overwritten after each: allocating it took longer than hashing it. */
const scratch = new Uint8Array(2048)

/**
 * What the ids of one sender's messages in one conversation begin with: `"colloquy/sds-id/1" ‖ LP(conversation id) ‖ LP(identity key)`.
 * Make it once for each sender and keep it.
 */
export function sdsIdPrefix(conversation: ConversationId, sender: Participant): Uint8Array {
  return concat(label, lengthPrefixed(conversationIdBytes(conversation), participantKey(sender)))
}

/**
 * The id that every participant gives to a message: `B2b-128(prefix ‖ LE64(sequence) ‖ LE32(index) ‖ LE32(count) ‖ content)`, with the content as it
 * stands in the SDS message, and index 0 and count 1 for a message that is whole. It names one content, so nobody can show others different
 * texts under one id; and a resend keeps it, so that the same message twice is one message.
 */
export function sdsMessageId(
  crypto: Crypto,
  prefix: Uint8Array,
  sequence: number,
  content: Uint8Array,
  segment?: Pick<Segment, "index" | "count">,
): MessageId {
  const at = prefix.length
  const length = at + 16 + content.length
  const buffer = length <= scratch.length ? scratch : new Uint8Array(length)
  buffer.set(prefix)
  putLe32(buffer, at, sequence % 0x1_0000_0000)
  putLe32(buffer, at + 4, Math.floor(sequence / 0x1_0000_0000))
  putLe32(buffer, at + 8, segment?.index ?? 0)
  putLe32(buffer, at + 12, segment?.count ?? 1)
  buffer.set(content, at + 16)
  const id = messageIdFromBytes(crypto.hash(buffer.subarray(0, length), 16))
  buffer.fill(0, at, length)
  return id
}

/**
 * RL-34: what a missing message is called while its content, and so its id, is unknown: `B2b-128(prefix ‖ LE64(sequence) ‖ LE32(0) ‖ LE32(0))`. No message
 * has this id, since none has a count of 0.
 */
export function sdsMissingId(crypto: Crypto, prefix: Uint8Array, sequence: number): MessageId {
  return sdsMessageId(crypto, prefix, sequence, empty, { index: 0, count: 0 })
}

function putLe32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
