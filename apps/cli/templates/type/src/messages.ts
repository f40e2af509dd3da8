import { type ConversationId, type Crypto, lengthPrefixed, type MessageId, messageIdFromBytes } from "@colloquy/core"
import { messageLabel } from "./secrets.js"

/** SK1-9: both sides compute it, since both know the hint, and no two messages of a conversation have one hint. */
export function messageId(crypto: Crypto, conversation: ConversationId, hint: Uint8Array): MessageId {
  return messageIdFromBytes(crypto.hash(lengthPrefixed(messageLabel, conversation, hint), 16))
}

/** How far ahead of our clock what a peer says may move our own messages: nobody can push them out of sight. */
export const lamportLeadMaxMs: number = 366 * 24 * 3_600_000

/** The newest place in the log that counts for our own messages, once a peer's was heard. */
export function heardLamport(seen: number, heard: number, nowMs: number): number {
  return Math.max(seen, Math.min(heard, Math.floor(nowMs) + lamportLeadMaxMs))
}

/** Later than everything that was seen, and near the clock. */
export function nextLamport(seen: number, nowMs: number): number {
  return Math.max(seen + 1, Math.floor(nowMs))
}
