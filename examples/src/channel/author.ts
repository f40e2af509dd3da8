import {
  type CommandInput,
  type ConversationContext,
  fromBase64url,
  inboxTopics,
  type Participant,
  type ReceiveInput,
  toHex,
  stateDamaged,
} from "@colloquy/core"
import { isName, type PostFrame, postsPerEpochMax } from "./frames.js"
import { expect, listenFor, openOnLane, publishAgain, sealOnLane } from "./lane.js"
import { contentBytesMax, sealPost } from "./post.js"
import { againDeadline, type Channel, giveEpoch, grantOf, inboxOf, inviteReader } from "./readers.js"
import { messageIdOf, topicOf } from "./secrets.js"
import { freshEpoch } from "./start.js"
import { type Awaited, type ChannelPatch, type ChannelState, laneWindow, type Reader, readersMax } from "./state.js"
import type { ChannelCommands, ChannelEffect, ChannelOutcome } from "./words.js"

type Rows = Map<string, Reader | undefined>

/** CH1-8: a post of the author's. */
export function send(state: ChannelState, content: Uint8Array, context: ConversationContext): ChannelOutcome {
  if (content.length > contentBytesMax) return refused("CONTENT_TOO_LONG")
  const posted = post(state, { kind: "post", sentAtMs: context.nowMs, content }, context)
  if (posted === undefined) return refused("CONTENT_TOO_LONG")
  const { number, effects, publish, ...rest } = posted
  const message = messageIdOf(context, context.conversation, number)
  const sent: ChannelEffect = { kind: "sent", message, lamport: number, sentAtMs: context.nowMs }
  return next(state, rest.patch, [...effects, sent, { ...publish, message }], rest.wipe)
}

export function command(
  state: ChannelState,
  input: CommandInput<ChannelCommands>,
  context: ConversationContext,
): ChannelOutcome {
  switch (input.name) {
    case "add":
      return add(state, input.body.introduction, context)
    case "invite":
      return invite(state, input.body.reader, { topic: inboxOf(context, input.body.reader) }, context)
    case "remove":
      return remove(state, input.body.readers, context)
    case "rename": {
      const { name } = input.body
      if (!isName(name)) return refused("NAME_LENGTH")
      const posted = post(state, { kind: "renamed", name }, context)
      if (posted === undefined) return refused("NAME_LENGTH")
      const { effects, publish, patch, wipe } = posted
      const renamed: ChannelEffect = { kind: "notice", name: "renamed", body: { name } }
      return next(state, { ...patch, sign: { ...state.sign, name } }, [...effects, publish, renamed], wipe)
    }
    case "close":
      return close(state, context)
    case "leave":
      return refused("AUTHOR_STAYS")
  }
}

/** One more payload on the epoch's topic. An epoch that is full ends first (CH1-12). */
function post(state: ChannelState, frame: PostFrame, context: ConversationContext) {
  const channel = channelOf(state, context)
  const { current } = channel
  const isFull = current.next - current.first >= postsPerEpochMax
  const turned = isFull ? rotate(context, channel, state.readers) : undefined
  const now = turned?.current ?? current
  const sealed = sealPost(context, context.conversation, now, frame)
  if (sealed === undefined) return undefined
  return {
    number: now.next,
    publish: { kind: "publish" as const, topic: topicOf(context.crypto, now.place), payload: sealed.payload },
    effects: turned?.effects ?? [],
    patch: { current: sealed.current, ...(turned === undefined ? {} : { readers: turned.readers }) },
    wipe: [...sealed.wipe, ...(turned?.wipe ?? [])],
  }
}

/** CH1-15: by introduction. Someone who is a reader gets a new lane: he may have lost his. */
function add(state: ChannelState, text: string, context: ConversationContext): ChannelOutcome {
  const introduction = fromBase64url(text.trim().replace(/^(colloquy:)?colloquy_intro_1_/i, ""))
  const read = introduction === undefined ? undefined : context.readIntroduction(introduction)
  if (introduction === undefined || read === undefined) return refused("INTRODUCTION_BAD")
  return invite(state, read.participant, { topic: read.inboxTopic, introduction }, context)
}

