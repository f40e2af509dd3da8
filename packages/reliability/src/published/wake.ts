import { probeDelayMs, spread } from "../compact/schedule.js"
import type { SdsMessage } from "../sds-message.js"
import {
  type PublishedDraft,
  publishedDeadline,
  publishedDraft,
  type PublishedPatch,
  publishedPatch,
  type PublishedState,
  type SdsLog,
} from "./channel.js"
import { deliver, unmetIn } from "./deliver.js"
import {
  askIntervalMs,
  lostAfterMs,
  possiblyFactor,
  type PublishedMoment,
  type PublishedOptions,
  resendAttemptsMax,
  resendsMax,
} from "./options.js"
import { want } from "./repair.js"
import { planSync } from "./sync.js"
import { complete, type PublishedPublication, syncMessage } from "./send.js"

export interface PublishedWoken {
  readonly patch: PublishedPatch
  readonly publish: readonly PublishedPublication[]
  /** Messages that have waited long enough: delivered without what they depend on, and to be added to the log. */
  readonly delivered: readonly SdsMessage[]
  /** Ids of messages that the application is told to be missing. */
  readonly missing: readonly string[]
  /** Ids of ours that nobody has acknowledged in all that time. */
  readonly failed: readonly string[]
  readonly wakeAtMs: number | undefined
}

/** Does what is due. To be called at `wakeAtMs`, and at any other time without harm. */
export function wakePublished(
  state: PublishedState,
  log: SdsLog,
  moment: PublishedMoment,
  options: PublishedOptions,
): PublishedWoken {
  const draft = publishedDraft(state, log)
  const { channel } = draft
  const { nowMs } = moment
  const swept = channel.sweepAtMs !== null && channel.sweepAtMs <= nowMs
  const publish: PublishedPublication[] = []
  const delivered: SdsMessage[] = []
  const missing: string[] = []
  const failed: string[] = []
  if (swept) {
    failed.push(...resend(draft, moment, publish))
    respond(draft, moment, publish)
    delivered.push(...deliverOverdue(draft, moment, options))
    missing.push(...tellMissing(draft, moment))
  }
  const asks = swept && draft.wanted.keys().some((key) => (draft.wanted.get(key)?.requestAtMs ?? Infinity) <= nowMs)
  const shows = channel.syncAtMs !== null && channel.syncAtMs <= nowMs
  if (asks || shows) {
    const id = `sync-${Math.floor(moment.random() * 0x1_0000_0000).toString(16)}`
    publish.push({ kind: "sync", message: syncMessage(draft, id, moment, options) })
    if (shows) planSync(draft, channel.syncs + 1, moment)
  }
  if (swept) channel.sweepAtMs = nextSweepMs(draft, nowMs)
  return {
    patch: publishedPatch(state, draft),
    publish,
    delivered,
    missing,
    failed,
    wakeAtMs: publishedDeadline(channel),
  }
}

/** RL-52: unacknowledged messages before possibly acknowledged ones. */
function resend(draft: PublishedDraft, moment: PublishedMoment, publish: PublishedPublication[]): string[] {
  const { sent } = draft
  const failed: string[] = []
  const due = sent
    .keys()
    .map((id) => ({ id, row: sent.get(id) }))
    .filter(({ row }) => row !== undefined && row.dueAtMs <= moment.nowMs)
    .sort((a, b) => Number(a.row?.possibly !== null) - Number(b.row?.possibly !== null))
  for (const { id, row } of due.slice(0, resendsMax)) {
    if (row === undefined) continue
    const attempts = row.attempts + 1
    if (attempts > resendAttemptsMax) {
      sent.delete(id)
      failed.push(id)
      continue
    }
    const delayMs = spread(probeDelayMs(attempts), moment.random()) * (row.possibly === null ? 1 : possiblyFactor)
    sent.set(id, { ...row, attempts, dueAtMs: moment.nowMs + delayMs })
    publish.push({ kind: "resend", message: complete(draft, row.message, moment) })
  }
  return failed
}

/** RL-58. */
function respond({ owed, log }: PublishedDraft, { nowMs }: PublishedMoment, publish: PublishedPublication[]): void {
  const due = owed.keys().filter((id) => (owed.get(id)?.respondAtMs ?? Infinity) <= nowMs)
  for (const id of due.slice(0, resendsMax)) {
    owed.delete(id)
    const message = log.message(id)
    if (message !== undefined) publish.push({ kind: "repair", message })
  }
}

/** RL-50, RL-55: what has waited too long is delivered; what others still wait for is asked for again. */
function deliverOverdue(draft: PublishedDraft, moment: PublishedMoment, options: PublishedOptions): SdsMessage[] {
  const { incoming } = draft
  const rows = incoming
    .keys()
    .map((key) => incoming.get(key))
    .filter((row) => row !== undefined)
    .sort((a, b) => a.receivedAtMs - b.receivedAtMs)
  const delivered: SdsMessage[] = []
  for (const { message, receivedAtMs } of rows)
    if (receivedAtMs + lostAfterMs <= moment.nowMs) delivered.push(...deliver(draft, message, moment, options))
    else for (const entry of unmetIn(draft, message)) want(draft, entry, moment, options)
  return delivered
}

/** RL-60: when it is first asked for. */
function tellMissing({ wanted }: PublishedDraft, { nowMs }: PublishedMoment): string[] {
  const missing: string[] = []
  for (const id of wanted.keys()) {
    const row = wanted.get(id)
    if (row === undefined || row.reported || (row.requests === 0 && row.requestAtMs > nowMs)) continue
    wanted.set(id, { ...row, reported: true })
    missing.push(id)
  }
  return missing
}

function nextSweepMs({ sent, incoming, wanted, owed }: PublishedDraft, nowMs: number): number | null {
  let next = Infinity
  for (const key of sent.keys()) next = Math.min(next, sent.get(key)?.dueAtMs ?? Infinity)
  for (const key of owed.keys()) next = Math.min(next, owed.get(key)?.respondAtMs ?? Infinity)
  for (const key of incoming.keys()) next = Math.min(next, (incoming.get(key)?.receivedAtMs ?? Infinity) + lostAfterMs)
  for (const key of wanted.keys())
    next = Math.min(next, Math.max(wanted.get(key)?.requestAtMs ?? Infinity, nowMs + askIntervalMs))
  return next === Infinity ? null : next
}
