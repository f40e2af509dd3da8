import { compareInLog, heardLamport } from "../lamport.js"
import type { HistoryEntry, SdsMessage } from "../sds-message.js"
import { type FrontierEntry, type PublishedDraft, sweepBy } from "./channel.js"
import {
  incomingMax,
  historyDefault,
  lostAfterMs,
  tipsMax,
  type PublishedMoment,
  type PublishedOptions,
} from "./options.js"

/** RL-50: the entries of a history that are not in the log. */
export function unmetIn({ log }: PublishedDraft, message: SdsMessage): HistoryEntry[] {
  return (message.causalHistory ?? []).filter(({ messageId }) => !log.has(messageId))
}

/** RL-50: delivers a message, and then whatever waited for it. Returns them in the order in which they became deliverable. */
export function deliver(
  draft: PublishedDraft,
  message: SdsMessage,
  { nowMs }: PublishedMoment,
  options: PublishedOptions,
): SdsMessage[] {
  const delivered: SdsMessage[] = []
  const ready = [message]
  const waiting = waitingFor(draft)
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    const id = next.messageId as string
    draft.incoming.delete(id)
    if (draft.log.has(id)) continue
    draft.channel.lamport = heardLamport(draft.channel.lamport, next.lamport as number, nowMs)
    addToLog(draft, next, options)
    delivered.push(next)
    for (const key of waiting.get(id) ?? []) {
      const row = draft.incoming.get(key)
      if (row !== undefined && unmetIn(draft, row.message).length === 0) ready.push(row.message)
    }
  }
  return delivered
}

/** RL-50: keeps a message until those that it depends on have come. Returns what had to be delivered to make room. */
export function hold(
  draft: PublishedDraft,
  message: SdsMessage,
  moment: PublishedMoment,
  options: PublishedOptions,
): SdsMessage[] {
  const { incoming } = draft
  const delivered: SdsMessage[] = []
  if (incoming.size >= incomingMax) {
    const rows = incoming
      .keys()
      .map((key) => incoming.get(key))
      .filter((row) => row !== undefined)
    const oldest = rows.reduce((a, b) => (b.receivedAtMs < a.receivedAtMs ? b : a))
    delivered.push(...deliver(draft, oldest.message, moment, options))
  }
  incoming.set(message.messageId as string, { message, receivedAtMs: moment.nowMs })
  sweepBy(draft, moment.nowMs + lostAfterMs)
  return delivered
}

/** RL-49, RL-51: puts a message into the log, among the newest if it is, and in place of the tips that it depends on. */
export function addToLog(draft: PublishedDraft, message: SdsMessage, options: PublishedOptions): void {
  const { channel, logged } = draft
  const { messageId = "", senderId, lamport = 0, causalHistory = [] } = message
  logged.set(messageId, message)
  const added: FrontierEntry = { lamport, entry: senderId === undefined ? { messageId } : { messageId, senderId } }
  const frontier = [...channel.frontier, added].sort(byPlace)
  channel.frontier = frontier.slice(-(options.history ?? historyDefault))
  const covered = new Set(causalHistory.map(({ messageId }) => messageId))
  const tips = channel.tips.filter(({ entry }) => !covered.has(entry.messageId))
  channel.tips = [...tips, added].sort(byPlace).slice(-tipsMax)
}

/** RL-49: what our next message depends on, ascending. */
export function causalHistoryOf({ channel }: PublishedDraft): HistoryEntry[] {
  const places = new Map([...channel.frontier, ...channel.tips].map((place) => [place.entry.messageId, place]))
  return [...places.values()].sort(byPlace).map(({ entry }) => entry)
}

function byPlace(a: FrontierEntry, b: FrontierEntry): number {
  return compareInLog(
    { lamport: a.lamport, message: a.entry.messageId },
    { lamport: b.lamport, message: b.entry.messageId },
  )
}

/** For each id, the messages that wait for it. */
function waitingFor({ incoming, log }: PublishedDraft): Map<string, string[]> {
  const waiting = new Map<string, string[]>()
  for (const key of incoming.keys())
    for (const { messageId } of incoming.get(key)?.message.causalHistory ?? [])
      if (!log.has(messageId)) waiting.set(messageId, [...(waiting.get(messageId) ?? []), key])
  return waiting
}
