import type { MessageId } from "@colloquy/core"
import { heardLamport, lamportMax } from "../lamport.js"
import type { SdsMessage, SequenceRange } from "../sds-message.js"
import { type CompactPatch, type CompactState, type Draft, draftOf, patchOf } from "./draft.js"
import { close, hear } from "./gaps.js"
import { repairBytesMax, repairLookupsMax, repairMessagesMax, segmentOfCompactMax, sequenceMax } from "./limits.js"
import { after, deadlineOf, type Moment } from "./moment.js"
import { acknowledge, giveUp, messageOf } from "./outgoing.js"
import { type CompactPublication, ride } from "./publication.js"
import { acknowledgeAfterMs, probeDelayMs, repairIntervalMs, requestDelayMs } from "./schedule.js"

export interface CompactReceived {
  readonly kind: "received"
  readonly patch: CompactPatch
  /** Whether there is content that was not heard before: it is delivered only then. Nor is it then harmful to deliver it twice, under one message id. */
  readonly fresh: boolean
  /** The number of this message, when the application had been told that it is missing. */
  readonly recovered: number | undefined
  /** Numbers of the peer's that will not come, and of which the application has not been told. */
  readonly missing: readonly number[]
  /** Messages of ours that the peer has, whole. */
  readonly acknowledged: readonly MessageId[]
  /** Messages of ours that the peer misses and that we have no more. */
  readonly failed: readonly MessageId[]
  /** The peer acknowledges numbers that we have not used: our state has gone back in time. */
  readonly ahead: boolean
  readonly publish: readonly CompactPublication[]
  readonly wipe: readonly Uint8Array[]
  readonly wakeAtMs: number | undefined
}

export interface CompactRefused {
  readonly kind: "refused"
  /** `SDS_PROFILE` for a message that is not of this profile, `SDS_LAMPORT`, `SDS_SEQUENCE` for numbers out of bounds. */
  readonly code: "SDS_PROFILE" | "SDS_LAMPORT" | "SDS_SEQUENCE"
}

/** Takes an authenticated message of the peer's in. The state is read, never written. */
export function receiveCompact(
  state: CompactState,
  message: SdsMessage,
  moment: Moment,
): CompactReceived | CompactRefused {
  const code = refusalOf(message)
  if (code !== undefined) return { kind: "refused", code }
  const draft = draftOf(state)
  const { link } = draft
  const { nowMs } = moment
  if (message.lamport !== undefined) link.lamport = heardLamport(link.lamport, message.lamport, nowMs)
  const acknowledged = takeAcknowledgement(draft, message.acknowledged ?? [], moment)
  const missing = close(draft, message.unavailable ?? [])
  const content = message.sequence === undefined ? nothing : takeContent(draft, message.sequence, moment)
  const { failed, publish } = message.requested === undefined ? nothing : answer(draft, message.requested, moment)
  return {
    kind: "received",
    patch: patchOf(state, draft),
    ...acknowledged,
    missing,
    fresh: content.fresh,
    recovered: content.recovered,
    failed,
    publish,
    wipe: draft.wipe,
    wakeAtMs: deadlineOf(link, moment.mayAcknowledge),
  }
}

const nothing = { fresh: false, recovered: undefined, failed: [], publish: [] } as const

/** RL-21, RL-22. */
function refusalOf(message: SdsMessage): CompactRefused["code"] | undefined {
  const { lamport, sequence, content, segment } = message
  if (message.senderId !== undefined || message.messageId !== undefined || message.channelId !== undefined)
    return "SDS_PROFILE"
  if (message.bloomFilter !== undefined || message.causalHistory !== undefined) return "SDS_PROFILE"
  if (message.repairRequest !== undefined) return "SDS_PROFILE"
  if ((content === undefined) !== (sequence === undefined)) return "SDS_PROFILE"
  if (content !== undefined && lamport === undefined) return "SDS_PROFILE"
  if (segment !== undefined && (content === undefined || segment.count > segmentOfCompactMax)) return "SDS_PROFILE"
  if (lamport !== undefined && lamport > lamportMax) return "SDS_LAMPORT"
  if (sequence !== undefined && (sequence > sequenceMax || sequence < (segment?.index ?? 0))) return "SDS_SEQUENCE"
  return undefined
}

