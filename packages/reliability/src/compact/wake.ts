import type { SdsMessage } from "../sds-message.js"
import { type CompactPatch, type CompactState, draftOf, patchOf } from "./draft.js"
import { tellMissing } from "./gaps.js"
import { after, deadlineOf, type Moment } from "./moment.js"
import { messageOf, type Outgoing, probeOf } from "./outgoing.js"
import { acknowledgement, type CompactPublication, request, ride } from "./publication.js"
import { probeDelayMs } from "./schedule.js"

export interface CompactWoken {
  readonly patch: CompactPatch
  /** Numbers of the peer's whose absence the application is told of. */
  readonly missing: readonly number[]
  /** At most one probe or one sync message. */
  readonly publish: readonly CompactPublication[]
  readonly wakeAtMs: number | undefined
}

/** Does what is due. To be called at `wakeAtMs`, when acknowledging becomes allowed, and at any other time without harm. */
export function wakeCompact(state: CompactState, moment: Moment): CompactWoken {
  const draft = draftOf(state)
  const { link } = draft
  const { nowMs, mayAcknowledge } = moment
  const isDue = (time: number | null): boolean => time !== null && time <= nowMs
  const missing = isDue(link.missingAtMs) ? tellMissing(draft, nowMs) : []
  const publish: CompactPublication[] = []
  if (isDue(link.probeAtMs)) {
    const sequence = probeOf(draft)
    const row = sequence === undefined ? undefined : draft.outgoing.get(String(sequence))
    if (sequence !== undefined && row !== undefined) {
      const message = messageOf(sequence, row as Outgoing) as SdsMessage
      publish.push({ kind: "probe", message: { ...message, ...ride(draft, moment) }, attempt: link.probes })
    }
    link.probes = sequence === undefined ? 0 : link.probes + 1
    link.probeAtMs = sequence === undefined ? null : after(moment, probeDelayMs(link.probes))
  }
  const requested = request(draft, moment)
  if (mayAcknowledge && (isDue(link.acknowledgeAtMs) || requested.requested !== undefined))
    publish.push({ kind: "sync", message: { ...acknowledgement(draft, moment), ...requested } })
  return { patch: patchOf(state, draft), missing, publish, wakeAtMs: deadlineOf(link, mayAcknowledge) }
}
