import {
  type ConversationContext,
  type ListenEffect,
  type MessageId,
  type ReceiveInput,
  type Refused,
} from "@colloquy/core"
import type { Grant } from "./frames.js"
import { openPost } from "./post.js"
import { messageIdOf } from "./secrets.js"
import { follow } from "./start.js"
import { type ChannelPatch, type ChannelState, epochsMax, type Followed, type Skipped, skippedMax } from "./state.js"
import type { ChannelEffect } from "./words.js"

/** CH1-12, CH1-13: for so long a post may still come that others have overtaken. */
export const patienceMs: number = 30 * 24 * 3_600_000

interface Changed {
  readonly patch: ChannelPatch
  readonly effects: readonly ChannelEffect[]
  readonly wipe: readonly Uint8Array[]
}

interface Taken extends Changed {
  readonly kind: "taken"
  readonly number: number
  readonly message: MessageId
  readonly frame: Extract<ReturnType<typeof openPost>, { readonly kind: "opened" }>["frame"]
}

/** CH1-13: opens a post, keeps the keys of those that it passed over, and says which are missing and which came after all. */
export function takePost(state: ChannelState, input: ReceiveInput, context: ConversationContext): Taken | Refused {
  const { conversation, nowMs } = context
  const before = [...state.followed.values()].find(({ topic }) => topic === input.topic)
  if (before === undefined) return { kind: "refused", code: "TOPIC_FOREIGN" }
  const rowOf = (number: number): string => `${before.epoch}-${number}`
  const opened = openPost(context, conversation, before, input.payload, (number) => state.skipped.get(rowOf(number)))
  if (opened.kind === "refused") return opened
  const { number, frame } = opened
  const skipped = new Map<string, Skipped | undefined>()
  if (number < before.next) skipped.set(rowOf(number), undefined)
  for (const [one, key] of opened.skipped) skipped.set(rowOf(one), { key, untilMs: nowMs + patienceMs })
  const evicted = evict(state.skipped, skipped)

  const effects: ChannelEffect[] = []
  const given = Math.max(before.next, before.told)
  const kept = [...opened.skipped.keys()]
  const firstKept = kept[0] ?? number
  if (number >= before.next && firstKept > before.next)
    effects.push({ kind: "notice", name: "missed", body: { first: before.next, last: firstKept - 1 } })
  for (const one of kept) if (one >= given) effects.push(missing(one, context))
  const message = messageIdOf(context, conversation, number)
  if (number < before.told) effects.push({ kind: "fate", message, fate: "recovered" })
  const after = { ...opened.followed, told: Math.max(before.told, number + 1) }
  const left = [...state.skipped.keys(), ...skipped.keys()].filter(
    (row) => row.startsWith(`${before.epoch}-`) && (skipped.has(row) ? skipped.get(row) !== undefined : true),
  )
  const isOver = after.end !== undefined && after.next >= after.end && left.length === 0
  if (isOver) effects.push(drop(before))
  return {
    kind: "taken",
    number,
    message,
    frame,
    patch: { followed: new Map([[String(before.epoch), isOver ? undefined : after]]), skipped },
    effects,
    wipe: [...opened.wipe, ...evicted, ...(isOver ? [before.maskKey, after.chain] : [])],
  }
}

/**
 * CH1-12: follows one more epoch. The ones before it end where the next begins, and are followed for a while, for what is late. It may come
 * late itself, after a newer one.
 */
