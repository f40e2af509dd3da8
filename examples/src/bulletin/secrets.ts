import {
  type Context,
  type ConversationId,
  type Crypto,
  le64,
  lengthPrefixed,
  type MessageId,
  messageIdFromBytes,
  secretTopics,
  type Topic,
  utf8,
} from "@colloquy/core"
import type { Place } from "./state.js"

/** One topic for each channel, which only who holds its secret can compute. */
export const bulletinTopics = secretTopics({
  application: "colloquy-example",
  version: "1",
  name: "bulletin",
  encoding: "raw",
})

export function topicOf(crypto: Crypto, root: Uint8Array): Topic {
  return bulletinTopics.of(crypto.hash(utf8("example/BulletinV1/topic"), 32, root), crypto)
}

/** The key of the present number, and the place behind it, from which that key cannot be computed any more. */
export function advance(crypto: Crypto, { chain, next }: Place): { readonly key: Uint8Array; readonly place: Place } {
  return {
    key: crypto.hash(utf8("key"), 32, chain),
    place: { chain: crypto.hash(utf8("next"), 32, chain), next: next + 1 },
  }
}

/** What a payload is bound to: moved anywhere else it does not open. */
export function additionalData(conversation: ConversationId, topic: Topic, number: number): Uint8Array {
  return lengthPrefixed("example/BulletinV1/post", conversation, topic, le64(number))
}

/** The same for everyone. */
export function messageIdOf({ crypto }: Context, conversation: ConversationId, number: number): MessageId {
  return messageIdFromBytes(crypto.hash(lengthPrefixed("example/BulletinV1/message", conversation, le64(number)), 16))
}
