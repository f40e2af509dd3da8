import type { CarryInput, Consent, ConversationContext, SendInput } from "@colloquy/core"
import {
  type CompactPublication,
  type CompactState,
  type CompactSent,
  type NewMessage,
  nextLamport,
  randomOf,
  sdsMessageId,
  segmentDigestBytes,
  sendCompact,
  splitContent,
} from "@colloquy/reliability"
import { deadline } from "./deadline.js"
import { contentBytesMax, encodeContent, encodeParcel, pieceBytesMax } from "./frames.js"
import { refused } from "./refusals.js"
import { Sealer } from "./sealer.js"
import { type Bond, type Draft, type PrivateState, ratchetOf } from "./state.js"
import type { PrivateEffect, PrivateOutcome } from "./vocabulary.js"

/** PV1-28: seals content as our next message. */
export function send(state: PrivateState, { content }: SendInput, context: ConversationContext): PrivateOutcome {
  if (content.length > contentBytesMax) return refused("PV1_CONTENT_TOO_LONG")
  const written = contentMessage(state, state.bond, content, context)
  const { message, lamport } = written
  return post(state, written, context, [{ kind: "sent", message, lamport, sentAtMs: context.nowMs }])
}

/** PV1-34: seals a parcel of any type for the peer. It is no message of the log. */
export function carry(state: PrivateState, { to, parcel }: CarryInput, context: ConversationContext): PrivateOutcome {
  if (to !== state.bond.peer) return refused("PV1_NOT_PEER")
  if (parcel.body.length > pieceBytesMax) return refused("PV1_PARCEL_TOO_LONG")
  return post(state, silentMessage(state, encodeParcel(parcel), context), context)
}

type WritingContext = Pick<ConversationContext, "crypto" | "nowMs">

/** Content as the next message. */
export function contentMessage(
  { link }: Pick<CompactState, "link">,
  { ownIdPrefix }: Bond,
  content: Uint8Array,
  { crypto, nowMs }: WritingContext,
): NewMessage {
  const lamport = nextLamport(link.lamport, nowMs)
  const frame = encodeContent(content, lamport - nowMs)
  const message = sdsMessageId(crypto, ownIdPrefix, link.sequence, frame)
  if (content.length <= pieceBytesMax) return { message, reported: true, lamport, contents: [frame] }
  const digest = crypto.hash(frame, segmentDigestBytes)
  const contents = splitContent(frame, pieceBytesMax)
  crypto.wipe(frame)
  return { message, reported: true, lamport, contents, digest }
}

/** A frame of which the application does not hear, as the next message. */
export function silentMessage(
  { link, bond }: Pick<PrivateState, "link" | "bond">,
  frame: Uint8Array,
  { crypto, nowMs }: WritingContext,
): NewMessage {
  const message = sdsMessageId(crypto, bond.ownIdPrefix, link.sequence, frame)
  return { message, reported: false, lamport: nextLamport(link.lamport, nowMs), contents: [frame] }
}

/** PV1-43: takes a message into the state; `full` when 131,072 wait for the peer. */
export function write(
  state: CompactState,
  message: NewMessage,
  { nowMs, consent }: { readonly nowMs: number; readonly consent: Consent },
): CompactSent | { readonly kind: "full" } {
  return sendCompact(state, message, {
    nowMs,
    random: randomOf(message.message),
    mayAcknowledge: consent === "allowed",
  })
}

/** Whether there were numbers for all. The last segment names the message to the outbox: it is published when all of it is. */
export function sealNew(sealer: Sealer, publish: readonly CompactPublication[], message: NewMessage): boolean {
  let left = publish.length
  for (const publication of publish) {
    const named = --left === 0 && message.reported ? message.message : undefined
    if (sealer.seal(publication, named) === undefined) return false
  }
  return true
}

/** Writes and seals a message. `before` becomes the patch, and `effects` go first. */
export function post(
  state: PrivateState,
  message: NewMessage,
  context: ConversationContext,
  effects: readonly PrivateEffect[] = [],
  before: Draft = {},
): PrivateOutcome {
  const sent = write(state, message, context)
  if (sent.kind === "full") return refused("PV1_UNACKNOWLEDGED_FULL")
  const sealer = new Sealer(state.bond, ratchetOf(state), state.beacon, context)
  if (!sealNew(sealer, sent.publish, message)) return refused("PV1_EXHAUSTED")
  const patch: Draft = before
  const { link, outgoing, gaps } = sent.patch
  if (link !== undefined) patch.link = link
  if (outgoing !== undefined) patch.outgoing = outgoing
  if (gaps !== undefined) patch.gaps = gaps
  sealer.patchInto(patch)
  const { listen } = sealer
  const all: PrivateEffect[] = listen === undefined ? [] : [listen]
  for (const effect of effects) all.push(effect)
  for (const effect of sealer.publish) all.push(effect)
  const wipe = sent.wipe.length === 0 ? sealer.wipe : [...sealer.wipe, ...sent.wipe]
  const wakeAtMs = deadline(sent.wakeAtMs, state, patch, context.consent === "allowed")
  return wakeAtMs === undefined
    ? { kind: "next", patch, effects: all, wipe }
    : { kind: "next", patch, effects: all, wipe, wakeAtMs }
}
