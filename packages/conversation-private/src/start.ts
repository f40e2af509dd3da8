import {
  type CarryEffect,
  type Effect,
  inboxTopics,
  printTypeId,
  type Start,
  type StartContext,
  type Started,
  type TypeId,
} from "@colloquy/core"
import { initiateRatchet } from "@colloquy/crypto"
import { contentBytesMax, decodeOffer, encodeInvite } from "./frames.js"
import { associatedDataOf, foundingSecrets, seedBytes, suiteOf, wipeSecrets } from "./keys.js"
import { refused } from "./refusals.js"
import { listenAfterTurn } from "./routes.js"
import { postContent } from "./send.js"
import { freshLog, makeBond, type PrivateShape } from "./state.js"

export const typeId: TypeId = printTypeId({ name: "private", version: 1 })

export type PrivateStarted = Started<PrivateShape, Effect<Record<never, never>>>

/** PV1-8 to PV1-12: founds a conversation on the peer's offer, and asks a carrier to bring the invite over. */
export function create(input: Extract<Start, { readonly kind: "create" }>, context: StartContext): PrivateStarted {
  const { crypto, self } = context
  const [peer, ...others] = input.peers
  if (peer === undefined || others.length > 0 || peer.participant === self.participant) return refused("PV1_PEERS")
  const offer = peer.offer === undefined ? undefined : decodeOffer(peer.offer)
  if (offer === undefined) return refused("PV1_OFFER")
  if (!inboxTopics.permits(peer.inboxTopic)) return refused("PV1_TOPIC")
  if (input.first !== undefined && input.first.content.length > contentBytesMax) return refused("PV1_CONTENT_TOO_LONG")

  const suite = suiteOf(crypto)
  const seed = context.random(seedBytes)
  const ownSeed = context.random(32)
  const own = crypto.agreementKeyPair(ownSeed)
  const people = { initiator: self.participant, responder: peer.participant }
  const secrets = foundingSecrets(crypto, { seed, ...people, prekey: offer.prekey, ratchetKey: own.publicKey })
  const ratchet = initiateRatchet(suite, secrets, own, offer.prekey)
  const conversation = context.conversationId({ from: "secret", secret: secrets.secret })
  wipeSecrets(crypto, secrets)
  crypto.wipe(ownSeed)
  if (ratchet === undefined) return refused("PV1_KEY")

  const bond = makeBond({
    conversation,
    self: self.participant,
    peer: peer.participant,
    ownTopic: self.inboxTopic,
    peerTopic: peer.inboxTopic,
    outgoing: associatedDataOf(crypto, conversation, people, peer.inboxTopic, "to-responder"),
    incoming: associatedDataOf(crypto, conversation, people, self.inboxTopic, "to-initiator"),
  })
  const first = input.first && postContent(bond, ratchet, freshLog, input.first.content, context)
  const invite = encodeInvite({
    seed,
    ratchetKey: own.publicKey,
    prekeyId: offer.prekeyId,
    initiatorTopic: self.inboxTopic,
    responderTopic: peer.inboxTopic,
    ...(first === undefined ? {} : { first: first.sealed.payload }),
  })
  crypto.wipe(seed)
  const listen = listenAfterTurn(suite, ratchet.root.nextReceivingHeaderKey, self.inboxTopic)
  const carry: CarryEffect = {
    kind: "carry",
    to: peer.participant,
    parcel: { type: typeId, kind: "invite", body: invite },
  }
  const state = { bond, root: ratchet.root, receiving: null }
  if (first === undefined)
    return {
      kind: "next",
      conversation,
      patch: { ...state, sending: ratchet.sending, log: freshLog },
      effects: [listen, carry],
    }
  const { message, lamport, log, sealed } = first
  return {
    kind: "next",
    conversation,
    patch: { ...state, sending: sealed.sending, log },
    effects: [listen, { kind: "sent", message, lamport, sentAtMs: context.nowMs }, { ...carry, message }],
    wipe: sealed.superseded,
  }
}
