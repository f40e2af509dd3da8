import type { HistoryEntry, SdsMessage } from "../sds-message.js"
import { type PublishedDraft, sweepBy } from "./channel.js"
import {
  idLengthMax,
  type PublishedMoment,
  type PublishedOptions,
  repairAttemptsMax,
  repairBackoffMaxMs,
  repairMaxMs,
  repairRequestsMax,
  repairsMax,
} from "./options.js"
import { answersFor, requestDelayMs, responseDelayMs } from "./repair-times.js"

/** RL-55: notes that we miss a message, unless we know that, or have it and only wait to deliver it. */
export function want(
  draft: PublishedDraft,
  entry: HistoryEntry,
  { nowMs }: PublishedMoment,
  options: PublishedOptions,
): void {
  const { wanted, incoming } = draft
  const id = entry.messageId
  if (wanted.get(id) !== undefined || incoming.get(id) !== undefined || !isId(id)) return
  const requestAtMs = nowMs + requestDelayMs(options, id)
  if (wanted.size >= repairsMax) {
    const latest = wanted.keys().reduce((a, b) => (requestOf(draft, b) > requestOf(draft, a) ? b : a))
    if (requestOf(draft, latest) <= requestAtMs) return
    wanted.delete(latest)
  }
  wanted.set(id, { entry, requestAtMs, requests: 0, reported: false })
  sweepBy(draft, requestAtMs)
}

/**
 * RL-58: what others miss. Somebody has asked, so we need not for a while; and what we have and are among those to answer, we shall answer in a while,
 * unless somebody else does before.
 */
export function takeRequests(
  draft: PublishedDraft,
  { repairRequest = [] }: SdsMessage,
  { nowMs }: PublishedMoment,
  options: PublishedOptions,
): void {
  const { wanted, owed, log } = draft
  for (const { messageId, senderId } of repairRequest) {
    const row = wanted.get(messageId)
    if (row !== undefined) {
      const requestAtMs = Math.max(row.requestAtMs, nowMs + repairMaxMs + requestDelayMs(options, messageId))
      wanted.set(messageId, { ...row, requestAtMs })
    }
    if (senderId === undefined || owed.get(messageId) !== undefined || log.message(messageId) === undefined) continue
    if (owed.size >= repairsMax || !answersFor(options, senderId, messageId)) continue
    const respondAtMs = nowMs + responseDelayMs(options, senderId, messageId)
    owed.set(messageId, { respondAtMs })
    sweepBy(draft, respondAtMs)
  }
}

/** RL-55: what our next message asks for: the three that have been due the longest. Each waits twice as long for the next time. */
export function requestsDue({ wanted }: PublishedDraft, { nowMs }: PublishedMoment): HistoryEntry[] {
  const due = wanted
    .keys()
    .map((key) => wanted.get(key))
    .filter((row) => row !== undefined)
    .filter(({ requestAtMs }) => requestAtMs <= nowMs)
    .sort((a, b) => a.requestAtMs - b.requestAtMs)
    .slice(0, repairRequestsMax)
  for (const row of due) {
    const requests = row.requests + 1
    const backoffMs = Math.min(repairMaxMs * 2 ** requests, repairBackoffMaxMs)
    if (requests === repairAttemptsMax) wanted.delete(row.entry.messageId)
    else wanted.set(row.entry.messageId, { ...row, requests, requestAtMs: nowMs + backoffMs })
  }
  return due.map(({ entry }) => entry)
}

/** RL-46. */
export function isId(text: string | undefined): text is string {
  return text !== undefined && text.length > 0 && text.length <= idLengthMax
}

function requestOf({ wanted }: PublishedDraft, key: string): number {
  return wanted.get(key)?.requestAtMs ?? 0
}