function invite(
  state: ChannelState,
  to: Participant,
  where: Parameters<typeof inviteReader>[3],
  context: ConversationContext,
): ChannelOutcome {
  const { readers, awaited, founding } = state
  if (to === founding.self) return refused("READER_SELF")
  if (!inboxTopics.permits(where.topic)) return refused("TOPIC_FOREIGN")
  if (readers.size >= readersMax && !readers.has(to)) return refused("READERS_FULL")
  const forgotten = forget(awaited, new Set([to]))
  const before = readers.get(to)
  const old = before === undefined ? [] : [before.out.chain, before.in.chain]
  const invited = inviteReader(context, channelOf(state, context), to, where)
  return next(
    state,
    { readers: new Map([[to, invited.reader]]), awaited: new Map([...forgotten.rows, ...invited.rows]) },
    [listenFor(forgotten.rows, context.self.inboxTopic), ...invited.effects],
    [...old, ...forgotten.wipe, ...invited.wipe],
  )
}

/** CH1-12: those who stay get a fresh epoch, those who go are told, and nobody waits for them any more. */
function remove(
  state: ChannelState,
  gone: readonly Participant[],
  context: ConversationContext,
  word: "removed" | "left" = "removed",
): ChannelOutcome {
  const { readers, awaited } = state
  const people = new Set(gone)
  if (people.size === 0 || [...people].some((one) => !readers.has(one))) return refused("READER_UNKNOWN")
  const channel = channelOf(state, context)
  const forgotten = forget(awaited, people)
  const effects: ChannelEffect[] = [listenFor(forgotten.rows, context.self.inboxTopic)]
  const wipe = [...forgotten.wipe]
  for (const reader of people) {
    effects.push({ kind: "notice", name: word, body: { reader } })
    const row = readers.get(reader) as Reader
    wipe.push(row.out.chain, row.in.chain)
    if (word === "left") continue
    const bond = { author: channel.author, reader, topic: row.topic, direction: "to reader" } as const
    const told = sealOnLane(context, context.conversation, bond, row.out, { kind: "removed" })
    effects.push(told.effect)
    wipe.push(told.end.chain)
  }
  const turned = rotate(context, channel, new Map([...readers].filter(([one]) => !people.has(one as Participant))))
  const rows: Rows = new Map([...people].map((one) => [one, undefined]))
  for (const [one, row] of turned.readers) rows.set(one, row)
  return next(
    state,
    { current: turned.current, readers: rows, awaited: forgotten.rows },
    [...effects, ...turned.effects],
    [...wipe, ...turned.wipe],
  )
}

/** CH1-12: a new epoch for these readers; the old one's keys are gone with this step. */
function rotate(context: ConversationContext, channel: Channel, readers: ReadonlyMap<string, Reader>) {
  const { current } = channel
  const fresh = freshEpoch(context, current.epoch + 1, current.next)
  const turned = { ...channel, current: fresh }
  const grant = grantOf(context, turned)
  const rows: Rows = new Map()
  const effects: ChannelEffect[] = []
  const wipe: Uint8Array[] = [current.chain, current.place, current.signingSeed]
  for (const [to, reader] of readers) {
    const given = giveEpoch(context, turned, to as Participant, reader, grant)
    if (given.reader === reader) continue
    rows.set(to, given.reader)
    effects.push(...given.effects)
    wipe.push(...given.wipe)
  }
  return { current: fresh, readers: rows, effects, wipe }
}

/** CH1-16: says so, and keeps no key of the channel. */
function close(state: ChannelState, context: ConversationContext): ChannelOutcome {
  const posted = post(state, { kind: "closed" }, context)
  if (posted === undefined) return refused("CONTENT_TOO_LONG")
  const { readers, awaited, founding, sign } = state
  const { chain, place, signingSeed } = posted.patch.current
  const forgotten = forget(awaited, new Set(readers.keys()) as Set<Participant>)
  return {
    kind: "next",
    patch: {
      founding: { ...founding, root: new Uint8Array(0) },
      sign: { ...sign, standing: "closed" },
      current: null,
      readers: new Map([...readers.keys()].map((reader) => [reader, undefined])),
      awaited: forgotten.rows,
    },
    effects: [
      ...posted.effects,
      posted.publish,
      listenFor(forgotten.rows, context.self.inboxTopic),
      { kind: "notice", name: "closed", body: {} },
    ],
    wipe: [
      ...posted.wipe,
      ...forgotten.wipe,
      ...[...readers.values()].flatMap((reader) => [reader.out.chain, reader.in.chain]),
      ...[founding.root, chain, place, signingSeed],
    ],
  }
}

