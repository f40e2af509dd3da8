import type { ConversationContext } from "@colloquy/core"
import { sweepSkippedKeys } from "@colloquy/crypto"
import { expireSegments, randomFrom, segmentsDeadline, wakeCompact } from "@colloquy/reliability"
import { absent, carryInvite, inviteDelayMs, sealAgain } from "./again.js"
import { deadline, wakeAt } from "./deadline.js"
import { askForIntroductions } from "./introductions.js"
import { suiteOf } from "./keys.js"
import { listenAfterSweep, routesOf } from "./routes.js"
import { Sealer } from "./sealer.js"
import { ratchetBuffers, type Session } from "./session.js"
import { type Draft, type PrivateState, ratchetOf } from "./state.js"
import type { PrivateEffect, PrivateOutcome } from "./vocabulary.js"

/** Everything that is due: erasure, acknowledgements, probes, introductions and invites. */
export function wake(state: PrivateState, context: ConversationContext): PrivateOutcome {
  const patch: Draft = {}
  const effects: PrivateEffect[] = []
  const wipe: Uint8Array[] = []
  sweep(state, context, patch, effects, wipe)
  eraseOld(state, context, patch, effects, wipe)
  inviteAgain(state, context, patch, effects)
  const asked = askForIntroductions(state, context)
  if (asked !== undefined) {
    patch.introductions = asked.introductions
    effects.push(...asked.effects)
  }
  const { bond } = state
  const isAllowed = context.consent === "allowed"
  const random = randomFrom((bytes) => context.random(bytes))
  const woken = wakeCompact(state, { nowMs: context.nowMs, random, mayAcknowledge: isAllowed })
  Object.assign(patch, woken.patch)
  for (const number of woken.missing) effects.push(absent(bond, number, "missing", context))
  const sealer = new Sealer(bond, ratchetOf(state), state.beacon, context)
  sealAgain(sealer, woken.publish, state)
  sealer.patchInto(patch)
  if (sealer.listen !== undefined) effects.push(sealer.listen)
  effects.push(...sealer.publish)
  wipe.push(...sealer.wipe)
  return { kind: "next", patch, effects, wipe, ...wakeAt(deadline(woken.wakeAtMs, state, patch, isAllowed)) }
}

/** PV1-25, PV1-49: erases the skipped keys and half-finished messages whose 30 days are over. */
function sweep(
  { skipped, oldSkipped, sweepAtMs, bond, partials, segments }: PrivateState,
  { nowMs }: ConversationContext,
  patch: Draft,
  effects: PrivateEffect[],
  wipe: Uint8Array[],
): void {
  if (sweepAtMs === null || sweepAtMs > nowMs) return
  const [present, old] = [sweepSkippedKeys(skipped, nowMs), sweepSkippedKeys(oldSkipped, nowMs)]
  const expired = expireSegments({ partials, segments }, nowMs)
  const left = new Map([...partials].filter(([row]) => expired.patch.partials?.has(row) !== true))
  for (const [row, partial] of expired.patch.partials ?? []) if (partial !== undefined) left.set(row, partial)
  const deadlines = [present.nextMs, old.nextMs, segmentsDeadline({ partials: left, segments })]
  const nextMs = Math.min(...deadlines.map((timeMs) => timeMs ?? Number.POSITIVE_INFINITY))
  Object.assign(patch, expired.patch)
  wipe.push(...expired.wipe)
  patch.sweepAtMs = nextMs === Number.POSITIVE_INFINITY ? null : nextMs
  if (present.patch.size > 0) patch.skipped = present.patch
  if (old.patch.size > 0) patch.oldSkipped = old.patch
  for (const { patch: rows } of [present, old]) if (rows.size > 0) effects.push(listenAfterSweep(rows, bond.ownTopic))
  wipe.push(...present.superseded, ...old.superseded)
}

/** PV1-40: erases the session before, when its time is over. */
function eraseOld(
  { old, oldSkipped, bond }: PrivateState,
  { nowMs, crypto }: ConversationContext,
  patch: Draft,
  effects: PrivateEffect[],
  wipe: Uint8Array[],
): void {
  if (old === null || old.untilMs > nowMs) return
  const kept = new Map([...oldSkipped].filter(([row]) => !patch.oldSkipped?.has(row)))
  effects.push({ kind: "listen", add: [], drop: routesOf(suiteOf(crypto), old.ratchet, kept, bond.ownTopic) })
  patch.old = null
  patch.oldSkipped = new Map([...oldSkipped.keys()].map((row) => [row, undefined]))
  wipe.push(...ratchetBuffers(old.ratchet), ...[...kept.values()].map(({ messageKey }) => messageKey))
}

/** PV1-38: a peer who has not been heard in our session may not have got the invite. */
function inviteAgain(
  { session, bond }: PrivateState,
  { nowMs }: ConversationContext,
  patch: Draft,
  effects: PrivateEffect[],
): void {
  const { invite } = session
  if (invite === null || invite.againAtMs > nowMs) return
  const sent = invite.sent + 1
  const againMs = inviteDelayMs(sent)
  const next: Session = {
    ...session,
    invite: againMs === undefined ? null : { ...invite, sent, againAtMs: nowMs + againMs },
  }
  patch.session = next
  effects.push(carryInvite(bond.peer, invite.body, invite.introduction))
}
