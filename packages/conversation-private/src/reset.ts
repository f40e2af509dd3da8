import {
  type ConversationContext,
  inboxTopics,
  type InviteInput,
  type Refused,
  type StartContext,
} from "@colloquy/core"
import { acceptRatchet, initiateRatchet, type Ratchet, type SkippedKey } from "@colloquy/crypto"
import { deadlineOf, type Link, wakeCompact } from "@colloquy/reliability"
import { absent, carryInvite, inviteDelayMs, namedBy } from "./again.js"
import { deadline, wakeAt } from "./deadline.js"
import { decodeInvite, encodeInvite, type Invite, type Reset, type ResetReason } from "./frames.js"
import { afterUse, readOffer } from "./introductions.js"
import { associatedDataOf, foundingSecrets, seedBytes, suiteOf, wipeSecrets } from "./keys.js"
import { refused } from "./refusals.js"
import { routesOf } from "./routes.js"
import { Sealer } from "./sealer.js"
import { isLaterSession, oldSessionLifetimeMs, ratchetBuffers, type Session } from "./session.js"
import { type Bond, type Draft, joined, type PrivatePatch, patched, type PrivateState, ratchetOf } from "./state.js"
import type { PrivateEffect, PrivateOutcome } from "./vocabulary.js"

/** The secret prekey stands before the invite in what the resident hands over. */
export const prekeySecretBytes = 32
/** PV1-40: so many messages are sent again at once in a new session; the peer asks for the others. */
export const againMax = 64
const againBytesMax: number = 1024 * 1024

/** PV1-38: a person begins a new session. */
export function reset(state: PrivateState, context: ConversationContext): PrivateOutcome {
  return beginSession(state, "person", context)
}

/** PV1-38: founds a new session on an introduction of the peer's, and goes on in it. */
export function beginSession(state: PrivateState, reason: ResetReason, context: ConversationContext): PrivateOutcome {
  const begun = initiate(state, reason, context)
  if (begun.kind === "refused") return begun
  return finish(state, enter(state, begun, context), begun, context)
}

export interface BegunSession {
  readonly kind: "begun"
  readonly bond: Bond
  readonly ratchet: Ratchet
  readonly session: Session
  readonly introductions: PrivateState["introductions"]
  readonly effects: readonly PrivateEffect[]
}

type Basis = Pick<PrivateState, "bond" | "session" | "link" | "introductions">

/** The initiator's half: draws the secrets and writes the invite. */
export function initiate(
  { bond, session, link, introductions }: Basis,
  reason: ResetReason,
  context: Pick<StartContext, "crypto" | "random" | "nowMs" | "readIntroduction" | "self">,
): BegunSession | Refused {
  const { crypto, nowMs } = context
  const isGood = (bytes: Uint8Array): boolean => readOffer(bytes, bond, context as StartContext) !== undefined
  // PV1-41: a reset since the backup has used the first.
  const introduction = reason === "restored" ? introductions.peer.findLast(isGood) : introductions.peer.find(isGood)
  const offer = introduction && readOffer(introduction, bond, context as StartContext)
  if (introduction === undefined || offer === undefined) return refused("PV1_NO_INTRODUCTION")
  const seed = context.random(seedBytes)
  const ownSeed = context.random(32)
  const own = crypto.agreementKeyPair(ownSeed)
  const people = { initiator: bond.self, responder: bond.peer }
  const resets = bond.conversation
  const founding = { seed, ...people, prekey: offer.prekey, ratchetKey: own.publicKey, resets }
  const secrets = foundingSecrets(crypto, founding)
  const ratchet = initiateRatchet(suiteOf(crypto), secrets, own, offer.prekey)
  wipeSecrets(crypto, secrets)
  const epoch = Math.max(session.epoch + 1, Math.floor(nowMs))
  const body = encodeInvite({
    seed,
    ratchetKey: own.publicKey,
    prekeyId: offer.prekeyId,
    initiatorTopic: bond.ownTopic,
    responderTopic: bond.peerTopic,
    reset: { conversation: resets, epoch, floor: link.unacknowledgedFrom, reason },
  })
  crypto.wipe(seed, ownSeed)
  if (ratchet === undefined) return refused("PV1_KEY")
  return {
    kind: "begun",
    bond: {
      ...bond,
      outgoing: associatedDataOf(crypto, resets, people, bond.peerTopic, "to-responder"),
      incoming: associatedDataOf(crypto, resets, people, bond.ownTopic, "to-initiator"),
    },
    ratchet,
    session: {
      id: secrets.session,
      epoch,
      automaticAtMs: reason === "person" ? session.automaticAtMs : nowMs,
      invite: { body, introduction, sent: 1, againAtMs: nowMs + (inviteDelayMs(1) ?? 0) },
    },
    introductions: { ...introductions, peer: introductions.peer.filter((bytes) => bytes !== introduction) },
    effects: [
      carryInvite(bond.peer, body, introduction),
      { kind: "notice", name: "reset", body: { by: bond.self, reason } },
    ],
  }
}

