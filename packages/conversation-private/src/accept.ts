import {
  concat,
  type Effect,
  inboxTopics,
  type Participant,
  type Refused,
  type Start,
  type StartContext,
} from "@colloquy/core"
import { acceptRatchet, openMessage, type Ratchet, ratchetHint } from "@colloquy/crypto"
import { decodeInvite, type Invite } from "./frames.js"
import { associatedDataOf, foundingSecrets, suiteOf, wipeSecrets } from "./keys.js"
import { hasPayloadLength, readMessage } from "./receive.js"
import { refused, refusedByRatchet } from "./refusals.js"
import { routesOf } from "./routes.js"
import type { PrivateStarted } from "./start.js"
import { type Bond, freshLog, type Log, makeBond } from "./state.js"

const secretBytes = 32

/** What the resident hands to the conversation: the secret prekey, then the invite as it was received. */
export function encodeAcceptance(prekeySecret: Uint8Array, invite: Uint8Array): Uint8Array {
  return concat(prekeySecret, invite)
}

/**
 * PV1-8 to PV1-13: the other side of {@link create}. The secret prekey goes into the first ratchet step and nowhere else: with this step it is
 * out of every state. A first payload that does not open refuses the whole invite.
 */
export function accept(input: Extract<Start, { readonly kind: "accept" }>, context: StartContext): PrivateStarted {
  const { crypto, self } = context
  const prekeySecret = input.invite.subarray(0, secretBytes)
  const invite = decodeInvite(input.invite.subarray(secretBytes))
  if (prekeySecret.length !== secretBytes || invite === undefined) return refused("PV1_INVITE")
  const refusal = refuseInvite(invite, input, context)
  if (refusal !== undefined) return refusal

  const suite = suiteOf(crypto)
  const { seed, ratchetKey } = invite
  const prekey = crypto.agreementKeyPair(prekeySecret)
  const people = { initiator: input.from, responder: self.participant }
  const secrets = foundingSecrets(crypto, { seed, ...people, prekey: prekey.publicKey, ratchetKey })
  const ratchet = acceptRatchet(suite, secrets, prekeySecret, ratchetKey)
  const conversation = context.conversationId({ from: "secret", secret: secrets.secret })
  wipeSecrets(crypto, secrets)
  crypto.wipe(seed, prekey.secretKey)
  if (ratchet === undefined) return refused("PV1_KEY")

  const bond = makeBond({
    conversation,
    self: self.participant,
    peer: input.from,
    ownTopic: self.inboxTopic,
    peerTopic: invite.initiatorTopic,
    outgoing: associatedDataOf(crypto, conversation, people, invite.initiatorTopic, "to-initiator"),
    incoming: associatedDataOf(crypto, conversation, people, self.inboxTopic, "to-responder"),
  })
  const opened = openFirst(bond, ratchet, invite, context)
  if (opened.kind === "refused") return opened
  const add = routesOf(suite, opened.ratchet, new Map(), bond.ownTopic)
  return {
    kind: "next",
    conversation,
    patch: { bond, ...opened.ratchet, log: opened.log },
    effects: [{ kind: "listen", add, drop: [] }, ...opened.effects],
    wipe: opened.superseded,
  }
}

/** PV1-7, PV1-11. */
export function refuseInvite(
  invite: Invite,
  { from }: { readonly from: Participant },
  { self }: Pick<StartContext, "self">,
): Refused | undefined {
  if (from === self.participant) return refused("PV1_PEERS")
  if (!inboxTopics.permits(invite.initiatorTopic) || invite.responderTopic !== self.inboxTopic)
    return refused("PV1_TOPIC")
  return undefined
}

interface First {
  readonly kind: "first"
  readonly ratchet: Ratchet
  readonly log: Log
  readonly effects: readonly Effect<Record<never, never>>[]
  readonly superseded: readonly Uint8Array[]
}

/** As if it had arrived on the responder's topic under the hint of number 0. */
function openFirst(bond: Bond, ratchet: Ratchet, { first }: Invite, context: StartContext): First | Refused {
  if (first === undefined) return { kind: "first", ratchet, log: freshLog, effects: [], superseded: [] }
  if (!hasPayloadLength(first)) return refused("PV1_LENGTH")
  const suite = suiteOf(context.crypto)
  const header = ratchet.root.receivingHeader as { readonly key: Uint8Array }
  const opened = openMessage(suite, ratchet, new Map(), {
    position: { chain: "current", number: 0 },
    hint: ratchetHint(suite, header.key, 0),
    payload: first,
    associatedData: bond.incoming,
    nowMs: context.nowMs,
  })
  if (opened.kind === "refused") return refusedByRatchet(opened)
  const read = readMessage(bond, freshLog, opened.plaintext, context)
  if (read.kind === "refused") return read
  return {
    kind: "first",
    ratchet: { ...ratchet, receiving: opened.receiving ?? ratchet.receiving },
    log: read.log,
    effects: read.effects,
    superseded: opened.superseded,
  }
}
