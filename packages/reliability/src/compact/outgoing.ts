import {
  type Codec,
  type MessageId,
  messageIdBytes,
  messageIdFromBytes,
  messageIdToBytes,
  stateDamaged,
} from "@colloquy/core"
import { type SdsMessage, type Segment, segmentDigestBytes, type SequenceRange } from "../sds-message.js"
import { Reader, Writer } from "../varint.js"
import type { Draft } from "./draft.js"
import { segmentOfCompactMax } from "./limits.js"

/** One of our messages, or one segment of it, that has not been acknowledged. */
export interface Outgoing {
  /** Of the whole message. */
  readonly message: MessageId
  /** Whether the application is told of its fate. */
  readonly reported: boolean
  readonly lamport: number
  readonly segment: Segment | null
  /** To be encrypted anew; `null` when there was no room to keep it. */
  readonly content: Uint8Array | null
}

/** RL-26: of all messages together that can be sent again, 32 MiB. */
export const keptBytesMax: number = 32 * 1024 * 1024
/** RL-26: how many messages and segments may wait for their acknowledgement. */
export const outgoingMax = 131_072

const isKept = 1
const isReported = 2
const isSegment = 4
const hasDigest = 8

/** `flags ‖ Lamport time`, for a segment `index ‖ count`, then the message id, for a segment its digest, and the content: 23 bytes and the content. */
export const outgoingCodec: Codec<Outgoing> = {
  version: 1,
  encode({ message, reported, lamport, segment, content }) {
    const writer = new Writer()
    const digest = segment?.digest
    writer.byte(
      (content === null ? 0 : isKept) |
        (reported ? isReported : 0) |
        (segment === null ? 0 : isSegment) |
        (digest === undefined ? 0 : hasDigest),
    )
    writer.number(lamport)
    if (segment !== null) {
      writer.number(segment.index)
      writer.number(segment.count)
    }
    return writer.finish(messageIdToBytes(message), digest ?? none, content ?? none)
  },
  decode(bytes, version) {
    const reader = new Reader(bytes, version)
    const flags = reader.byte()
    if (flags > 15 || ((flags & hasDigest) !== 0 && (flags & isSegment) === 0)) throw stateDamaged()
    const lamport = reader.number()
    const place = (flags & isSegment) === 0 ? null : { index: reader.number(), count: reader.number() }
    if (place !== null && (place.index >= place.count || place.count > segmentOfCompactMax)) throw stateDamaged()
    const message = messageIdFromBytes(reader.take(messageIdBytes))
    const digest = (flags & hasDigest) === 0 ? undefined : reader.take(segmentDigestBytes)
    const segment = place === null || digest === undefined ? place : { ...place, digest }
    const content = (flags & isKept) === 0 ? null : reader.rest()
    reader.end()
    return { message, reported: (flags & isReported) !== 0, lamport, segment, content }
  },
}

const none = new Uint8Array(0)

/** The SDS message of a row, as it was and as it will be sent again; `undefined` without content. */
export function messageOf(sequence: number, { lamport, segment, content }: Outgoing): SdsMessage | undefined {
  if (content === null) return undefined
  return { lamport, sequence, content, ...(segment === null ? {} : { segment }) }
}

/** RL-26: takes the content of a new row into account, and drops the oldest contents where there is no room. */
export function keep(draft: Draft, row: Outgoing): void {
  const { link, outgoing } = draft
  outgoing.set(String(link.sequence), row)
  link.sequence++
  link.keptBytes += row.content?.length ?? 0
  if (link.keptBytes > keptBytesMax) link.keptFrom = Math.max(link.keptFrom, link.unacknowledgedFrom)
  while (link.keptBytes > keptBytesMax && link.keptFrom < link.sequence) {
    const key = String(link.keptFrom++)
    const old = outgoing.get(key)
    if (old?.content === null || old === undefined) continue
    link.keptBytes -= old.content.length
    draft.wipe.push(old.content)
    outgoing.set(key, { ...old, content: null })
  }
}

