import { inboxTopics, type Start, type StartContext, type Started } from "@colloquy/core"
import { initiateRatchet } from "@colloquy/crypto"
import { deadlineOf, freshLink } from "@colloquy/reliability"
import { carryInvite } from "./again.js"
import { contentBytesMax, decodeOffer, encodeInvite, firstBytesMax } from "./frames.js"
import { associatedDataOf, foundingSecrets, seedBytes, suiteOf, wipeSecrets } from "./keys.js"
import { refused } from "./refusals.js"
import { listenAfterTurn } from "./routes.js"
import { Sealer } from "./sealer.js"
import { contentMessage, sealNew, write } from "./send.js"
import { freshPieces, makeBond, type PrivateShape } from "./state.js"
import type { PrivateEffect } from "./vocabulary.js"

export type PrivateStarted = Started<PrivateShape, PrivateEffect>

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
  const listen = listenAfterTurn(suite, ratchet.root.nextReceivingHeaderKey, self.inboxTopic)
  const session = { id: secrets.session, epoch: 0, automaticAtMs: 0, invite: null }
  const pieces = { ...freshPieces, session, bond, root: ratchet.root, receiving: null }
  const invite = {
    seed,
    ratchetKey: own.publicKey,
    prekeyId: offer.prekeyId,
    initiatorTopic: self.inboxTopic,
    responderTopic: peer.inboxTopic,
  }
  if (input.first === undefined) {
    const carry = carryInvite(peer.participant, encodeInvite(invite))
    crypto.wipe(seed)
    return {
      kind: "next",
      conversation,
      patch: { ...pieces, sending: ratchet.sending },
      effects: [listen, carry],
    }
  }
  const fresh = { link: freshLink, outgoing: new Map(), gaps: new Map() }
  const written = contentMessage(fresh, bond, input.first.content, context)
  const sent = write(fresh, written, { nowMs: context.nowMs, consent: "allowed" })
  const sealer = new Sealer(bond, ratchet, null, context)
  if (sent.kind === "full" || !sealNew(sealer, sent.publish, written)) return refused("PV1_EXHAUSTED")
  const { message, lamport } = written
  // PV1-12: what needs segments, or is too long for a carrier, follows the invite.
  const [only, ...more] = sealer.publish
  const isInside = only !== undefined && more.length === 0 && only.payload.length <= firstBytesMax
  const body = encodeInvite(isInside ? { ...invite, first: only.payload } : invite)
  const carry = carryInvite(peer.participant, body)
  crypto.wipe(seed)
  const wakeAtMs = deadlineOf(sent.patch.link ?? freshLink, true)
  const patch = { ...pieces, ...sent.patch, sending: ratchet.sending }
  sealer.patchInto(patch)
  return {
    kind: "next",
    conversation,
    patch,
    effects: [
      listen,
      { kind: "sent", message, lamport, sentAtMs: context.nowMs },
      ...(isInside ? [{ ...carry, message }] : [carry, ...sealer.publish]),
    ],
    wipe: sealer.wipe,
    ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
  }
}
