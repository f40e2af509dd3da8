import type { MessageId } from "@colloquy/core"
import type { SdsMessage, Segment } from "../sds-message.js"
import { type CompactPatch, type CompactState, draftOf, patchOf } from "./draft.js"
import { after, deadlineOf, type Moment } from "./moment.js"
import { keep, messageOf, type Outgoing, outgoingMax } from "./outgoing.js"
import { type CompactPublication, ride } from "./publication.js"
import { probeDelayMs } from "./schedule.js"

/** A message of ours. The state keeps the contents, so they must not be overwritten after. */
export interface NewMessage {
  /** Of the whole message. */
  readonly message: MessageId
  /** Whether the application shall hear of its fate; false for what is no message to it, such as a parcel. */
  readonly reported: boolean
  /** From `nextLamport(link.lamport, nowMs)`. */
  readonly lamport: number
  /** One content, or those of all segments in their order, 255 at most. They take the numbers from `link.sequence` on. */
  readonly contents: readonly Uint8Array[]
  /** Of the whole, for a message of several segments. */
  readonly digest?: Uint8Array
}

export interface CompactSent {
  readonly kind: "sent"
  readonly patch: CompactPatch
  /** One `message` for each content, in their order. */
  readonly publish: readonly CompactPublication[]
  /** Contents that the state holds no longer: to be overwritten after the commit. */
  readonly wipe: readonly Uint8Array[]
  readonly wakeAtMs: number | undefined
}

/** RL-26: `full` when 131,072 messages wait for their acknowledgement. */
export function sendCompact(
  state: CompactState,
  { message, reported, lamport, contents, digest }: NewMessage,
  moment: Moment,
): CompactSent | { readonly kind: "full" } {
  if (state.outgoing.size + contents.length > outgoingMax) return { kind: "full" }
  const draft = draftOf(state)
  const { link } = draft
  const count = contents.length
  const publish: CompactPublication[] = []
  for (let index = 0; index < count; index++) {
    const content = contents[index] as Uint8Array
    const segment: Segment | null = count === 1 ? null : { index, count, ...(digest === undefined ? {} : { digest }) }
    const row: Outgoing = { message, reported, lamport, segment, content }
    const sds = messageOf(link.sequence, row) as SdsMessage
    keep(draft, row)
    publish.push({ kind: "message", message: index === 0 ? { ...sds, ...ride(draft, moment) } : sds })
  }
  link.lamport = lamport
  link.probeAtMs ??= after(moment, probeDelayMs(0))
  return {
    kind: "sent",
    patch: patchOf(state, draft),
    publish,
    wipe: draft.wipe,
    wakeAtMs: deadlineOf(link, moment.mayAcknowledge),
  }
}
