import { type Codec } from "@colloquy/core"
import { acknowledgedRangesMax, type SequenceRange } from "../sds-message.js"
import { Reader, Writer } from "../varint.js"
import type { Draft } from "./draft.js"
import { gapsMax, missingReportedMax, missingToldMax, requestedRangesMax } from "./limits.js"
import { missingAfterMs, requestAgeMs } from "./schedule.js"

/** Numbers of the peer's that we have not heard, from the row's key to `last`, both included, while we have heard later ones. */
export interface Gap {
  readonly last: number
  readonly noticedAtMs: number
  /** The application knows that the numbers from here on are missing; `null` until it is told. */
  readonly reportedFrom: number | null
}

/** Three LEB128: how many more numbers than one, when noticed, reported from (one more, 0 for not yet). */
export const gapCodec: Codec<Gap> = {
  version: 1,
  encode({ last, noticedAtMs, reportedFrom }) {
    const writer = new Writer()
    writer.number(last)
    writer.number(noticedAtMs)
    writer.optional(reportedFrom)
    return writer.finish()
  },
  decode(bytes, version) {
    const reader = new Reader(bytes, version)
    const gap = { last: reader.number(), noticedAtMs: reader.number(), reportedFrom: reader.optional() }
    reader.end()
    return gap
  },
}

export interface Heard {
  /** `new` is next in order, `gap` came after numbers that are missing now, `late` fills a gap, `known` was heard before. */
  readonly kind: "new" | "gap" | "late" | "known"
  /** The application had been told that it is missing. */
  readonly reported: boolean
}

/** RL-31: notes a number of the peer's as heard. */
export function hear(draft: Draft, sequence: number, nowMs: number): Heard {
  const { link, gaps } = draft
  if (sequence >= link.heard) {
    const first = link.heard
    link.heard = sequence + 1
    if (sequence === first) return { kind: "new", reported: false }
    if (gaps.size >= gapsMax) joinOldest(draft)
    gaps.set(String(first), { last: sequence - 1, noticedAtMs: nowMs, reportedFrom: null })
    link.missingAtMs ??= nowMs + missingAfterMs
    return { kind: "gap", reported: false }
  }
  const first = firstOfGapWith(draft, sequence)
  if (first === undefined) return { kind: "known", reported: false }
  const { reportedFrom } = gaps.get(String(first)) as Gap
  cut(draft, first, { first: sequence, last: sequence })
  return { kind: "late", reported: reportedFrom !== null && sequence >= reportedFrom }
}

/** RL-37: closes the gaps in ranges that will not come. Returns the numbers that the application has not been told of, the newest of each gap. */
export function close(draft: Draft, ranges: readonly SequenceRange[]): number[] {
  const untold: number[] = []
  for (const first of draft.gaps.size === 0 ? [] : sortedFirsts(draft)) {
    const gap = draft.gaps.get(String(first))
    if (gap === undefined) continue
    let at = first
    for (const range of ranges) {
      const cutOut = { first: Math.max(range.first, at), last: Math.min(range.last, gap.last) }
      if (cutOut.first > cutOut.last) continue
      if (gap.reportedFrom === null) untold.push(...newestOf(cutOut, missingReportedMax - untold.length))
      cut(draft, at, cutOut)
      at = cutOut.last + 1
      if (at > gap.last) break
    }
  }
  return untold
}

/** RL-23: what we have, exactly: never a number in a gap. When there are too many ranges, the newest. */
export function heardRanges({ link, gaps }: Draft): SequenceRange[] {
  if (link.heard === 0) return []
  if (gaps.size === 0) return [{ first: 0, last: link.heard - 1 }]
  const ranges: SequenceRange[] = []
  let at = 0
  for (const first of sortedFirsts({ gaps })) {
    if (first > at) ranges.push({ first: at, last: first - 1 })
    at = (gaps.get(String(first)) as Gap).last + 1
  }
  if (at < link.heard) ranges.push({ first: at, last: link.heard - 1 })
  return ranges.slice(-acknowledgedRangesMax)
}

