import {
  type CarryEffect,
  type Context,
  type ConversationId,
  inboxTopics,
  type MessageId,
  type Participant,
  type Topic,
  type TypeId,
} from "@colloquy/core"
import { encodeFrame, type Grant, type Invite, keyBytes } from "./frames.js"
import { expect, laneEnds, listenFor, pendingOf, sealOnLane } from "./lane.js"
import { type Awaited, type Current, type Reader } from "./state.js"
import type { ChannelEffect } from "./words.js"

const channelType = "ChannelV1" as TypeId

/** CH1-11: what may be on a lane without an answer. More waits until the reader is heard of. */
export const unansweredMax = 4

/** Who a step of the author is about, and under what. */
export interface Channel {
  readonly conversation: ConversationId
  readonly author: Participant
  readonly root: Uint8Array
  readonly name: string
  readonly current: Current
}

interface Invited {
  readonly reader: Reader
  readonly rows: Map<string, Awaited | undefined>
  readonly effects: readonly ChannelEffect[]
  readonly wipe: readonly Uint8Array[]
}

/** CH1-15: a new lane, and the invite that brings its secret. */
export function inviteReader(
  context: Context,
  channel: Channel,
  to: Participant,
  where: { readonly topic: Topic; readonly introduction?: Uint8Array },
  first?: { readonly payload: Uint8Array; readonly message: MessageId },
  grant: Grant = grantOf(context, channel),
): Invited {
  const { crypto, self } = context
  const lane = context.random(keyBytes)
  const ends = laneEnds(crypto, lane)
  const expected = expect(crypto, new Map(), to, ends["to author"], 0)
  const invite: Invite = {
    conversation: channel.conversation,
    root: channel.root,
    lane,
    authorTopic: self.inboxTopic,
    readerTopic: where.topic,
    grant,
    ...(first === undefined ? {} : { first: first.payload }),
  }
  const body = encodeFrame({ kind: "invite", invite })
  const carry: CarryEffect = {
    kind: "carry",
    to,
    parcel: { type: channelType, kind: "invite", body },
    ...(first === undefined ? {} : { message: first.message }),
    ...(where.introduction === undefined ? {} : { introduction: where.introduction }),
  }
  const reader: Reader = {
    joined: false,
    topic: where.topic,
    out: ends["to reader"],
    in: expected.end,
    acknowledged: 0,
    given: grant.epoch,
    pending: undefined,
  }
  return {
    reader,
    rows: expected.rows,
    effects: [
      listenFor(expected.rows, self.inboxTopic),
      carry,
      { kind: "notice", name: "invited", body: { reader: to } },
    ],
    wipe: [lane, body, ...expected.wipe],
  }
}

/** CH1-3: what someone needs to read from the next post on. The caller wipes the chain's copy with the effect that holds it. */
export function grantOf({ crypto }: Context, { current, name }: Channel): Grant {
  const { epoch, first, next, chain, place, signingSeed } = current
  const signing = crypto.signingKeyPair(signingSeed)
  crypto.wipe(signing.secretKey)
  return { epoch, first, next, chain, place, verifyKey: signing.publicKey, name }
}

interface Given {
  readonly reader: Reader
  readonly effects: readonly ChannelEffect[]
  readonly wipe: readonly Uint8Array[]
}

/** CH1-12: puts the newest epoch on a reader's lane; with too much unanswered there, it waits until he is heard of. */
export function giveEpoch(context: Context, channel: Channel, to: Participant, reader: Reader, grant: Grant): Given {
  if (reader.out.next - reader.acknowledged >= unansweredMax) return { reader, effects: [], wipe: [] }
  const bond = { author: channel.author, reader: to, topic: reader.topic, direction: "to reader" } as const
  const sealed = sealOnLane(context, channel.conversation, bond, reader.out, { kind: "epoch", grant })
  const pending = pendingOf(sealed, context.nowMs)
  return {
    reader: { ...reader, out: sealed.end, given: grant.epoch, pending },
    effects: [sealed.effect],
    wipe: sealed.wipe,
  }
}

/** When the first of the readers is to be written to again, once some of them are changed. */
export function againDeadline(
  readers: ReadonlyMap<string, Reader>,
  changed: ReadonlyMap<string, Reader | undefined>,
): { readonly wakeAtMs?: number } {
  let wakeAtMs = Infinity
  for (const [reader, row] of readers)
    if (!changed.has(reader)) wakeAtMs = Math.min(wakeAtMs, row.pending?.againAtMs ?? Infinity)
  for (const row of changed.values()) wakeAtMs = Math.min(wakeAtMs, row?.pending?.againAtMs ?? Infinity)
  return wakeAtMs === Infinity ? {} : { wakeAtMs }
}

/** Where somebody receives of whom no introduction is at hand. */
export function inboxOf({ crypto }: Context, participant: Participant): Topic {
  return inboxTopics.of(participant, crypto)
}