/** PV1-39: the peer's invite to a new session of this conversation. */
export function invite(
  state: PrivateState,
  { from, invite }: InviteInput,
  context: ConversationContext,
): PrivateOutcome {
  const { crypto, nowMs } = context
  const { bond } = state
  if (from !== bond.peer) return refused("PV1_NOT_PEER")
  const decoded = decodeInvite(invite.subarray(prekeySecretBytes))
  if (decoded?.reset === undefined) return refused("PV1_INVITE")
  const { reset } = decoded
  if (reset.conversation !== bond.conversation) return refused("PV1_INVITE")
  const accepted = acceptSession(decoded, reset, invite.subarray(0, prekeySecretBytes), bond, context)
  crypto.wipe(decoded.seed)
  if (accepted.kind === "refused") return accepted
  const session: Session = { ...accepted.session, automaticAtMs: state.session.automaticAtMs }
  if (!isLaterSession(session, state.session)) return refused("PV1_STALE")
  const { introductions } = state
  const begun: BegunSession = {
    ...accepted,
    kind: "begun",
    session,
    introductions: afterUse(reset.reason === "restored" ? { ...introductions, peer: [] } : introductions, nowMs),
    effects: [{ kind: "notice", name: "reset", body: { by: from, reason: reset.reason } }],
  }
  const entered = enter(state, begun, context)
  const link: Link = {
    ...state.link,
    heard: state.gaps.size === 0 ? Math.max(state.link.heard, reset.floor) : state.link.heard,
    // The initiator waits to hear from us in his session.
    acknowledgeAtMs: nowMs,
  }
  return finish(state, joined(entered, { link }), begun, context, true)
}

/** The responder's half. */
export function acceptSession(
  invite: Invite,
  reset: Reset,
  prekeySecret: Uint8Array,
  bond: Bond,
  { crypto, nowMs }: Pick<StartContext, "crypto" | "nowMs">,
): { readonly kind: "accepted"; readonly bond: Bond; readonly ratchet: Ratchet; readonly session: Session } | Refused {
  const { seed, ratchetKey } = invite
  if (!inboxTopics.permits(invite.initiatorTopic) || invite.initiatorTopic !== bond.peerTopic)
    return refused("PV1_TOPIC")
  if (invite.responderTopic !== bond.ownTopic) return refused("PV1_TOPIC")
  if (reset.epoch > nowMs + epochLeadMaxMs) return refused("PV1_STALE")
  const people = { initiator: bond.peer, responder: bond.self }
  const prekey = crypto.agreementKeyPair(prekeySecret)
  const founding = { seed, ...people, prekey: prekey.publicKey, ratchetKey, resets: reset.conversation }
  const secrets = foundingSecrets(crypto, founding)
  const ratchet = acceptRatchet(suiteOf(crypto), secrets, prekeySecret, ratchetKey)
  wipeSecrets(crypto, secrets)
  crypto.wipe(prekey.secretKey)
  if (ratchet === undefined) return refused("PV1_KEY")
  return {
    kind: "accepted",
    bond: {
      ...bond,
      outgoing: associatedDataOf(crypto, reset.conversation, people, bond.peerTopic, "to-initiator"),
      incoming: associatedDataOf(crypto, reset.conversation, people, bond.ownTopic, "to-responder"),
    },
    ratchet,
    session: { id: secrets.session, epoch: reset.epoch, automaticAtMs: 0, invite: null },
  }
}

