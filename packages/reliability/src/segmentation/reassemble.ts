import { concat, equalBytes, toHex } from "@colloquy/core"
import { Rows } from "../rows.js"
import { type SdsMessage, segmentDigestBytes } from "../sds-message.js"
import {
  type PartialMessage,
  partialsMax,
  type SegmentLimits,
  segmentLimits,
  type SegmentPatch,
  type SegmentState,
} from "./partials.js"
import { segmentsReceivedMax } from "./split.js"

/** One data segment. */
export interface SegmentPart {
  /** Whoever sent it, authenticated. */
  readonly sender: string
  /**
   * What tells messages of one sender apart; `null` where only their digests do. Then two at once with the same content are one, and a segment that comes
   * again after its message was whole begins another: the layer below must let no payload through twice.
   */
  readonly message: string | null
  readonly index: number
  readonly count: number
  /** Of the whole message, 32 bytes. */
  readonly digest: Uint8Array
  readonly payload: Uint8Array
}

export type SegmentReceived =
  /** Kept. `bytes` of the message have come so far. */
  | (Step & { readonly kind: "progress"; readonly received: number; readonly count: number; readonly bytes: number })
  /** The message is complete, and is what its digest says. The caller owns the content. */
  | (Step & { readonly kind: "whole"; readonly content: Uint8Array })
  /** The message is complete and not what its digest says: all of it is dropped. */
  | (Step & { readonly kind: "invalid" })
  /** This segment, or its whole message, is here already. */
  | { readonly kind: "known" }
  /** SG-3, SG-4, SG-7, SG-8. `SEGMENTS_FULL` can be tried again later; nothing has changed. */
  | {
      readonly kind: "refused"
      readonly code: "SEGMENT_MALFORMED" | "SEGMENT_CONFLICT" | "SEGMENT_TOO_LONG" | "SEGMENTS_FULL" | "SEGMENTS_VOID"
    }

interface Step {
  readonly patch: SegmentPatch
  /** Segments that the state holds no longer: to be overwritten after the commit. */
  readonly wipe: readonly Uint8Array[]
}

export interface SegmentsExpired extends Step {
  /** Messages that will not be finished. */
  readonly expired: readonly { readonly sender: string; readonly received: number; readonly count: number }[]
}

/** The data segment in a message of the compact profile; `undefined` when it has none, or one without a digest. */
export function segmentOf({ sequence, segment, content }: SdsMessage, sender: string): SegmentPart | undefined {
  if (segment?.digest === undefined || sequence === undefined || content === undefined) return undefined
  const { index, count, digest } = segment
  return { sender, message: String(sequence - index), index, count, digest, payload: content }
}

/** SG-3 to SG-8: takes a segment in. `digestOf` is the hash of 32 bytes that the sender used. The state is read, never written; it may keep the payload. */
export function receiveSegment(
  state: SegmentState,
  part: SegmentPart,
  nowMs: number,
  digestOf: (content: Uint8Array) => Uint8Array,
  limits: SegmentLimits = segmentLimits,
): SegmentReceived {
  const { index, count, digest, payload, sender } = part
  const isNumber = Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count
  if (!isNumber || count > segmentsReceivedMax || digest.length !== segmentDigestBytes)
    return { kind: "refused", code: "SEGMENT_MALFORMED" }
  if (payload.length > limits.segmentBytesMax) return { kind: "refused", code: "SEGMENT_TOO_LONG" }
  const key = keyOf(part)
  const before = state.partials.get(key)
  if (before !== undefined && (before.count !== count || !equalBytes(before.digest, digest)))
    return { kind: "refused", code: "SEGMENT_CONFLICT" }
  if (before?.state === "void") return { kind: "refused", code: "SEGMENTS_VOID" }
  if (before?.state === "whole" || state.segments.has(rowOf(key, index))) return { kind: "known" }
  if (count > 1 && !hasRoom(state, key, part, limits)) return { kind: "refused", code: "SEGMENTS_FULL" }

  const partials = new Rows(state.partials)
  const segments = new Rows(state.segments)
  const received = (before?.received ?? 0) + 1
  const bytes = (before?.bytes ?? 0) + payload.length
  const partial = { sender, count, digest, startedAtMs: before?.startedAtMs ?? nowMs, received, bytes }
  if (before === undefined) makeRow(partials)
  if (received < count) {
    segments.set(rowOf(key, index), payload)
    partials.set(key, { ...partial, state: "open" })
    return { kind: "progress", patch: patchOf(partials, segments), wipe: [], received, count, bytes }
  }
  const wipe: Uint8Array[] = []
  const parts = Array.from({ length: count }, (_, at) => {
    if (at === index) return payload
    const row = rowOf(key, at)
    const kept = segments.get(row) as Uint8Array
    segments.delete(row)
    wipe.push(kept)
    return kept
  })
  const content = concat(...parts)
  const isWhole = equalBytes(digestOf(content), digest)
  if (isWhole && part.message === null) partials.delete(key)
  else partials.set(key, { ...partial, startedAtMs: nowMs, bytes: 0, state: isWhole ? "whole" : "void" })
  const patch = patchOf(partials, segments)
  return isWhole ? { kind: "whole", patch, wipe, content } : { kind: "invalid", patch, wipe: [...wipe, content] }
}

