import { bytesCodec, type Cell, cell, type Codec, type Table, table, stateDamaged } from "@colloquy/core"
import { Rows } from "../rows.js"
import type { HistoryEntry, SdsMessage } from "../sds-message.js"
import { Reader, Writer } from "../varint.js"
import { bloomPages } from "./bloom-filter.js"
import { incomingMax, publishedOutgoingMax, repairsMax } from "./options.js"
import {
  type Owed,
  owedCodec,
  publishedFrames,
  type PublishedIncoming,
  publishedIncomingCodec,
  type PublishedOutgoing,
  publishedOutgoingCodec,
  type Wanted,
  wantedCodec,
} from "./rows.js"

/** An entry of the log, as others are told of it. */
export interface FrontierEntry {
  readonly lamport: number
  readonly entry: HistoryEntry
}

/** What changes with each message; some hundred bytes. */
export interface Channel {
  readonly lamport: number
  /** The newest entries of the log, ascending. */
  readonly frontier: readonly FrontierEntry[]
  /** Entries that no message in the log depends on. What our next message depends on are these and the frontier. */
  readonly tips: readonly FrontierEntry[]
  /** Which filter is sent: the one that this number names, and the young one that the next names fills up beside it. */
  readonly filter: number
  /** How many ids the filter that is sent holds. */
  readonly filled: number
  /** Sync messages since content last came, ours or those that spared us one, and when the next one is due. */
  readonly syncs: number
  readonly syncAtMs: number | null
  /** When rows must be looked at. */
  readonly sweepAtMs: number | null
}

export interface PublishedState {
  readonly channel: Channel
  readonly filter: ReadonlyMap<string, Uint8Array>
  readonly sent: ReadonlyMap<string, PublishedOutgoing>
  readonly incoming: ReadonlyMap<string, PublishedIncoming>
  readonly wanted: ReadonlyMap<string, Wanted>
  readonly owed: ReadonlyMap<string, Owed>
}

export type PublishedPatch = {
  readonly [K in keyof PublishedState]?: PublishedState[K] extends ReadonlyMap<string, infer T>
    ? ReadonlyMap<string, T | undefined>
    : PublishedState[K]
}

/**
 * RL-51: the log, which the caller keeps. Whatever a step lists in `logged` must be there at the next step. What has been pruned is as if it had never been
 * heard, except in the bloom filter.
 */
export interface SdsLog {
  has(messageId: string): boolean
  /** The whole message, to answer requests with; `undefined` when only its id is kept. */
  message(messageId: string): SdsMessage | undefined
}

export const freshChannel: Channel = {
  lamport: 0,
  frontier: [],
  tips: [],
  filter: 0,
  filled: 0,
  syncs: 0,
  syncAtMs: null,
  sweepAtMs: null,
}

const channelCodec: Codec<Channel> = {
  version: 1,
  encode({ lamport, frontier, tips, filter, filled, syncs, syncAtMs, sweepAtMs }) {
    const writer = new Writer()
    for (const number of [lamport, filter, filled, syncs]) writer.number(number)
    for (const time of [syncAtMs, sweepAtMs]) writer.optional(time)
    const entries = [...frontier, ...tips]
    writer.number(frontier.length)
    writer.number(entries.length)
    for (const { lamport } of entries) writer.number(lamport)
    return writer.finish(publishedFrames.encode({ causalHistory: entries.map(({ entry }) => entry) }))
  },
  decode(bytes, version) {
    const reader = new Reader(bytes, version)
    const [lamport, filter, filled, syncs] = [reader.number(), reader.number(), reader.number(), reader.number()]
    const [syncAtMs, sweepAtMs] = [reader.optional(), reader.optional()]
    const newest = reader.number()
    const count = reader.number()
    // Each has a byte at least.
    if (newest > count || count > bytes.length) throw stateDamaged()
    const lamports = Array.from({ length: count }, () => reader.number())
    const decoded = publishedFrames.decode(reader.rest())
    if (decoded.kind !== "frame") throw stateDamaged()
    const { causalHistory: entries = [], ...others } = decoded.frame
    if (entries.length !== lamports.length || Object.keys(others).length > 0) throw stateDamaged()
    const all = entries.map((entry, index) => ({ entry, lamport: lamports[index] as number }))
    return {
      lamport,
      frontier: all.slice(0, newest),
      tips: all.slice(newest),
      filter,
      filled,
      syncs,
      syncAtMs,
      sweepAtMs,
    }
  },
}

/** RL-44: the pieces of a state that the published profile needs, to be spread into a type's own. A channel starts with `channel: freshChannel` and no rows. */
export const publishedPieces: {
  readonly channel: Cell<Channel>
  readonly filter: Table<Uint8Array>
  readonly sent: Table<PublishedOutgoing>
  readonly incoming: Table<PublishedIncoming>
  readonly wanted: Table<Wanted>
  readonly owed: Table<Owed>
} = {
  channel: cell(channelCodec),
  filter: table(bytesCodec, 2 * bloomPages),
  sent: table(publishedOutgoingCodec, publishedOutgoingMax),
  incoming: table(publishedIncomingCodec, incomingMax),
  wanted: table(wantedCodec, repairsMax),
  owed: table(owedCodec, repairsMax),
}

/** A state under change. */
export interface PublishedDraft {
  readonly channel: { -readonly [K in keyof Channel]: Channel[K] }
  readonly filter: Rows<Uint8Array>
  readonly sent: Rows<PublishedOutgoing>
  readonly incoming: Rows<PublishedIncoming>
  readonly wanted: Rows<Wanted>
  readonly owed: Rows<Owed>
  /** The log with what this step has added. */
  readonly log: SdsLog
  readonly logged: Map<string, SdsMessage>
}

export function publishedDraft(state: PublishedState, log: SdsLog): PublishedDraft {
  const logged = new Map<string, SdsMessage>()
  return {
    channel: { ...state.channel },
    filter: new Rows(state.filter),
    sent: new Rows(state.sent),
    incoming: new Rows(state.incoming),
    wanted: new Rows(state.wanted),
    owed: new Rows(state.owed),
    log: {
      has: (id) => logged.has(id) || log.has(id),
      message: (id) => logged.get(id) ?? log.message(id),
    },
    logged,
  }
}

export function publishedPatch(state: PublishedState, draft: PublishedDraft): PublishedPatch {
  const { channel } = draft
  const changed = (Object.keys(channel) as (keyof Channel)[]).some((name) => channel[name] !== state.channel[name])
  const patch: { -readonly [K in keyof PublishedPatch]: PublishedPatch[K] } = {}
  if (changed) patch.channel = channel
  if (draft.filter.patch !== undefined) patch.filter = draft.filter.patch
  if (draft.sent.patch !== undefined) patch.sent = draft.sent.patch
  if (draft.incoming.patch !== undefined) patch.incoming = draft.incoming.patch
  if (draft.wanted.patch !== undefined) patch.wanted = draft.wanted.patch
  if (draft.owed.patch !== undefined) patch.owed = draft.owed.patch
  return patch
}

/** Looks at the rows no later than then. */
export function sweepBy({ channel }: PublishedDraft, atMs: number): void {
  channel.sweepAtMs = Math.min(channel.sweepAtMs ?? Infinity, atMs)
}

export function publishedDeadline({ syncAtMs, sweepAtMs }: Channel): number | undefined {
  return syncAtMs === null ? (sweepAtMs ?? undefined) : Math.min(syncAtMs, sweepAtMs ?? Infinity)
}
