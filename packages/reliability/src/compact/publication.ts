import type { SdsMessage } from "../sds-message.js"
import type { Draft } from "./draft.js"
import { heardRanges, wantedRanges } from "./gaps.js"
import { after, type Moment } from "./moment.js"
import { requestDelayMs } from "./schedule.js"

/** Something to encrypt and publish. It shares the contents of rows: do not write to it. */
export interface CompactPublication {
  /**
   * `message` is new; `probe` is sent again for a peer who is silent; `repair` is sent again because the peer asked for it; `sync` has no content.
   * A waiting `probe` or `sync` is replaced by a later one.
   */
  readonly kind: "message" | "probe" | "repair" | "sync"
  readonly message: SdsMessage
  /** Of a probe: how many there have been since the peer was last heard to progress, from 0. */
  readonly attempt?: number
}

/** RL-23, RL-33: what rides on the next message: everything that we have of the peer's, and what we ask for if it is time. */
export function ride(draft: Draft, moment: Moment): Pick<SdsMessage, "acknowledged" | "requested"> {
  return { ...acknowledgement(draft, moment), ...request(draft, moment) }
}

export function acknowledgement(draft: Draft, { mayAcknowledge }: Moment): Pick<SdsMessage, "acknowledged"> {
  if (!mayAcknowledge) return {}
  draft.link.acknowledgeAtMs = null
  const acknowledged = heardRanges(draft)
  return acknowledged.length === 0 ? {} : { acknowledged }
}

export function request(draft: Draft, moment: Moment): Pick<SdsMessage, "requested"> {
  const { link, gaps } = draft
  if (!moment.mayAcknowledge || link.requestAtMs === null || link.requestAtMs > moment.nowMs) return {}
  const requested = gaps.size === 0 ? [] : wantedRanges(draft, moment.nowMs)
  if (requested.length > 0) link.requests++
  const delayMs = gaps.size === 0 ? undefined : requestDelayMs(link.requests)
  link.requestAtMs = delayMs === undefined ? null : after(moment, delayMs)
  return requested.length === 0 ? {} : { requested }
}