/** SG-8: gives up what has waited too long, and forgets what was closed long ago. */
export function expireSegments(
  state: SegmentState,
  nowMs: number,
  { expiryMs }: SegmentLimits = segmentLimits,
): SegmentsExpired {
  const partials = new Rows(state.partials)
  const segments = new Rows(state.segments)
  const wipe: Uint8Array[] = []
  const expired: { sender: string; received: number; count: number }[] = []
  for (const [key, partial] of state.partials) {
    if (partial.startedAtMs + expiryMs > nowMs) continue
    if (partial.state !== "open") {
      partials.delete(key)
      continue
    }
    const { sender, received, count } = partial
    expired.push({ sender, received, count })
    for (let index = 0; index < count; index++) {
      const row = segments.get(rowOf(key, index))
      if (row === undefined) continue
      wipe.push(row)
      segments.delete(rowOf(key, index))
    }
    partials.set(key, { ...partial, startedAtMs: nowMs, bytes: 0, state: "void" })
  }
  return { patch: patchOf(partials, segments), wipe, expired }
}

/** When `expireSegments` has something to do; `undefined` for never. */
export function segmentsDeadline(
  { partials }: SegmentState,
  { expiryMs }: SegmentLimits = segmentLimits,
): number | undefined {
  let first = Infinity
  for (const { startedAtMs } of partials.values()) first = Math.min(first, startedAtMs)
  return first === Infinity ? undefined : first + expiryMs
}

/** SG-7. The oldest open message, of all or of a sender, has room past that limit: so what was begun first can be finished, and makes room for the rest. */
function hasRoom(state: SegmentState, key: string, { sender, payload }: SegmentPart, limits: SegmentLimits): boolean {
  const all = openOf(state, () => true)
  const own = openOf(state, (partial) => partial.sender === sender)
  if (all.oldest !== key && all.bytes + payload.length > limits.bytesMax) return false
  if (own.oldest !== key && own.bytes + payload.length > limits.bytesOfSenderMax) return false
  return state.partials.has(key) || (all.count < limits.openMax && own.count < limits.openOfSenderMax)
}

function openOf(
  { partials }: SegmentState,
  counts: (partial: PartialMessage) => boolean,
): { count: number; bytes: number; oldest: string | undefined } {
  let count = 0
  let bytes = 0
  let oldest: string | undefined
  let oldestMs = Infinity
  for (const [key, partial] of partials) {
    if (partial.state !== "open" || !counts(partial)) continue
    count++
    bytes += partial.bytes
    if (partial.startedAtMs >= oldestMs) continue
    oldest = key
    oldestMs = partial.startedAtMs
  }
  return { count, bytes, oldest }
}

/** Forgets the message that was closed first, if there is no row left. */
function makeRow(partials: Rows<PartialMessage>): void {
  if (partials.size < partialsMax) return
  let first: string | undefined
  let firstMs = Infinity
  for (const key of partials.keys()) {
    const partial = partials.get(key)
    if (partial === undefined || partial.state === "open" || partial.startedAtMs >= firstMs) continue
    first = key
    firstMs = partial.startedAtMs
  }
  if (first !== undefined) partials.delete(first)
}

function patchOf(partials: Rows<PartialMessage>, segments: Rows<Uint8Array>): SegmentPatch {
  return {
    ...(partials.patch === undefined ? {} : { partials: partials.patch }),
    ...(segments.patch === undefined ? {} : { segments: segments.patch }),
  }
}

function keyOf({ sender, message, digest }: SegmentPart): string {
  return `${sender.length}:${sender}/${message ?? toHex(digest)}`
}

function rowOf(key: string, index: number): string {
  return `${key}/${index}`
}
