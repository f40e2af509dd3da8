import {
  type Context,
  empty,
  inboxTopics,
  type Participant,
  type Peer,
  type Start,
  type StartContext,
} from "@colloquy/core"
import { decodeFrame, firstBytesMax, type Grant, type Invite, keyBytes } from "./frames.js"
import { expect, laneEnds, listenFor } from "./lane.js"
import { openPost, sealPost } from "./post.js"
import { type Channel, grantOf, inviteReader } from "./readers.js"
import { idSecret, maskKeyOf, messageIdOf, topicOf } from "./secrets.js"
import { type Awaited, type Current, type Followed, type OwnLane, type Reader, readersMax } from "./state.js"
import type { ChannelEffect, ChannelStarted } from "./words.js"

/** CH1-2: the first number of a channel. */
const firstNumber = 1

export function start(input: Start, context: StartContext): ChannelStarted {
  switch (input.kind) {
    case "create":
      return create(input.peers, input.first?.content, context)
    case "accept":
      return accept(input.from, input.invite, context)
    case "restore":
      return { kind: "refused", code: "NOT_SUPPORTED" }
  }
}

/** CH1-12: a chain, a topic and a key to sign with, all of them fresh. */
export function freshEpoch(context: Context, epoch: number, first: number): Current {
  const [chain, place, signingSeed] = [context.random(keyBytes), context.random(keyBytes), context.random(keyBytes)]
  return { epoch, first, next: first, chain, place, signingSeed }
}

function create(peers: readonly Peer[], content: Uint8Array | undefined, context: StartContext): ChannelStarted {
  const { self } = context
  const people = new Set([self.participant, ...peers.map(({ participant }) => participant)])
  if (people.size !== peers.length + 1) return { kind: "refused", code: "READER_TWICE" }
  if (peers.length > readersMax) return { kind: "refused", code: "READERS_FULL" }
  if (!peers.every(({ inboxTopic }) => inboxTopics.permits(inboxTopic)))
    return { kind: "refused", code: "TOPIC_FOREIGN" }
  const root = context.random(keyBytes)
  const secret = idSecret(context.crypto, root, self.participant)
  const conversation = context.conversationId({ from: "secret", secret })
  context.crypto.wipe(secret)
  const current = freshEpoch(context, 1, firstNumber)
  const channel: Channel = { conversation, author: self.participant, root, name: "", current }
  const effects: ChannelEffect[] = []
  const wipe: Uint8Array[] = []
  const first = content === undefined ? undefined : firstPost(channel, content, context)
  if (content !== undefined && first === undefined) return { kind: "refused", code: "FIRST_TOO_LONG" }
  if (first !== undefined) {
    effects.push({ kind: "sent", message: first.message, lamport: firstNumber, sentAtMs: context.nowMs })
    wipe.push(...first.wipe)
  }
  // The grant is of before the first post, which travels in the invite.
  const grant = grantOf(context, channel)
  const readers = new Map<string, Reader>()
  const awaited = new Map<string, Awaited | undefined>()
  for (const { participant, inboxTopic } of peers) {
    const invited = inviteReader(context, channel, participant, { topic: inboxTopic }, first, grant)
    readers.set(participant, invited.reader)
    for (const [hint, row] of invited.rows) awaited.set(hint, row)
    effects.push(...invited.effects)
    wipe.push(...invited.wipe)
  }
  const founding = { self: self.participant, author: self.participant, root }
  const sign = { standing: "open" as const, name: "", namedAt: 0 }
  const patch = { founding, sign, current: first?.current ?? current, lane: null, readers, awaited }
  return { kind: "next", conversation, patch, effects, wipe }
}

function firstPost(channel: Channel, content: Uint8Array, context: Context) {
  const frame = { kind: "post" as const, sentAtMs: context.nowMs, content }
  const sealed = sealPost(context, channel.conversation, channel.current, frame)
  if (sealed === undefined || sealed.payload.length > firstBytesMax) return undefined
  return { ...sealed, message: messageIdOf(context, channel.conversation, firstNumber) }
}

