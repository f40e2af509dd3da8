import {
  concat,
  type Context,
  type ConversationId,
  type Crypto,
  fromHex,
  type Hint,
  type ListenEffect,
  type Participant,
  type PublishEffect,
  toHex,
  type Topic,
} from "@colloquy/core"
import { type ChannelFrame, decodeFrame, encodeFrame, type LaneFrame } from "./frames.js"
import { lanePayloadBytes, pad, unpad } from "./padding.js"
import { advance, type Direction, laneChain, laneData } from "./secrets.js"
import { type Awaited, type LaneEnd, laneWindow, type Pending } from "./state.js"

const nonceBytes = 24
const around = nonceBytes + 16

/** One direction of the lane between the author and one reader. */
interface LaneBond {
  readonly author: Participant
  readonly reader: Participant
  /** Where the one who receives does so. */
  readonly topic: Topic
  readonly direction: Direction
}

interface SealedOnLane {
  readonly payload: Uint8Array
  readonly hint: Hint
  readonly effect: PublishEffect
  readonly end: LaneEnd
  readonly wipe: readonly Uint8Array[]
}

/** CH1-11: what author and reader say to each other, 256 bytes long whatever it is. */
export function sealOnLane(
  context: Context,
  conversation: ConversationId,
  bond: LaneBond,
  end: LaneEnd,
  frame: LaneFrame,
): SealedOnLane {
  const { crypto } = context
  const encoded = encodeFrame(frame)
  // The longest frame, an Epoch with a name of 64 bytes, is shorter.
  const padded = pad(encoded, around) as Uint8Array
  const link = advance(crypto, end.chain)
  const nonce = context.random(nonceBytes)
  const data = laneData(conversation, { ...bond, number: end.next })
  const payload = concat(nonce, crypto.sealX(link.key, nonce, padded, data))
  crypto.wipe(encoded, padded, link.key)
  return {
    payload,
    hint: link.hint,
    effect: { kind: "publish", topic: bond.topic, hint: link.hint, payload },
    end: { chain: link.chain, next: end.next + 1 },
    wipe: [end.chain],
  }
}

/** `undefined` for anything that the other did not seal under this number. */
export function openOnLane(
  { crypto }: Context,
  conversation: ConversationId,
  bond: LaneBond,
  { number, key }: Awaited,
  payload: Uint8Array,
): ChannelFrame | undefined {
  if (payload.length !== lanePayloadBytes) return undefined
  const data = laneData(conversation, { ...bond, number })
  const padded = crypto.openX(key, payload.subarray(0, nonceBytes), payload.subarray(nonceBytes), data)
  const bytes = padded === undefined ? undefined : unpad(padded)
  const frame = bytes === undefined ? undefined : decodeFrame(bytes)
  if (padded !== undefined) crypto.wipe(padded)
  return frame
}

export const firstAgainMs = 3_600_000
export const againMaxMs: number = 7 * 24 * 3_600_000

/** CH1-11: what was just sealed, in case that it does not arrive. */
export function pendingOf({ payload, hint }: SealedOnLane, nowMs: number): Pending {
  return { payload, hint, againAtMs: nowMs + firstAgainMs, times: 1 }
}

interface Again {
  readonly pending: Pending
  readonly effect: PublishEffect
}

/** CH1-11: the same bytes once more, after an hour, two, four, and so on up to a week; `undefined` before the time. */
export function publishAgain(pending: Pending, topic: Topic, replaces: string, nowMs: number): Again | undefined {
  const { payload, hint, times, againAtMs } = pending
  if (againAtMs > nowMs) return undefined
  const nextMs = nowMs + Math.min(firstAgainMs * 2 ** Math.min(times, 16), againMaxMs)
  return {
    pending: { ...pending, againAtMs: nextMs, times: times + 1 },
    effect: { kind: "publish", topic, hint: hint as Hint, payload, replaces },
  }
}

/** Both directions of a new lane, from the 32 bytes in the invite: which is whose depends on the side. */
export function laneEnds(crypto: Crypto, lane: Uint8Array): Readonly<Record<Direction, LaneEnd>> {
  return {
    "to reader": { chain: laneChain(crypto, lane, "to reader"), next: 0 },
    "to author": { chain: laneChain(crypto, lane, "to author"), next: 0 },
  }
}

interface Expected {
  readonly rows: Map<string, Awaited | undefined>
  readonly end: LaneEnd
  readonly wipe: readonly Uint8Array[]
}

/** CH1-11: what is expected from someone, now that everything below a number may have come: the next 8 numbers, and those that fell out forgotten. */
export function expect(
  crypto: Crypto,
  awaited: ReadonlyMap<string, Awaited>,
  from: Participant,
  end: LaneEnd,
  reached: number,
): Expected {
  const rows = new Map<string, Awaited | undefined>()
  const wipe: Uint8Array[] = []
  for (const [hint, row] of awaited)
    if (row.from === from && row.number + laneWindow < reached) {
      rows.set(hint, undefined)
      wipe.push(row.key)
    }
  let { chain, next } = end
  while (next < reached + laneWindow) {
    const link = advance(crypto, chain)
    rows.set(toHex(link.hint), { from, number: next, key: link.key })
    wipe.push(chain)
    chain = link.chain
    next++
  }
  return { rows, end: { chain, next }, wipe }
}

/** The listening that follows from a change of what is expected. */
export function listenFor(rows: ReadonlyMap<string, Awaited | undefined>, topic: Topic): ListenEffect {
  const hints = (isWanted: boolean) =>
    [...rows].filter(([, row]) => (row !== undefined) === isWanted).map(([hint]) => ({ topic, hint: hintOf(hint) }))
  return { kind: "listen", add: hints(true), drop: hints(false) }
}

export function hintOf(row: string): Hint {
  return fromHex(row) as Hint
}
