import {
  type ConversationContext,
  type Hint,
  type InviteInput,
  type ReceiveInput,
  type Route,
  toHex,
} from "@colloquy/core"
import { addEpoch, expire, expiryMs, takePost } from "./follow.js"
import { expect, hintOf, listenFor, openOnLane, pendingOf, publishAgain, sealOnLane } from "./lane.js"
import { readInvite } from "./start.js"
import {
  type Awaited,
  type ChannelPatch,
  type ChannelState,
  type Followed,
  laneWindow,
  type OwnLane,
  type Standing,
} from "./state.js"
import type { ChannelEffect, ChannelOutcome } from "./words.js"

/** CH1-11: an answer is published so often in all, since nobody answers answers. */
export const answersMax = 4

/** CH1-13: a post of the author's. */
export function read(state: ChannelState, input: ReceiveInput, context: ConversationContext): ChannelOutcome {
  const taken = takePost(state, input, context)
  if (taken.kind === "refused") return taken
  const { frame, number, message, patch, effects, wipe } = taken
  const from = state.founding.author
  switch (frame.kind) {
    case "post": {
      const { content, sentAtMs } = frame
      return next(
        state,
        context,
        patch,
        [...effects, { kind: "deliver", message, from, lamport: number, sentAtMs, content }],
        wipe,
      )
    }
    case "renamed": {
      const { name } = frame
      if (number <= state.sign.namedAt) return next(state, context, patch, effects, wipe)
      const sign = { ...state.sign, name, namedAt: number }
      return next(
        state,
        context,
        { ...patch, sign },
        [...effects, { kind: "notice", name: "renamed", body: { name } }],
        wipe,
      )
    }
    case "closed":
      return end(state, "closed", [...effects, { kind: "notice", name: "closed", body: {} }], context, [
        ...wipe,
        ...[...(patch.followed?.values() ?? [])].flatMap((row) => (row === undefined ? [] : [row.chain])),
        ...[...(patch.skipped?.values() ?? [])].flatMap((row) => (row === undefined ? [] : [row.key])),
      ])
    case "unknown":
      return next(state, context, patch, [...effects, { kind: "unknown-frame", from, tag: frame.tag }], wipe)
    default:
      return { kind: "refused", code: "FRAME_MISPLACED" }
  }
}

/** CH1-11: what the author put on the lane. */
export function hearAuthor(
  state: ChannelState,
  input: ReceiveInput,
  expected: Awaited,
  lane: OwnLane,
  context: ConversationContext,
): ChannelOutcome {
  const { author, self } = state.founding
  const { topic, payload } = input
  const bond = { author, reader: self, topic, direction: "to reader" } as const
  const frame = openOnLane(context, context.conversation, bond, expected, payload)
  if (frame === undefined) return { kind: "refused", code: "PAYLOAD_FORGED" }
  if (frame.kind === "removed")
    return end(state, "removed", [{ kind: "notice", name: "removed", body: { reader: self } }], context)
  if (frame.kind !== "epoch" && frame.kind !== "unknown") return { kind: "refused", code: "FRAME_MISPLACED" }

  const { number, key } = expected
  const hint = input.hint as Hint
  const reached = Math.max(number + 1, reachedOf(lane))
  const more = expect(context.crypto, state.awaited, author, lane.in, reached)
  const awaited = new Map(more.rows).set(toHex(hint), undefined)
  const heard: OwnLane = { ...lane, in: more.end, owes: true }
  const changed =
    frame.kind === "epoch"
      ? addEpoch(state, frame.grant, context)
      : { patch: {}, effects: [{ kind: "unknown-frame" as const, from: author, tag: frame.tag }], wipe: [] }
  const answered = answer(state, heard, context)
  return next(
    state,
    context,
    { ...changed.patch, awaited, lane: answered.lane },
    [listenFor(awaited, topic), ...changed.effects, ...answered.effects],
    [key, ...more.wipe, ...changed.wipe, ...answered.wipe],
  )
}

interface Answered {
  readonly lane: OwnLane
  readonly effects: readonly ChannelEffect[]
  readonly wipe: readonly Uint8Array[]
}

/** CH1-11: says how far the lane was heard; nothing before the conversation is allowed. */
function answer({ founding }: ChannelState, lane: OwnLane, context: ConversationContext): Answered {
  if (context.consent !== "allowed") return { lane, effects: [], wipe: [] }
  const frame = { kind: "received" as const, number: reachedOf(lane) }
  const sealed = sealOnLane(context, context.conversation, bondToAuthor(founding, lane), lane.out, frame)
  const pending = pendingOf(sealed, context.nowMs)
  return { lane: { ...lane, out: sealed.end, owes: false, pending }, effects: [sealed.effect], wipe: sealed.wipe }
}

