import {
  agreementKeyBytes,
  concat,
  type ConversationId,
  conversationIdBytes,
  type Crypto,
  empty,
  type Hint,
  idsFromParticipants,
  kemPublicKeyBytes,
  le32,
  lengthPrefixed,
  type Participant,
  type Topic,
  utf8,
} from "@colloquy/core"
import { noisePattern } from "@colloquy/crypto"

/** IB1-10. The recipient's three keys come from his introduction; the KEM comes before `s`, so that the sender is post-quantum hidden too. */
export const inboxPattern = noisePattern("XK0hfs", "<- e, e1, s ... -> e, ee, ekem1, es, s, se")

/** What the handshake adds to its payload: e 32, ekem1 1,104, s 48, and the payload's own tag 16. */
export const overheadBytes = 32 + 1104 + 48 + 16

export const offerBytes = agreementKeyBytes + kemPublicKeyBytes
export const introductionDigestBytes = 32

export const hintLabel = "colloquy/InboxV1/hint"
export const prologueLabel = "colloquy/InboxV1/1"

const typeName = { name: "inbox", version: 1 }

/** IB1-3: an account's inbox has the id that anyone can compute from its identity. */
export const inboxIds = idsFromParticipants()

export function inboxConversationId(owner: Participant, crypto: Crypto): ConversationId {
  return inboxIds.make(typeName, { from: "participants", participants: [owner], discriminator: empty }, crypto)
}

/** IB1-7: what leads to the introduction, and is recognised by whoever holds it. */
export function inboxHint(introductionDigest: Uint8Array, crypto: Crypto): Hint {
  return crypto.hash(concat(utf8(hintLabel), le32(0)), 16, introductionDigest) as Hint
}

/** IB1-11: binds the handshake to the version, the recipient's inbox, the topic and the introduction. */
export function inboxPrologue(conversation: ConversationId, topic: Topic, introductionDigest: Uint8Array): Uint8Array {
  return concat(lengthPrefixed(prologueLabel, conversationIdBytes(conversation), topic), introductionDigest)
}