/** RL-25, RL-29. */
function takeAcknowledgement(
  draft: Draft,
  ranges: readonly SequenceRange[],
  moment: Moment,
): Pick<CompactReceived, "acknowledged" | "ahead"> {
  const { link, outgoing } = draft
  const waiting = outgoing.size
  const acknowledged = acknowledge(draft, ranges)
  if (outgoing.size === 0) {
    link.probes = 0
    link.probeAtMs = null
  } else if (outgoing.size < waiting) {
    link.probes = 0
    link.probeAtMs = after(moment, probeDelayMs(0))
  }
  return { acknowledged, ahead: (ranges.at(-1)?.last ?? -1) >= link.sequence }
}

/** RL-24, RL-31, RL-33. */
function takeContent(draft: Draft, sequence: number, moment: Moment): Pick<CompactReceived, "fresh" | "recovered"> {
  const { link } = draft
  const heard = hear(draft, sequence, moment.nowMs)
  link.acknowledgeAtMs ??= moment.nowMs + Math.round(acknowledgeAfterMs * (1 + moment.random()))
  if (heard.kind === "known") return nothing
  if (draft.gaps.size === 0) {
    link.requests = 0
    link.requestAtMs = null
    link.missingAtMs = null
  } else {
    if (heard.kind !== "new") link.requests = 0
    const soonMs = requestDelayMs(0) as number
    if (link.requestAtMs === null || link.requestAtMs > moment.nowMs + 2 * soonMs)
      link.requestAtMs = after(moment, soonMs)
  }
  if (link.probeAtMs !== null && link.probes > 0) {
    link.probes = 0
    link.probeAtMs = Math.min(link.probeAtMs, after(moment, probeDelayMs(0)))
  }
  return { fresh: true, recovered: heard.reported ? sequence : undefined }
}

/** RL-36, RL-37: sends again what the peer asks for, and says what will not come. */
function answer(
  draft: Draft,
  requested: readonly SequenceRange[],
  moment: Moment,
): Pick<CompactReceived, "failed" | "publish"> {
  const { link, outgoing } = draft
  const { nowMs } = moment
  const { repairedAtMs } = link
  if (repairedAtMs !== null && nowMs >= repairedAtMs && nowMs < repairedAtMs + repairIntervalMs) return nothing
  link.repairedAtMs = nowMs
  const publish: CompactPublication[] = []
  const unavailable: SequenceRange[] = []
  const failed: MessageId[] = []
  let bytes = 0
  let lookups = 0
  const old = link.unacknowledgedFrom - 1
  for (const range of requested) {
    if (range.first <= old) unavailable.push({ first: range.first, last: Math.min(range.last, old) })
    const last = Math.min(range.last, link.sequence - 1)
    for (let sequence = Math.max(range.first, old + 1); sequence <= last; sequence++) {
      if (++lookups > repairLookupsMax) break
      const row = outgoing.get(String(sequence))
      const message = row && messageOf(sequence, row)
      if (message === undefined) {
        if (row !== undefined) {
          const id = giveUp(draft, sequence, row)
          if (row.reported) failed.push(id)
        }
        if (unavailable.at(-1)?.last === sequence - 1)
          unavailable[unavailable.length - 1] = { first: unavailable.at(-1)?.first as number, last: sequence }
        else if (unavailable.length < unavailableRangesMax) unavailable.push({ first: sequence, last: sequence })
        continue
      }
      bytes += row?.content?.length ?? 0
      if (publish.length >= repairMessagesMax || (bytes > repairBytesMax && publish.length > 0)) break
      publish.push({ kind: "repair", message })
    }
  }
  if (!moment.mayAcknowledge) return { failed, publish }
  const head = publish[0]
  const extra = { ...ride(draft, moment), ...(unavailable.length === 0 ? {} : { unavailable }) }
  if (head !== undefined) publish[0] = { ...head, message: { ...head.message, ...extra } }
  else if (unavailable.length > 0) publish.push({ kind: "sync", message: extra })
  else link.acknowledgeAtMs ??= after(moment, acknowledgeAfterMs)
  return { failed, publish }
}

const unavailableRangesMax = 64