/** CH1-15: the author invites someone again whom he had removed, or who lost his lane. */
export function invitedAgain(state: ChannelState, input: InviteInput, context: ConversationContext): ChannelOutcome {
  const { founding, sign, lane } = state
  if (input.from !== founding.author) return { kind: "refused", code: "INVITE_FOREIGN" }
  if (sign.standing === "left") return { kind: "refused", code: "CHANNEL_LEFT" }
  const accepted = readInvite(input.from, input.invite, context)
  if (accepted === undefined || accepted.invite.conversation !== context.conversation)
    return { kind: "refused", code: "INVITE_MALFORMED" }
  if (lane !== null && context.crypto.equal(lane.digest, accepted.lane.digest))
    return { kind: "refused", code: "INVITE_DUPLICATE" }
  const old = ended(state, "open", [], context)
  const { grant } = accepted.invite
  const answered = answer(state, accepted.lane, context)
  const patch = {
    ...old.patch,
    sign: { standing: "open" as const, name: grant.name, namedAt: grant.next - 1 },
    lane: answered.lane,
    awaited: new Map([...old.patch.awaited, ...accepted.awaited]),
    followed: new Map(old.patch.followed).set(String(grant.epoch), accepted.followed),
  }
  return next(
    state,
    context,
    patch,
    [...old.effects, ...accepted.effects, ...answered.effects],
    [...old.wipe, ...accepted.wipe, ...answered.wipe],
  )
}

/** CH1-16: a reader goes, and tells the author if he had ever spoken to him. */
export function leave(state: ChannelState, lane: OwnLane, context: ConversationContext): ChannelOutcome {
  const sealed = sealOnLane(context, context.conversation, bondToAuthor(state.founding, lane), lane.out, {
    kind: "left",
  })
  const told = context.consent === "allowed" ? [sealed.effect] : []
  return end(state, "left", told, context, [sealed.end.chain])
}

export function wakeReader(state: ChannelState, lane: OwnLane, context: ConversationContext): ChannelOutcome {
  const expired = expire(state, context.nowMs)
  const answered = lane.owes ? answer(state, lane, context) : answerAgain(lane, context.nowMs)
  return next(
    state,
    context,
    { ...expired.patch, ...(answered.lane === lane ? {} : { lane: answered.lane }) },
    [...expired.effects, ...answered.effects],
    [...expired.wipe, ...answered.wipe],
  )
}

/** CH1-11: the newest answer, in case that the author has not heard it. */
function answerAgain(lane: OwnLane, nowMs: number): Answered {
  const { pending, authorTopic } = lane
  const again = pending === undefined ? undefined : publishAgain(pending, authorTopic, "answer", nowMs)
  if (again === undefined) return { lane, effects: [], wipe: [] }
  const left = again.pending.times < answersMax ? again.pending : undefined
  return { lane: { ...lane, pending: left }, effects: [again.effect], wipe: [] }
}

/** Everywhere payloads are expected: on lanes by hint, and on the topics of the epochs that are followed. */
export function routesOf({ awaited, followed }: ChannelState, { self }: ConversationContext): Route[] {
  const topic = self.inboxTopic
  return [
    ...[...awaited.keys()].map((row) => ({ topic, hint: hintOf(row) })),
    ...[...followed.values()].map((epoch) => ({ topic: epoch.topic })),
  ]
}

/** No key of the channel is kept. `besides`: what the step derived. */
function end(
  state: ChannelState,
  standing: Standing,
  effects: readonly ChannelEffect[],
  context: ConversationContext,
  besides: readonly Uint8Array[] = [],
): ChannelOutcome {
  const old = ended(state, standing, effects, context)
  return { kind: "next", ...old, wipe: [...old.wipe, ...besides] }
}

function ended(
  state: ChannelState,
  standing: Standing,
  effects: readonly ChannelEffect[],
  context: ConversationContext,
) {
  const { awaited, followed, skipped, sign, lane } = state
  return {
    patch: {
      sign: { ...sign, standing },
      lane: null,
      awaited: new Map<string, Awaited | undefined>([...awaited.keys()].map((hint) => [hint, undefined])),
      followed: new Map<string, Followed | undefined>([...followed.keys()].map((epoch) => [epoch, undefined])),
      skipped: new Map<string, undefined>([...skipped.keys()].map((row) => [row, undefined])),
    },
    effects: [{ kind: "listen" as const, add: [], drop: routesOf(state, context) }, ...effects],
    wipe: [
      ...[...awaited.values(), ...skipped.values()].map(({ key }) => key),
      ...[...followed.values()].flatMap(({ chain, maskKey }) => [chain, maskKey]),
      ...(lane === null ? [] : [lane.in.chain, lane.out.chain]),
    ],
  }
}

/** So much has been heard of the author's lane: every number below may have come. */
function reachedOf({ in: { next } }: OwnLane): number {
  return next - laneWindow
}

function bondToAuthor({ author, self }: ChannelState["founding"], { authorTopic }: OwnLane) {
  return { author, reader: self, topic: authorTopic, direction: "to author" } as const
}

/** The one deadline: an answer that is owed, an answer that is published again, or something that grows too old. */
function deadline(
  state: ChannelState,
  patch: ChannelPatch,
  { consent, nowMs }: ConversationContext,
): { readonly wakeAtMs?: number } {
  const lane = patch.lane === undefined ? state.lane : patch.lane
  if (lane?.owes === true && consent === "allowed") return { wakeAtMs: nowMs }
  const wakeAtMs = Math.min(expiryMs(state, patch), lane?.pending?.againAtMs ?? Infinity)
  return wakeAtMs === Infinity ? {} : { wakeAtMs }
}

function next(
  state: ChannelState,
  context: ConversationContext,
  patch: ChannelPatch,
  effects: readonly ChannelEffect[],
  wipe: readonly Uint8Array[],
): ChannelOutcome {
  return { kind: "next", patch, effects, wipe, ...deadline(state, patch, context) }
}
