import {
  concat,
  type Context,
  type ConversationId,
  type Crypto,
  type Hint,
  hintBytes,
  idsFromSecret,
  inboxTopics,
  le64,
  lengthPrefixed,
  type MessageId,
  messageIdFromBytes,
  type Participant,
  participantKey,
  secretTopics,
  type Topic,
  type TopicPolicy,
  utf8,
} from "@colloquy/core"
import { keyBytes } from "./frames.js"

export const idLabel = "example/ChannelV1/id"
export const maskLabel = "example/ChannelV1/mask"
export const chainLabel = "example/ChannelV1/chain"
export const postLabel = "example/ChannelV1/post"
export const signatureLabel = "example/ChannelV1/signature"
export const laneLabel = "example/ChannelV1/lane"
export const messageLabel = "example/ChannelV1/message"

/** CH1-5: where posts go. Each epoch has a topic that only its readers can compute. */
const postTopics = secretTopics({ application: "colloquy-example", version: "1", name: "channel", encoding: "raw" })

/** CH1-5, CH1-6. */
export const channelTopics: TopicPolicy = {
  kind: "secret",
  description: `posts: ${postTopics.description}, another for each epoch; what author and reader say to each other: ${inboxTopics.description}`,
  linkability: [
    {
      who: "the delivery service",
      links:
        "the posts of one epoch to each other and to the connections that follow them, author and readers; not one epoch to the next by name",
    },
    {
      who: "a reader who was removed",
      links: "the posts of the epochs that he was given to each other, and nothing that came later",
    },
    ...inboxTopics.linkability,
  ],
  permits: (topic) => postTopics.permits(topic) || inboxTopics.permits(topic),
}

export const channelIds = idsFromSecret()

/** CH1-2: what the conversation's id is made from: bound to the author, so that nobody else can found a channel of the same id. 32 bytes. */
export function idSecret(crypto: Crypto, root: Uint8Array, author: Participant): Uint8Array {
  return crypto.hash(lengthPrefixed(idLabel, participantKey(author)), keyBytes, root)
}

/** CH1-5. */
export function topicOf(crypto: Crypto, place: Uint8Array): Topic {
  return postTopics.of(place, crypto)
}

/** CH1-9: the key that hides the numbers of an epoch's posts, 32 bytes. */
export function maskKeyOf(crypto: Crypto, place: Uint8Array): Uint8Array {
  return crypto.hash(utf8(maskLabel), keyBytes, place)
}

/** One step of a chain (CH1-7): the key of this number, the hint where there is one, and the chain behind it, from which neither can be computed. */
export interface Link {
  /** 32 bytes. */
  readonly key: Uint8Array
  readonly hint: Hint
  readonly chain: Uint8Array
}

export function advance(crypto: Crypto, chain: Uint8Array): Link {
  return {
    key: crypto.hash(utf8("key"), keyBytes, chain),
    hint: crypto.hash(utf8("hint"), hintBytes, chain) as Hint,
    chain: crypto.hash(utf8("next"), keyBytes, chain),
  }
}

export type Direction = "to reader" | "to author"

/** CH1-6: the first chain of one direction of a lane. */
export function laneChain(crypto: Crypto, lane: Uint8Array, direction: Direction): Uint8Array {
  return crypto.hash(lengthPrefixed(chainLabel, direction), keyBytes, lane)
}

/** CH1-8: what a post is bound to. */
export function postData(conversation: ConversationId, topic: Topic, epoch: number, number: number): Uint8Array {
  return lengthPrefixed(postLabel, conversation, topic, le64(epoch), le64(number))
}

/** CH1-8: what the author signs. The label keeps it apart from everything else that is signed. */
export function signedBytes(data: Uint8Array, padded: Uint8Array): Uint8Array {
  return concat(lengthPrefixed(signatureLabel, data), padded)
}

/** CH1-11: what a payload on a lane is bound to. */
export function laneData(
  conversation: ConversationId,
  bond: {
    readonly author: Participant
    readonly reader: Participant
    readonly topic: Topic
    readonly direction: Direction
    readonly number: number
  },
): Uint8Array {
  const { author, reader, topic, direction, number } = bond
  const people = [participantKey(author), participantKey(reader)]
  return lengthPrefixed(laneLabel, conversation, topic, direction, ...people, le64(number))
}

/** CH1-14: the same for everyone, and computable before the post has come. */
export function messageIdOf({ crypto }: Context, conversation: ConversationId, number: number): MessageId {
  return messageIdFromBytes(crypto.hash(lengthPrefixed(messageLabel, conversation, le64(number)), 16))
}
