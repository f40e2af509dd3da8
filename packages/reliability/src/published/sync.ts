import type { SdsMessage } from "../sds-message.js"
import type { PublishedDraft } from "./channel.js"
import { causalHistoryOf } from "./deliver.js"
import { type PublishedMoment, syncDelaysMs } from "./options.js"

/** RL-54: a sync message after so many others since content last came; none after the third. */
export function planSync({ channel }: PublishedDraft, syncs: number, { nowMs, random }: PublishedMoment): void {
  const delayMs = syncDelaysMs[syncs]
  channel.syncs = syncs
  channel.syncAtMs = delayMs === undefined ? null : nowMs + Math.round(delayMs * (1 + 3 * random()))
}

/** RL-54: somebody else has shown all that our sync message would, and not of his own messages alone: that spares us one, so that a crowd does not answer all at once. */
export function spareSync(
  draft: PublishedDraft,
  { causalHistory = [], senderId }: SdsMessage,
  moment: PublishedMoment,
): void {
  const { syncs, syncAtMs, frontier } = draft.channel
  if (syncAtMs === null || frontier.at(-1)?.entry.senderId === senderId) return
  const shown = new Set(causalHistory.map(({ messageId }) => messageId))
  if (causalHistoryOf(draft).every(({ messageId }) => shown.has(messageId))) planSync(draft, syncs + 1, moment)
}
