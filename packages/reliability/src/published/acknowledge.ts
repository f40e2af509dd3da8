import type { SdsMessage } from "../sds-message.js"
import { bloomBitsOf, bloomBytes, bloomDoubt, bloomHas } from "./bloom-filter.js"
import type { PublishedDraft } from "./channel.js"

/** RL-53: a message counts as acknowledged when the bloom filters that hold it err all together less often than this. */
const doubtMax = 1e-6
const witnessesMax = 16
/** A filter that errs more often says nothing: one of ones alone would claim everything. */
const uselessDoubt = 0.1

/** RL-53: what a message of someone else's says about ours. Returns the ids of those that are acknowledged now, and of those that are now possibly so. */
export function reviewAcknowledgements(
  { sent }: PublishedDraft,
  { causalHistory = [], bloomFilter, senderId = "" }: SdsMessage,
): { acknowledged: string[]; possiblyAcknowledged: string[] } {
  const acknowledged: string[] = []
  const possiblyAcknowledged: string[] = []
  for (const { messageId } of causalHistory) {
    if (sent.get(messageId) === undefined) continue
    sent.delete(messageId)
    acknowledged.push(messageId)
  }
  if (bloomFilter?.length !== bloomBytes || sent.size === 0) return { acknowledged, possiblyAcknowledged }
  const ownDoubt = bloomDoubt(bloomFilter)
  if (ownDoubt > uselessDoubt) return { acknowledged, possiblyAcknowledged }
  for (const id of sent.keys()) {
    const row = sent.get(id)
    if (row === undefined || row.possibly?.by.includes(senderId)) continue
    if (!bloomHas(bloomFilter, bloomBitsOf(id))) continue
    const doubt = (row.possibly?.doubt ?? 1) * ownDoubt
    if (doubt < doubtMax) {
      sent.delete(id)
      acknowledged.push(id)
      continue
    }
    possiblyAcknowledged.push(id)
    sent.set(id, { ...row, possibly: { by: [...(row.possibly?.by ?? []), senderId].slice(-witnessesMax), doubt } })
  }
  return { acknowledged, possiblyAcknowledged }
}