export function addEpoch(state: ChannelState, grant: Grant, context: ConversationContext): Changed {
  const { sign } = state
  const rows = [...state.followed.values()].sort((a, b) => a.epoch - b.epoch)
  const isKnown = rows.some(({ epoch }) => epoch === grant.epoch)
  const oldest = rows.length < epochsMax ? undefined : rows[0]
  if (isKnown || (oldest !== undefined && oldest.epoch > grant.epoch)) {
    context.crypto.wipe(grant.chain, grant.place)
    return { patch: {}, effects: [], wipe: [] }
  }
  const earlier = rows.findLast(({ epoch }) => epoch < grant.epoch)
  const later = rows.find(({ epoch }) => epoch > grant.epoch)
  const untilMs = context.nowMs + patienceMs
  const fresh = follow(context, grant)
  const effects: ChannelEffect[] = [{ kind: "listen", add: [{ topic: fresh.topic }], drop: [] }]
  const changes = new Map<string, Followed | undefined>()
  const wipe: Uint8Array[] = [grant.place]
  if (later === undefined) {
    changes.set(String(grant.epoch), fresh)
    const told = Math.max(...rows.map((row) => Math.max(row.told, row.next)), 0)
    if (rows.length > 0) effects.push(...missingBetween(told, grant.next, context))
  } else changes.set(String(grant.epoch), { ...fresh, end: later.first, told: later.first, untilMs })
  for (const row of rows) {
    if (row === oldest) {
      changes.set(String(row.epoch), undefined)
      effects.push(drop(row))
      wipe.push(row.chain, row.maskKey)
    } else if (row === earlier) changes.set(String(row.epoch), ended(row, grant, untilMs))
  }
  const isNewer = grant.next > sign.namedAt
  const isRenamed = isNewer && grant.name !== sign.name
  if (isRenamed) effects.push({ kind: "notice", name: "renamed", body: { name: grant.name } })
  return {
    patch: {
      followed: changes,
      ...(isNewer ? { sign: { ...sign, name: grant.name, namedAt: grant.next - 1 } } : {}),
    },
    effects,
    wipe,
  }
}

function ended(row: Followed, grant: Grant, untilMs: number): Followed {
  return { ...row, end: grant.first, told: Math.max(row.told, grant.first), untilMs: row.untilMs ?? untilMs }
}

/** CH1-13: what is too old is given up. */
export function expire({ followed, skipped }: ChannelState, nowMs: number): Changed {
  const epochs = [...followed.values()].filter(({ untilMs }) => (untilMs ?? Infinity) <= nowMs)
  const keys = [...skipped].filter(([, { untilMs }]) => untilMs <= nowMs)
  return {
    patch: {
      followed: new Map(epochs.map(({ epoch }) => [String(epoch), undefined])),
      skipped: new Map(keys.map(([row]) => [row, undefined])),
    },
    effects: epochs.map(drop),
    wipe: [...epochs.flatMap(({ chain, maskKey }) => [chain, maskKey]), ...keys.map(([, { key }]) => key)],
  }
}

/** When the first of what is kept grows too old; `Infinity` for never. */
export function expiryMs(state: ChannelState, patch: ChannelPatch): number {
  const rows = [
    ...new Map<string, Followed | undefined>([...state.followed, ...(patch.followed ?? [])]).values(),
    ...new Map<string, Skipped | undefined>([...state.skipped, ...(patch.skipped ?? [])]).values(),
  ]
  let wakeAtMs = Infinity
  for (const row of rows) wakeAtMs = Math.min(wakeAtMs, row?.untilMs ?? Infinity)
  return wakeAtMs
}

/** What was announced by nobody: at most 256 one by one, and the rest as a range. */
function missingBetween(first: number, end: number, context: ConversationContext): readonly ChannelEffect[] {
  const each = Math.max(first, end - 256)
  const effects: ChannelEffect[] = []
  if (each > first) effects.push({ kind: "notice", name: "missed", body: { first, last: each - 1 } })
  for (let number = each; number < end; number++) effects.push(missing(number, context))
  return effects
}

function missing(number: number, context: ConversationContext): ChannelEffect {
  return { kind: "fate", message: messageIdOf(context, context.conversation, number), fate: "missing" }
}

/** Makes room by deleting the lowest numbers; returns their keys. */
function evict(kept: ReadonlyMap<string, Skipped>, added: Map<string, Skipped | undefined>): readonly Uint8Array[] {
  const all = new Map<string, Skipped | undefined>([...kept, ...added])
  const rows = [...all].filter(([, row]) => row !== undefined)
  const surplus = rows.length - skippedMax
  if (surplus <= 0) return [...added].flatMap(([row, value]) => (value === undefined ? keyOf(kept.get(row)) : []))
  rows.sort(([a], [b]) => numberOf(a) - numberOf(b))
  const gone = rows.slice(0, surplus)
  for (const [row] of gone) {
    if (kept.has(row)) added.set(row, undefined)
    else added.delete(row)
  }
  return gone.flatMap(([, row]) => keyOf(row))
}

function keyOf(row: Skipped | undefined): readonly Uint8Array[] {
  return row === undefined ? [] : [row.key]
}

function numberOf(row: string): number {
  return Number(row.slice(row.indexOf("-") + 1))
}

function drop({ topic }: Followed): ListenEffect {
  return { kind: "listen", add: [], drop: [{ topic }] }
}
