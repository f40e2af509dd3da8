import {
  concat,
  type ConversationId,
  conversationIdBytes,
  type Crypto,
  lengthPrefixed,
  type Participant,
} from "@colloquy/core"
import { participantKey, type Topic, utf8 } from "@colloquy/core"
import { type RatchetSecrets, type RatchetSuite, ratchetSuite } from "@colloquy/crypto"

export const protocol = "colloquy/PrivateV1"
export const protocolLabel = `${protocol}/1`

export const seedBytes = 32

const sessionLabel = utf8("session")
const rootLabel = utf8("root")
const initiatorHeaderLabel = utf8("header-i2r")
const responderHeaderLabel = utf8("header-r2i")

const suites = new WeakMap<Crypto, RatchetSuite>()

/** The ratchet's functions want the labels prepared: once for each provider. */
export function suiteOf(crypto: Crypto): RatchetSuite {
  let suite = suites.get(crypto)
  if (suite === undefined) suites.set(crypto, (suite = ratchetSuite(crypto, protocol)))
  return suite
}

export interface Founding {
  readonly seed: Uint8Array
  readonly initiator: Participant
  readonly responder: Participant
  readonly prekey: Uint8Array
  /** The initiator's first ratchet public key. */
  readonly ratchetKey: Uint8Array
  /** PV1-38: the conversation whose session is replaced. */
  readonly resets?: ConversationId
}

export interface FoundingSecrets extends RatchetSecrets {
  /** X, 64 bytes: the conversation id is made from it (PV1-9). */
  readonly secret: Uint8Array
  /** Of the session, 16 bytes; not secret. */
  readonly session: Uint8Array
}

/** PV1-8, PV1-38. The caller wipes what it gets. */
export function foundingSecrets(crypto: Crypto, founding: Founding): FoundingSecrets {
  const { seed, initiator, responder, prekey, ratchetKey, resets } = founding
  const people = [participantKey(initiator), participantKey(responder)]
  const context = lengthPrefixed(
    ...[protocolLabel, ...people, prekey, ratchetKey],
    ...(resets === undefined ? [] : [conversationIdBytes(resets)]),
  )
  const secret = crypto.hash(context, 64, seed)
  return {
    secret,
    session: crypto.hash(sessionLabel, 16, secret),
    sharedKey: crypto.hash(rootLabel, 32, secret),
    initiatorHeaderKey: crypto.hash(initiatorHeaderLabel, 32, secret),
    responderHeaderKey: crypto.hash(responderHeaderLabel, 32, secret),
  }
}

export function wipeSecrets(crypto: Crypto, secrets: FoundingSecrets): void {
  crypto.wipe(secrets.secret, secrets.sharedKey, secrets.initiatorHeaderKey, secrets.responderHeaderKey)
}

/** AD, 32 bytes: what binds a payload to its conversation, its topic, its direction and both people (PV1-14). */
export function associatedDataOf(
  crypto: Crypto,
  conversation: ConversationId,
  people: { readonly initiator: Participant; readonly responder: Participant },
  topic: Topic,
  direction: "to-responder" | "to-initiator",
): Uint8Array {
  const bound = concat(
    lengthPrefixed(protocolLabel, conversationIdBytes(conversation), topic),
    Uint8Array.of(direction === "to-responder" ? 0 : 1),
    participantKey(people.initiator),
    participantKey(people.responder),
  )
  return crypto.hash(bound, 32)
}
