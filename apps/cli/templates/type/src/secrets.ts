import {
  type Crypto,
  type ConversationId,
  lengthPrefixed,
  type Participant,
  participantKey,
  secretTopics,
  type Topic,
  utf8,
} from "@colloquy/core"
import { type RatchetSecrets, type RatchetSuite, ratchetSuite } from "@colloquy/crypto"

/** Stands before the labels of the Double Ratchet: `SketchV1/root`, `/chain`, `/header`, `/hint`. */
export const protocol = "SketchV1"

/** Stands before whatever is hashed, so that nothing here means anything in another type. */
export const foundingLabel = "SketchV1/founding"
export const payloadLabel = "SketchV1/payload"
export const messageLabel = "SketchV1/message"

/** SK1-6: one topic for each direction of each conversation. */
export const topics = secretTopics({ application: "sketch", version: "1", name: "talk", encoding: "proto" })

/** What both sides derive from an invite. The caller wipes it. */
export interface Founding extends RatchetSecrets {
  /** What the conversation id is made from, 64 bytes. */
  readonly id: Uint8Array
  readonly topicToResponder: Topic
  readonly topicToInitiator: Topic
}

/** SK1-5. */
export function found(
  crypto: Crypto,
  invite: { readonly seed: Uint8Array; readonly ratchetKey: Uint8Array; readonly prekey: Uint8Array },
  people: { readonly initiator: Participant; readonly responder: Participant },
): Founding {
  const keys = [participantKey(people.initiator), participantKey(people.responder), invite.prekey, invite.ratchetKey]
  const id = crypto.hash(lengthPrefixed(foundingLabel, ...keys), 64, invite.seed)
  const derive = (text: string): Uint8Array => crypto.hash(utf8(text), 32, id)
  const topic = (text: string): Topic => {
    const secret = derive(text)
    const made = topics.of(secret, crypto)
    crypto.wipe(secret)
    return made
  }
  return {
    id,
    sharedKey: derive("root"),
    initiatorHeaderKey: derive("header to responder"),
    responderHeaderKey: derive("header to initiator"),
    topicToResponder: topic("topic to responder"),
    topicToInitiator: topic("topic to initiator"),
  }
}

/** SK1-8: what a payload is bound to, 32 bytes. */
export function associatedData(
  crypto: Crypto,
  conversation: ConversationId,
  topic: Topic,
  sender: Participant,
  recipient: Participant,
): Uint8Array {
  return crypto.hash(
    lengthPrefixed(payloadLabel, conversation, topic, participantKey(sender), participantKey(recipient)),
    32,
  )
}

const suites = new WeakMap<Crypto, RatchetSuite>()

/** The Double Ratchet's functions under this type's own labels. */
export function suiteOf(crypto: Crypto): RatchetSuite {
  let suite = suites.get(crypto)
  if (suite === undefined) suites.set(crypto, (suite = ratchetSuite(crypto, protocol)))
  return suite
}