/** CH1-11: what a reader answers on his lane. */
export function hear(
  state: ChannelState,
  input: ReceiveInput,
  expected: Awaited,
  context: ConversationContext,
): ChannelOutcome {
  const { readers, awaited, founding } = state
  const { from, number } = expected
  const reader = readers.get(from)
  if (reader === undefined) return refused("READER_UNKNOWN")
  const bond = { author: founding.author, reader: from, topic: input.topic, direction: "to author" } as const
  const frame = openOnLane(context, context.conversation, bond, expected, input.payload)
  if (frame === undefined) return refused("PAYLOAD_FORGED")
  if (frame.kind === "left") return remove(state, [from], context, "left")
  if (frame.kind !== "received" && frame.kind !== "unknown") return refused("FRAME_MISPLACED")
  const count = frame.kind === "received" ? frame.number : reader.acknowledged
  if (count > reader.out.next) return refused("FRAME_MALFORMED")

  const more = expect(context.crypto, awaited, from, reader.in, Math.max(number + 1, reachedOf(reader)))
  const hint = toHex(input.hint as Uint8Array)
  const rows = new Map(more.rows).set(hint, undefined)
  const acknowledged = Math.max(reader.acknowledged, count)
  const heard: Reader = {
    ...reader,
    joined: true,
    in: more.end,
    acknowledged,
    pending: acknowledged >= reader.out.next ? undefined : reader.pending,
  }
  const effects: ChannelEffect[] = [listenFor(rows, context.self.inboxTopic)]
  if (!reader.joined) effects.push({ kind: "notice", name: "joined", body: { reader: from } })
  if (frame.kind === "unknown") effects.push({ kind: "unknown-frame", from, tag: frame.tag })
  const channel = channelOf(state, context)
  const isBehind = heard.given < channel.current.epoch
  const given = isBehind
    ? giveEpoch(context, channel, from, heard, grantOf(context, channel))
    : { reader: heard, effects: [], wipe: [] }
  return next(
    state,
    { readers: new Map([[from, given.reader]]), awaited: rows },
    [...effects, ...given.effects],
    [expected.key, ...more.wipe, ...given.wipe],
  )
}

/** CH1-11: what a reader has not answered, for as long as he is one. */
export function wake(state: ChannelState, context: ConversationContext): ChannelOutcome {
  const rows: Rows = new Map()
  const effects: ChannelEffect[] = []
  for (const [to, reader] of state.readers) {
    const { pending, topic } = reader
    const again = pending === undefined ? undefined : publishAgain(pending, topic, `again ${to}`, context.nowMs)
    if (again === undefined) continue
    rows.set(to, { ...reader, pending: again.pending })
    effects.push(again.effect)
  }
  return next(state, rows.size === 0 ? {} : { readers: rows }, effects, [])
}

function reachedOf({ in: { next } }: Reader): number {
  return next - laneWindow
}

/** What is expected of some people, taken back. */
function forget(awaited: ReadonlyMap<string, Awaited>, people: ReadonlySet<Participant>) {
  const gone = [...awaited].filter(([, { from }]) => people.has(from))
  return {
    rows: new Map<string, Awaited | undefined>(gone.map(([hint]) => [hint, undefined])),
    wipe: gone.map(([, { key }]) => key),
  }
}

function channelOf({ founding, sign, current }: ChannelState, { conversation }: ConversationContext): Channel {
  if (current === null) throw stateDamaged()
  return { conversation, author: founding.author, root: founding.root, name: sign.name, current }
}

function next(
  state: ChannelState,
  patch: ChannelPatch,
  effects: readonly ChannelEffect[],
  wipe: readonly Uint8Array[],
): ChannelOutcome {
  return { kind: "next", patch, effects, wipe, ...againDeadline(state.readers, patch.readers ?? new Map()) }
}

function refused(code: string): ChannelOutcome {
  return { kind: "refused", code }
}