/** RL-25: takes the acknowledged messages out, and returns the ids of those that are acknowledged whole. */
export function acknowledge(draft: Draft, ranges: readonly SequenceRange[]): MessageId[] {
  const { link, outgoing } = draft
  const acknowledged: MessageId[] = []
  const parts = new Map<number, Outgoing>()
  for (const sequence of waitingIn(draft, ranges)) {
    const row = outgoing.get(String(sequence)) as Outgoing
    forget(draft, sequence, row)
    if (row.segment !== null) parts.set(sequence - row.segment.index, row)
    else if (row.reported) acknowledged.push(row.message)
  }
  for (const [first, { reported, message, segment }] of parts)
    if (reported && !hasPart(draft, first, segment?.count ?? 1)) acknowledged.push(message)
  link.unacknowledgedFrom = firstWaiting(draft)
  return acknowledged
}

/** RL-36: a message that is asked for and was not kept: it and its other segments will not come. */
export function giveUp(draft: Draft, sequence: number, { message, segment }: Outgoing): MessageId {
  const first = sequence - (segment?.index ?? 0)
  for (let part = first; part < first + (segment?.count ?? 1); part++) {
    const row = draft.outgoing.get(String(part))
    if (row?.message === message) forget(draft, part, row)
  }
  return message
}

/** RL-29: which message a probe brings: the newest, since it shows the peer every gap, unless he has it; else the oldest that can be sent. */
export function probeOf({ link, outgoing }: Draft): number | undefined {
  const newest = link.sequence - 1
  if (hasContentAt(outgoing, newest)) return newest
  for (let sequence = Math.max(link.unacknowledgedFrom, link.keptFrom); sequence < newest; sequence++)
    if (hasContentAt(outgoing, sequence)) return sequence
  return undefined
}

function hasContentAt(outgoing: Draft["outgoing"], sequence: number): boolean {
  return (outgoing.get(String(sequence))?.content ?? null) !== null
}

function forget(draft: Draft, sequence: number, row: Outgoing): void {
  draft.outgoing.delete(String(sequence))
  if (row.content === null) return
  draft.link.keptBytes -= row.content.length
  draft.wipe.push(row.content)
}

function hasPart(draft: Draft, first: number, count: number): boolean {
  for (let part = first; part < first + count; part++) if (draft.outgoing.get(String(part)) !== undefined) return true
  return false
}

/** The lowest number with a row, or the next to be used. By number if it is near, else by row: a type may leave out numbers. */
function firstWaiting({ link, outgoing }: Draft): number {
  if (outgoing.size === 0) return link.sequence
  const near = Math.min(link.sequence, link.unacknowledgedFrom + outgoing.size)
  for (let sequence = link.unacknowledgedFrom; sequence < near; sequence++)
    if (outgoing.get(String(sequence)) !== undefined) return sequence
  return outgoing.keys().reduce((lowest, key) => Math.min(lowest, Number(key)), link.sequence)
}

/** The numbers in the ranges that have a row, ascending: by number or by row, whichever are fewer, so that a wide claim costs no more than the rows. */
function waitingIn({ link, outgoing }: Draft, ranges: readonly SequenceRange[]): number[] {
  const clipped = ranges
    .map(({ first, last }) => ({
      first: Math.max(first, link.unacknowledgedFrom),
      last: Math.min(last, link.sequence - 1),
    }))
    .filter(({ first, last }) => first <= last)
  const span = clipped.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const found: number[] = []
  if (span <= outgoing.size) {
    for (const { first, last } of clipped)
      for (let sequence = first; sequence <= last; sequence++)
        if (outgoing.get(String(sequence)) !== undefined) found.push(sequence)
    return found
  }
  for (const key of outgoing.keys()) {
    const sequence = Number(key)
    if (clipped.some(({ first, last }) => first <= sequence && sequence <= last)) found.push(sequence)
  }
  return found.sort((a, b) => a - b)
}
