import { nextLamport } from "../lamport.js"
import type { SdsMessage } from "../sds-message.js"
import { probeDelayMs } from "../compact/schedule.js"
import {
  type PublishedDraft,
  publishedDeadline,
  publishedDraft,
  type PublishedPatch,
  publishedPatch,
  type PublishedState,
  type SdsLog,
  sweepBy,
} from "./channel.js"
import { addToLog, causalHistoryOf } from "./deliver.js"
import { filterBytes, noteInFilter } from "./filter.js"
import { type PublishedMoment, type PublishedOptions, publishedOutgoingMax } from "./options.js"
import { requestsDue } from "./repair.js"

export interface PublishedPublication {
  /** `message` is new, `resend` one that waits for its acknowledgement, `repair` an answer to a request, maybe with someone else as sender; `sync` has no content. */
  readonly kind: "message" | "resend" | "repair" | "sync"
  readonly message: SdsMessage
}

export interface PublishedSent {
  readonly kind: "sent"
  readonly patch: PublishedPatch
  readonly publish: readonly PublishedPublication[]
  /** To be added to the log. */
  readonly logged: readonly SdsMessage[]
  readonly wakeAtMs: number | undefined
}

/** RL-48, RL-49: `full` when 1,024 messages wait for their acknowledgement. The id must be new: the same text twice is two messages. Content is not empty. */
export function sendPublished(
  state: PublishedState,
  { messageId, content }: { readonly messageId: string; readonly content: Uint8Array },
  log: SdsLog,
  moment: PublishedMoment,
  options: PublishedOptions,
): PublishedSent | { readonly kind: "full" } {
  if (state.sent.size >= publishedOutgoingMax) return { kind: "full" }
  const draft = publishedDraft(state, log)
  const { channel } = draft
  const lamport = nextLamport(channel.lamport, moment.nowMs)
  channel.lamport = lamport
  const message: SdsMessage = { ...head(draft, messageId, options), lamport, content }
  const dueAtMs = moment.nowMs + probeDelayMs(0)
  draft.sent.set(messageId, { message, attempts: 0, dueAtMs, possibly: null })
  sweepBy(draft, dueAtMs)
  const publication: PublishedPublication = { kind: "message", message: complete(draft, message, moment) }
  addToLog(draft, message, options)
  noteInFilter(draft, messageId)
  channel.syncAtMs = null
  return {
    kind: "sent",
    patch: publishedPatch(state, draft),
    publish: [publication],
    logged: [...draft.logged.values()],
    wakeAtMs: publishedDeadline(channel),
  }
}

/** RL-59: a message for which nothing is kept: without Lamport time, history and filter, delivered at once or never. */
export function ephemeralMessage(messageId: string, content: Uint8Array, options: PublishedOptions): SdsMessage {
  return { senderId: options.participant, messageId, channelId: options.channel, content }
}

/** RL-54: a message without content, which shows what we have and asks for what we miss. */
export function syncMessage(
  draft: PublishedDraft,
  messageId: string,
  moment: PublishedMoment,
  options: PublishedOptions,
): SdsMessage {
  const { channel } = draft
  channel.lamport = nextLamport(channel.lamport, moment.nowMs)
  return complete(draft, { ...head(draft, messageId, options), lamport: channel.lamport }, moment)
}

/** What is made anew each time that a message is sent: the filter, and what we ask for. */
export function complete(draft: PublishedDraft, message: SdsMessage, moment: PublishedMoment): SdsMessage {
  const repairRequest = requestsDue(draft, moment)
  return {
    ...message,
    bloomFilter: filterBytes(draft),
    ...(repairRequest.length === 0 ? {} : { repairRequest }),
  }
}

function head(draft: PublishedDraft, messageId: string, options: PublishedOptions): SdsMessage {
  const causalHistory = causalHistoryOf(draft)
  return {
    senderId: options.participant,
    messageId,
    channelId: options.channel,
    ...(causalHistory.length === 0 ? {} : { causalHistory }),
  }
}