/** RL-33: the gaps to ask for, the oldest numbers first. */
export function wantedRanges(draft: Draft, nowMs: number): SequenceRange[] {
  const wanted: SequenceRange[] = []
  for (const first of sortedFirsts(draft)) {
    const { last, noticedAtMs } = draft.gaps.get(String(first)) as Gap
    if (nowMs < noticedAtMs + requestAgeMs) continue
    const before = wanted.at(-1)
    if (before !== undefined && before.last === first - 1) wanted[wanted.length - 1] = { first: before.first, last }
    else if (wanted.length === requestedRangesMax) break
    else wanted.push({ first, last })
  }
  return wanted
}

/** RL-34: the numbers whose absence the application is told of now. Sets when to look again. */
export function tellMissing(draft: Draft, nowMs: number): number[] {
  const { link, gaps } = draft
  const told: number[] = []
  let nextMs: number | null = null
  const firsts = sortedFirsts(draft)
  const room = missingToldMax - toldOf(draft, firsts)
  for (const first of firsts) {
    const gap = gaps.get(String(first)) as Gap
    if (gap.reportedFrom !== null) continue
    const dueMs = gap.noticedAtMs + missingAfterMs
    const newest = newestOf({ first, last: gap.last }, Math.min(missingReportedMax, room - told.length))
    if (dueMs <= nowMs && told.length + newest.length <= missingReportedMax) {
      told.push(...newest)
      gaps.set(String(first), { ...gap, reportedFrom: newest[0] ?? gap.last + 1 })
    } else nextMs = Math.min(nextMs ?? Infinity, Math.max(dueMs, nowMs))
  }
  link.missingAtMs = nextMs
  return told
}

/** How many missing numbers the application has been told of. */
function toldOf({ gaps }: Draft, firsts: readonly number[]): number {
  let told = 0
  for (const first of firsts) {
    const { last, reportedFrom } = gaps.get(String(first)) as Gap
    if (reportedFrom !== null) told += Math.max(0, last - Math.max(first, reportedFrom) + 1)
  }
  return told
}

/** Takes a part out of a gap. */
function cut(draft: Draft, first: number, out: SequenceRange): void {
  const { gaps } = draft
  const gap = gaps.get(String(first)) as Gap
  const before = first < out.first
  const after = out.last < gap.last
  if (before && after && gaps.size >= gapsMax) {
    joinOldest(draft)
    cut(draft, firstOfGapWith(draft, out.first) as number, out)
    return
  }
  gaps.delete(String(first))
  if (before) gaps.set(String(first), { ...gap, last: out.first - 1 })
  if (after) gaps.set(String(out.last + 1), gap)
}

/** RL-32: the two lowest gaps become one. It claims as missing what lies between: that is delivered again at worst, and never acknowledged wrongly. */
function joinOldest(draft: Draft): void {
  const { gaps } = draft
  const [first, second] = sortedFirsts(draft)
  if (first === undefined || second === undefined) return
  const low = gaps.get(String(first)) as Gap
  const high = gaps.get(String(second)) as Gap
  gaps.delete(String(second))
  gaps.set(String(first), { last: high.last, noticedAtMs: low.noticedAtMs, reportedFrom: high.last + 1 })
}

function firstOfGapWith({ gaps }: Draft, sequence: number): number | undefined {
  if (gaps.get(String(sequence)) !== undefined) return sequence
  for (const key of gaps.keys()) {
    const first = Number(key)
    if (first <= sequence && sequence <= (gaps.get(key) as Gap).last) return first
  }
  return undefined
}

function sortedFirsts({ gaps }: Pick<Draft, "gaps">): number[] {
  return gaps
    .keys()
    .map(Number)
    .sort((a, b) => a - b)
}

function newestOf({ first, last }: SequenceRange, max: number): number[] {
  const numbers: number[] = []
  for (let number = Math.max(first, last - max + 1); number <= last; number++) numbers.push(number)
  return numbers
}
