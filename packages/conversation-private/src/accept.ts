import { concat, inboxTopics, type Participant, type Refused, type Start, type StartContext } from "@colloquy/core"
import { acceptRatchet, openMessage, type Ratchet, ratchetHint } from "@colloquy/crypto"
import { deadlineOf, freshLink } from "@colloquy/reliability"
import { freshCount } from "./count.js"
import { deadline, wakeAt } from "./deadline.js"
import { decodeInvite, type Invite, type Reset } from "./frames.js"
import { firstAfterMs } from "./introductions.js"
import { noIntroductions } from "./introductions-state.js"
import { associatedDataOf, foundingSecrets, suiteOf, wipeSecrets } from "./keys.js"
import { hasPayloadLength, readMessage } from "./receive.js"
import { refused, refusedByRatchet } from "./refusals.js"
import { acceptSession, prekeySecretBytes } from "./reset.js"
import { routesOf } from "./routes.js"
import type { Session } from "./session.js"
import type { PrivateStarted } from "./start.js"
import { type Bond, type Draft, freshPieces, makeBond } from "./state.js"
import type { PrivateEffect } from "./vocabulary.js"

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
  const prekeySecret = input.invite.subarray(0, prekeySecretBytes)
  const invite = decodeInvite(input.invite.subarray(prekeySecretBytes))
  if (prekeySecret.length !== prekeySecretBytes || invite === undefined) return refused("PV1_INVITE")
  const refusal = refuseInvite(invite, input, context)
  if (refusal !== undefined) return refusal
  if (invite.reset !== undefined) return acceptLost(input.from, invite, invite.reset, prekeySecret, context)

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
  const { session: id } = secrets
  return begin(bond, opened, { id, epoch: 0, automaticAtMs: 0, invite: null }, context)
}

/** PV1-39: the peer goes on with a conversation of which nothing is left here: it begins anew under its id. */
function acceptLost(
  from: Participant,
  invite: Invite,
  reset: Reset,
  prekeySecret: Uint8Array,
  context: StartContext,
): PrivateStarted {
  const { crypto, self, nowMs } = context
  const empty = new Uint8Array(32)
  const bond = makeBond({
    conversation: reset.conversation,
    self: self.participant,
    peer: from,
    ownTopic: self.inboxTopic,
    peerTopic: invite.initiatorTopic,
    outgoing: empty,
    incoming: empty,
  })
  const accepted = acceptSession(invite, reset, prekeySecret, bond, context)
  crypto.wipe(invite.seed)
  if (accepted.kind === "refused") return accepted
  const count = freshCount(nowMs, 0)
  const link = { ...freshLink, sequence: count, unacknowledgedFrom: count, keptFrom: count, heard: reset.floor }
  const first: First = {
    kind: "first",
    ratchet: accepted.ratchet,
    patch: { link },
    wakeAtMs: undefined,
    effects: [],
    superseded: [],
  }
  return begin(accepted.bond, first, accepted.session, context, [
    { kind: "notice", name: "reset", body: { by: from, reason: reset.reason } },
  ])
}

function begin(
  bond: Bond,
  { ratchet, patch, wakeAtMs, effects, superseded }: First,
  session: Session,
  context: StartContext,
  notices: readonly PrivateEffect[] = [],
): PrivateStarted {
  const introductions = { ...noIntroductions, dueAtMs: context.nowMs + firstAfterMs }
  const add = routesOf(suiteOf(context.crypto), ratchet, new Map(), bond.ownTopic)
  const pieces = { ...freshPieces, session, introductions }
  return {
    kind: "next",
    conversation: bond.conversation,
    patch: { ...pieces, bond, ...ratchet, ...patch },
    effects: [{ kind: "listen", add, drop: [] }, ...notices, ...effects],
    wipe: superseded,
    // Whether the account's owner wants the conversation is known at the first wake.
    ...wakeAt(deadline(wakeAtMs, pieces, {}, true)),
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
  readonly patch: Draft
  readonly wakeAtMs: number | undefined
  readonly effects: readonly PrivateEffect[]
  readonly superseded: readonly Uint8Array[]
}

/** As if it had arrived on the responder's topic under the hint of number 0. */
function openFirst(bond: Bond, ratchet: Ratchet, { first }: Invite, context: StartContext): First | Refused {
  if (first === undefined)
    return { kind: "first", ratchet, patch: {}, wakeAtMs: undefined, effects: [], superseded: [] }
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
  const fresh = { ...freshPieces, outgoing: new Map(), gaps: new Map(), partials: new Map(), segments: new Map() }
  const read = readMessage(fresh, bond, opened.plaintext, context)
  if (read.kind === "refused") return read
  return {
    kind: "first",
    ratchet: { ...ratchet, receiving: opened.receiving ?? ratchet.receiving },
    patch: read.patch.link === undefined ? {} : { link: read.patch.link },
    wakeAtMs: deadlineOf(read.patch.link ?? freshLink, true),
    effects: read.effects,
    superseded: opened.superseded,
  }
}
