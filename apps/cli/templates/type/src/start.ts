import type { CarryEffect, Crypto, Effect, Participant, Start, StartContext, Started, TypeId } from "@colloquy/core"
import { acceptRatchet, initiateRatchet, openMessage, type Ratchet, ratchetHint, sealMessage } from "@colloquy/crypto"
import { contentBytesMax, decodeInvite, decodeOffer, decodeSealed, encodeContent, encodeInvite } from "./frames.js"
import type { Words } from "./machine.js"
import { heardLamport, messageId, nextLamport } from "./messages.js"
import { associatedData, found, type Founding, suiteOf } from "./secrets.js"
import type { Bond, SketchShape } from "./state.js"

export const secretBytes = 32
const typeId = "SketchV1" as TypeId

type SketchStarted = Started<SketchShape, Effect<Words>>

/** SK1-5: begins a conversation on the peer's offer, and asks a carrier to bring the invite over. */
export function create(input: Extract<Start, { kind: "create" }>, context: StartContext): SketchStarted {
  const { crypto, self, nowMs } = context
  const [peer, ...others] = input.peers
  if (peer === undefined || others.length > 0 || peer.participant === self.participant)
    return { kind: "refused", code: "PEERS_NOT_ONE" }
  const offer = peer.offer === undefined ? undefined : decodeOffer(peer.offer)
  if (offer === undefined) return { kind: "refused", code: "OFFER_MALFORMED" }
  const content = input.first?.content
  if (content !== undefined && content.length > contentBytesMax) return { kind: "refused", code: "CONTENT_TOO_LONG" }

  const suite = suiteOf(crypto)
  const [seed, ownSeed] = [context.random(secretBytes), context.random(secretBytes)]
  const own = crypto.agreementKeyPair(ownSeed)
  const invite = { seed, ratchetKey: own.publicKey, prekey: offer.prekey }
  const founding = found(crypto, invite, { initiator: self.participant, responder: peer.participant })
  const conversation = context.conversationId({ from: "secret", secret: founding.id })
  const ratchet = initiateRatchet(suite, founding, own, offer.prekey)
  const bond: Bond = {
    self: self.participant,
    peer: peer.participant,
    outTopic: founding.topicToResponder,
    inTopic: founding.topicToInitiator,
  }
  wipe(crypto, founding, ownSeed)
  if (ratchet === undefined) return { kind: "refused", code: "OFFER_WEAK" }

  const listen = { kind: "listen" as const, add: [{ topic: bond.inTopic }], drop: [] }
  const pieces = { bond, root: ratchet.root, sending: ratchet.sending, receiving: ratchet.receiving, lamport: 0 }
  if (content === undefined)
    return {
      kind: "next",
      conversation,
      patch: pieces,
      effects: [listen, carry(peer.participant, encodeInvite(invite))],
      wipe: [seed],
    }
  const lamport = nextLamport(0, nowMs)
  const data = associatedData(crypto, conversation, bond.outTopic, bond.self, bond.peer)
  const plaintext = encodeContent(content, lamport, nowMs)
  const sealed = sealMessage(suite, ratchet, plaintext, data, (bytes) => context.random(bytes))
  crypto.wipe(plaintext)
  if (sealed === undefined) return { kind: "refused", code: "CHAIN_EXHAUSTED" }
  const message = messageId(crypto, conversation, sealed.hint)
  return {
    kind: "next",
    conversation,
    patch: { ...pieces, sending: sealed.sending, lamport },
    effects: [
      listen,
      { kind: "sent", message, lamport, sentAtMs: nowMs },
      { ...carry(peer.participant, encodeInvite({ ...invite, first: sealed.payload })), message },
    ],
    wipe: [seed, ...sealed.superseded],
  }
}

/** The other side: the resident has put the secret prekey before the invite. A first payload that does not open refuses the whole invite. */
export function accept(input: Extract<Start, { kind: "accept" }>, context: StartContext): SketchStarted {
  const { crypto, self, nowMs } = context
  const prekeySecret = input.invite.subarray(0, secretBytes)
  const invite = decodeInvite(input.invite.subarray(secretBytes))
  if (invite === undefined || prekeySecret.length !== secretBytes) return { kind: "refused", code: "INVITE_MALFORMED" }
  if (input.from === self.participant) return { kind: "refused", code: "PEERS_NOT_ONE" }
  const suite = suiteOf(crypto)
  const founding = found(crypto, invite, { initiator: input.from, responder: self.participant })
  const conversation = context.conversationId({ from: "secret", secret: founding.id })
  const ratchet = acceptRatchet(suite, founding, prekeySecret, invite.ratchetKey)
  const bond: Bond = {
    self: self.participant,
    peer: input.from,
    outTopic: founding.topicToInitiator,
    inTopic: founding.topicToResponder,
  }
  wipe(crypto, founding, invite.seed)
  if (ratchet === undefined) return { kind: "refused", code: "INVITE_WEAK" }

  const listen = { kind: "listen" as const, add: [{ topic: bond.inTopic }], drop: [] }
  const pieces = { bond, root: ratchet.root, sending: ratchet.sending, receiving: ratchet.receiving, lamport: 0 }
  if (invite.first === undefined) return { kind: "next", conversation, patch: pieces, effects: [listen] }
  const hint = ratchetHint(suite, (ratchet as Receiving).root.receivingHeader.key, 0)
  const opened = openMessage(suite, ratchet, new Map(), {
    position: { chain: "current", number: 0 },
    hint,
    payload: invite.first,
    associatedData: associatedData(crypto, conversation, bond.inTopic, bond.peer, bond.self),
    nowMs,
  })
  if (opened.kind === "refused") return { kind: "refused", code: "INVITE_FORGED" }
  const frame = decodeSealed(opened.plaintext)
  if (frame?.kind !== "content") return { kind: "refused", code: "INVITE_MALFORMED" }
  const { content, lamport, sentAtMs } = frame.value
  const message = messageId(crypto, conversation, hint)
  return {
    kind: "next",
    conversation,
    patch: {
      ...pieces,
      receiving: opened.receiving ?? ratchet.receiving,
      lamport: heardLamport(0, Number(lamport), nowMs),
    },
    effects: [
      listen,
      { kind: "deliver", message, from: bond.peer, lamport: Number(lamport), sentAtMs: Number(sentAtMs), content },
    ],
    wipe: [opened.plaintext, ...opened.superseded],
  }
}

/** A ratchet that was accepted can receive at once. */
type Receiving = Ratchet & { readonly root: { readonly receivingHeader: { readonly key: Uint8Array } } }

function carry(to: Participant, body: Uint8Array): CarryEffect {
  return { kind: "carry", to, parcel: { type: typeId, kind: "invite", body } }
}

/** The ratchet has copies of what it needs. */
function wipe(crypto: Crypto, founding: Founding, ...more: readonly Uint8Array[]): void {
  const { id, sharedKey, initiatorHeaderKey, responderHeaderKey } = founding
  crypto.wipe(id, sharedKey, initiatorHeaderKey, responderHeaderKey, ...more)
}
