import {
  type Context,
  type ConversationId,
  lengthPrefixed,
  participantKey,
  type Participant,
  secretTopics,
  type Topic,
  utf8,
} from "@colloquy/core"

type Crypto = Context["crypto"]

/** BO1-4: one topic for each direction of each board: nobody hears himself, and everything on it is meant for whoever follows it. */
export const boardTopics = secretTopics({
  application: "colloquy-example",
  version: "1",
  name: "board",
  encoding: "raw",
})

export const keyBytes = 32

/** Everything that both sides derive from one Diffie-Hellman. The caller owns the buffers. */
export interface BoardSecrets {
  /** What the conversation's id is made from. */
  readonly id: Uint8Array
  readonly toResponder: Direction
  readonly toInitiator: Direction
}

export interface Direction {
  readonly topic: Topic
  /** The first key of the chain; each payload moves it on. */
  readonly chain: Uint8Array
}

/** 32 bytes that only the two know, bound to who they are and to both keys. */
export function boardRoot(
  crypto: Crypto,
  shared: Uint8Array,
  parties: {
    readonly initiator: Participant
    readonly responder: Participant
    readonly offerKey: Uint8Array
    readonly ephemeralKey: Uint8Array
  },
): Uint8Array {
  const { initiator, responder, offerKey, ephemeralKey } = parties
  const people = [participantKey(initiator), participantKey(responder)]
  return crypto.hash(lengthPrefixed("example/BoardV1/root", ...people, offerKey, ephemeralKey), keyBytes, shared)
}

export function boardSecrets(crypto: Crypto, root: Uint8Array): BoardSecrets {
  const derive = (label: string): Uint8Array => crypto.hash(utf8(label), keyBytes, root)
  const direction = (name: string): Direction => {
    const secret = derive(`topic ${name}`)
    const topic = boardTopics.of(secret, crypto)
    crypto.wipe(secret)
    return { topic, chain: derive(`chain ${name}`) }
  }
  return { id: derive("id"), toResponder: direction("to responder"), toInitiator: direction("to initiator") }
}

/** BO1-7: the key of one payload, and the chain behind it, from which that key cannot be computed any more. */
export function advance(crypto: Crypto, chain: Uint8Array): { readonly key: Uint8Array; readonly next: Uint8Array } {
  return { key: crypto.hash(utf8("payload"), keyBytes, chain), next: crypto.hash(utf8("next"), keyBytes, chain) }
}

/** What a payload is bound to: its board, its topic, which gives the direction, and its number (CT-16). */
export function additionalData(conversation: ConversationId, topic: Topic, number: number): Uint8Array {
  return lengthPrefixed("example/BoardV1/payload", conversation, topic, String(number))
}