/** CH1-15: a reader's state, as it follows from an invite that a carrier brought from the author. */
interface Accepted {
  readonly invite: Invite
  readonly lane: OwnLane
  readonly awaited: Map<string, Awaited | undefined>
  readonly followed: Followed
  readonly effects: readonly ChannelEffect[]
  readonly wipe: readonly Uint8Array[]
}

/** `undefined` for an invite that is malformed, or that does not concern this account. */
export function readInvite(from: Participant, bytes: Uint8Array, context: Context): Accepted | undefined {
  const { crypto, self } = context
  const frame = decodeFrame(bytes)
  if (frame?.kind !== "invite" || from === self.participant) return undefined
  const { invite } = frame
  if (!inboxTopics.permits(invite.authorTopic) || invite.readerTopic !== self.inboxTopic) return undefined
  const ends = laneEnds(crypto, invite.lane)
  const expected = expect(crypto, new Map(), from, ends["to reader"], 0)
  const followed = follow(context, invite.grant)
  const lane: OwnLane = {
    authorTopic: invite.authorTopic,
    digest: crypto.hash(invite.lane, 16),
    out: ends["to author"],
    in: expected.end,
    owes: true,
    pending: undefined,
  }
  const routes = { kind: "listen" as const, add: [{ topic: followed.topic }], drop: [] }
  return {
    invite,
    lane,
    awaited: expected.rows,
    followed,
    effects: [listenFor(expected.rows, self.inboxTopic), routes],
    wipe: [invite.lane, invite.root, invite.grant.place, ...expected.wipe],
  }
}

/** CH1-5, CH1-9: what a reader keeps of a grant. */
export function follow({ crypto }: Context, grant: Grant): Followed {
  const { epoch, first, next, chain, place, verifyKey } = grant
  return {
    epoch,
    topic: topicOf(crypto, place),
    maskKey: maskKeyOf(crypto, place),
    verifyKey,
    first,
    next,
    chain,
    end: undefined,
    told: next,
    untilMs: undefined,
  }
}

function accept(from: Participant, bytes: Uint8Array, context: StartContext): ChannelStarted {
  const accepted = readInvite(from, bytes, context)
  if (accepted === undefined) return { kind: "refused", code: "INVITE_MALFORMED" }
  const { invite, lane, awaited, effects, wipe } = accepted
  const secret = idSecret(context.crypto, invite.root, from)
  const conversation = context.conversationId({ from: "secret", secret })
  context.crypto.wipe(secret)
  if (conversation !== invite.conversation) return { kind: "refused", code: "INVITE_FOREIGN" }
  const opened = openFirst(from, accepted, context)
  if (opened === undefined) return { kind: "refused", code: "INVITE_MALFORMED" }
  return {
    kind: "next",
    conversation,
    patch: {
      founding: { self: context.self.participant, author: from, root: empty },
      sign: { standing: "open", name: invite.grant.name, namedAt: invite.grant.next - 1 },
      current: null,
      lane,
      awaited,
      followed: new Map([[String(opened.followed.epoch), opened.followed]]),
    },
    effects: [...effects, ...opened.effects],
    // To answer, once the conversation is allowed.
    wakeAtMs: context.nowMs,
    wipe: [...wipe, ...opened.wipe],
  }
}

/** CH1-17: the post that the channel began with. */
function openFirst(from: Participant, { invite, followed }: Accepted, context: Context) {
  if (invite.first === undefined) return { followed, effects: [], wipe: [] }
  const opened = openPost(context, invite.conversation, followed, invite.first, () => undefined)
  if (opened.kind !== "opened" || opened.number !== invite.grant.next || opened.frame.kind !== "post") return undefined
  const { content, sentAtMs } = opened.frame
  const message = messageIdOf(context, invite.conversation, opened.number)
  const deliver = { kind: "deliver" as const, message, from, lamport: opened.number, sentAtMs, content }
  const told = opened.followed.next
  return { followed: { ...opened.followed, told }, effects: [deliver], wipe: opened.wipe }
}
