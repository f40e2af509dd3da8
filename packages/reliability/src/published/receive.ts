import { lamportMax } from "../lamport.js"
import type { SdsMessage } from "../sds-message.js"
import { reviewAcknowledgements } from "./acknowledge.js"
import {
  type PublishedDraft,
  publishedDeadline,
  publishedDraft,
  type PublishedPatch,
  publishedPatch,
  type PublishedState,
  type SdsLog,
} from "./channel.js"
import { deliver, hold, unmetIn } from "./deliver.js"
import { noteInFilter } from "./filter.js"
import type { PublishedMoment, PublishedOptions } from "./options.js"
import { isId, takeRequests, want } from "./repair.js"
import { planSync, spareSync } from "./sync.js"

export interface PublishedReceived {
  readonly kind: "received"
  readonly patch: PublishedPatch
  /** To be delivered and added to the log, each after those that it depends on. */
  readonly delivered: readonly SdsMessage[]
  /** Ids of ours that at least one participant has. */
  readonly acknowledged: readonly string[]
  readonly possiblyAcknowledged: readonly string[]
  /** Ids of which the application had been told that they are missing. */
  readonly recovered: readonly string[]
  readonly wakeAtMs: number | undefined
}

/** Delivered at once, kept nowhere. The same may come twice. */
export interface EphemeralReceived {
  readonly kind: "ephemeral"
  readonly message: SdsMessage
}

export interface PublishedRefused {
  readonly kind: "refused"
  /** `SDS_CHANNEL`, `SDS_OWN` for a message of our own, `SDS_ID` for ids that are empty or too long, `SDS_LAMPORT`, `SDS_EMPTY` for what is no message. */
  readonly code: "SDS_CHANNEL" | "SDS_OWN" | "SDS_ID" | "SDS_LAMPORT" | "SDS_EMPTY"
}

/** Takes a message of someone else's in. The state is read, never written. */
export function receivePublished(
  state: PublishedState,
  message: SdsMessage,
  log: SdsLog,
  moment: PublishedMoment,
  options: PublishedOptions,
): PublishedReceived | EphemeralReceived | PublishedRefused {
  const code = refusalOf(message, options)
  if (code !== undefined) return { kind: "refused", code }
  if (message.lamport === undefined) return { kind: "ephemeral", message }
  const draft = publishedDraft(state, log)
  const reviewed = reviewAcknowledgements(draft, message)
  takeRequests(draft, message, moment, options)
  spareSync(draft, message, moment)
  const hasContent = message.content !== undefined && message.content.length > 0
  const recovered = hasContent ? noteArrival(draft, message.messageId as string) : []
  for (const entry of unmetIn(draft, message)) want(draft, entry, moment, options)
  const delivered = hasContent ? takeContent(draft, message, moment, options) : []
  return {
    kind: "received",
    patch: publishedPatch(state, draft),
    delivered,
    ...reviewed,
    recovered,
    wakeAtMs: publishedDeadline(draft.channel),
  }
}

/** RL-46, RL-47. */
function refusalOf(message: SdsMessage, options: PublishedOptions): PublishedRefused["code"] | undefined {
  const { channelId = "", senderId, messageId, lamport, content, causalHistory = [], repairRequest = [] } = message
  if (channelId !== options.channel) return "SDS_CHANNEL"
  if (senderId === options.participant) return "SDS_OWN"
  if (!isId(senderId) || !isId(messageId)) return "SDS_ID"
  for (const entry of [...causalHistory, ...repairRequest])
    if (!isId(entry.messageId) || (entry.senderId !== undefined && !isId(entry.senderId))) return "SDS_ID"
  if (lamport === undefined) return content === undefined || content.length === 0 ? "SDS_EMPTY" : undefined
  return lamport > lamportMax ? "SDS_LAMPORT" : undefined
}

/** RL-55, RL-58: a message that is here is neither asked for nor answered with. */
function noteArrival({ wanted, owed }: PublishedDraft, id: string): string[] {
  const recovered = wanted.get(id)?.reported === true ? [id] : []
  wanted.delete(id)
  owed.delete(id)
  return recovered
}

/** RL-50. */
function takeContent(
  draft: PublishedDraft,
  message: SdsMessage,
  moment: PublishedMoment,
  options: PublishedOptions,
): SdsMessage[] {
  const { channel, incoming, log } = draft
  const id = message.messageId as string
  if (channel.syncAtMs === null || channel.syncs > 0) planSync(draft, 0, moment)
  if (log.has(id) || incoming.get(id) !== undefined) return []
  noteInFilter(draft, id)
  const { bloomFilter: _, repairRequest: __, ...kept } = message
  if (unmetIn(draft, kept).length === 0) return deliver(draft, kept, moment, options)
  return hold(draft, kept, moment, options)
}