/** PV1-39: no session's epoch is further ahead of its recipient's clock, one year, so that a peer can't use them up. */
export const epochLeadMaxMs: number = 366 * 24 * 3_600_000

/** PV1-40: the present session becomes the old one, and the old one is erased. */
function enter(
  state: PrivateState,
  { bond, ratchet, session, introductions }: Omit<BegunSession, "kind" | "effects">,
  { nowMs }: ConversationContext,
): PrivatePatch {
  return {
    bond,
    root: ratchet.root,
    sending: ratchet.sending,
    receiving: ratchet.receiving,
    session,
    introductions,
    old: { ratchet: ratchetOf(state), incoming: state.bond.incoming, untilMs: nowMs + oldSessionLifetimeMs },
    skipped: new Map([...state.skipped.keys()].map((row) => [row, undefined])),
    oldSkipped: new Map<string, SkippedKey | undefined>([
      ...[...state.oldSkipped.keys()].map((row) => [row, undefined] as const),
      ...state.skipped,
    ]),
    ...(state.beacon === null ? {} : { beacon: null }),
  }
}

/** Sends in the new session what the peer has not acknowledged, and listens to both. */
function finish(
  state: PrivateState,
  entered: PrivatePatch,
  { bond, effects }: Pick<BegunSession, "bond" | "effects">,
  context: ConversationContext,
  isResponder = false,
): PrivateOutcome {
  const { crypto, nowMs, consent } = context
  const now = patched(state, entered)
  const isAllowed = consent === "allowed"
  // The old session takes its acknowledgement along, if one is due.
  const woken = wakeCompact(now, { nowMs, random: () => 0, mayAcknowledge: isAllowed })
  const patch: Draft = { ...joined(entered, woken.patch) }
  const sealer = new Sealer(bond, ratchetOf(now), null, context)
  for (const publication of woken.publish) if (publication.kind === "sync") sealer.seal(publication)
  sendAgain(now, sealer)
  if (isResponder && isAllowed && sealer.publish.length === 0)
    sealer.seal({ kind: "sync", message: { lamport: now.link.lamport } })
  sealer.patchInto(patch)
  const suite = suiteOf(crypto)
  const drop = state.old === null ? [] : routesOf(suite, state.old.ratchet, state.oldSkipped, bond.ownTopic)
  const add = routesOf(suite, ratchetOf(now), new Map(), bond.ownTopic)
  const listens: PrivateEffect[] = [{ kind: "listen", add, drop }]
  if (sealer.listen !== undefined) listens.push(sealer.listen)
  const wiped = state.old === null ? [] : ratchetBuffers(state.old.ratchet)
  for (const { messageKey } of state.oldSkipped.values()) wiped.push(messageKey)
  return {
    kind: "next",
    patch,
    effects: [
      ...listens,
      ...effects,
      ...woken.missing.map((number) => absent(bond, number, "missing", context)),
      ...sealer.publish,
    ],
    // What the sealer superseded belongs to the new session alone.
    wipe: [...wiped, ...sealer.wipe],
    ...wakeAt(deadline(deadlineOf(patch.link ?? now.link, isAllowed), now, patch, isAllowed)),
  }
}

/** PV1-40: the oldest first, under their ids. */
function sendAgain({ outgoing }: Pick<PrivateState, "outgoing">, sealer: Sealer): void {
  let bytes = 0
  let count = 0
  const waiting = [...outgoing.keys()].map(Number).sort((a, b) => a - b)
  for (const sequence of waiting) {
    const row = outgoing.get(String(sequence))
    if (row === undefined || row.content === null) continue
    bytes += row.content.length
    if (count === againMax || (count > 0 && bytes > againBytesMax)) return
    count++
    const { lamport, segment, content } = row
    const message = { lamport, sequence, content, ...(segment === null ? {} : { segment }) }
    sealer.seal({ kind: "repair", message }, namedBy(row))
  }
}
