import {
  type Consent,
  type Context,
  type ConversationContext,
  type MessageId,
  type ReceiveInput,
  type Refused,
} from "@colloquy/core"
import {
  openMessage,
  ratchetOverheadBytes,
  type Ratchet,
  type RatchetOpened,
  skippedKeyLifetimeMs,
} from "@colloquy/crypto"
import {
  type CompactPublication,
  type CompactState,
  randomFrom,
  randomOf,
  receiveCompact,
  receiveSegment,
  sdsMessageId,
  segmentLimits,
  segmentOf,
  type SegmentPatch,
  type SegmentState,
  type SdsMessage,
} from "@colloquy/reliability"
import { countedAnew } from "./count.js"
import { absent, sealAgain } from "./again.js"
import { deadline } from "./deadline.js"
import { contentBytesMax, decodeSealed, messages, pieceBytesMax } from "./frames.js"
import { keepIntroductions } from "./introductions.js"
import { suiteOf } from "./keys.js"
import { hasBucketLength, unpad } from "./padding.js"
import { refused, type RefusalCode, refusedByRatchet } from "./refusals.js"
import { listenAfterOpening, locateHint } from "./routes.js"
import { Sealer } from "./sealer.js"
import { afterRollback } from "./rollback.js"
import { type Bond, type Draft, type PrivateState, ratchetOf } from "./state.js"
import type { PrivateEffect, PrivateOutcome } from "./vocabulary.js"

/** PV1-23 to PV1-33: opens a payload of the present session, or of the one before. Whatever is wrong with it, the state stays as it was. */
export function receive(state: PrivateState, input: ReceiveInput, context: ConversationContext): PrivateOutcome {
  const { bond, old } = state
  const { hint, payload } = input
  if (input.topic !== bond.ownTopic) return refused("PV1_TOPIC")
  if (hint?.length !== 16) return refused("PV1_HINT")
  if (!hasPayloadLength(payload)) return refused("PV1_LENGTH")
  const suite = suiteOf(context.crypto)
  let ratchet = ratchetOf(state)
  let { skipped } = state
  let associatedData = bond.incoming
  let position = locateHint(suite, ratchet, skipped, hint)
  const isOld = position === undefined && old !== null
  if (isOld) {
    ratchet = old.ratchet
    skipped = state.oldSkipped
    associatedData = old.incoming
    position = locateHint(suite, ratchet, skipped, hint)
  }
  if (position === undefined) return refused("PV1_HINT")
  const { nowMs } = context
  const opened = openMessage(suite, ratchet, skipped, { position, hint, payload, associatedData, nowMs })
  if (opened.kind === "refused") return refusedByRatchet(opened)
  const read = readMessage(state, bond, opened.plaintext, context)
  if (read.kind === "refused") return read

  const patch: Draft = read.patch
  const after = ratchetAfter(ratchet, opened)
  if (!isOld) keepOpened(patch, opened)
  else {
    patch.old = { ...old, ratchet: after }
    if (opened.skipped !== undefined) patch.oldSkipped = opened.skipped
  }
  const { session } = state
  if (!isOld && session.invite !== null) patch.session = { ...session, invite: null }
  if (state.sweepAtMs === null && opened.skipped !== undefined && opened.receiving !== undefined)
    patch.sweepAtMs = nowMs + skippedKeyLifetimeMs
  const listen = listenAfterOpening(suite, ratchet, position, opened, hint, bond.ownTopic)
  let { effects, wipe } = { effects: [listen, ...read.effects], wipe: opened.superseded }
  if (read.publish.length > 0 || read.isKnown) {
    const sealer = new Sealer(bond, isOld ? ratchetOf(state) : after, state.beacon, context)
    // Who sends us what we have has not heard our acknowledgement.
    if (read.isKnown) sealer.reach()
    sealAgain(sealer, read.publish, state)
    sealer.patchInto(patch)
    effects = [...effects, ...(sealer.listen === undefined ? [] : [sealer.listen]), ...sealer.publish]
    wipe = [...wipe, ...sealer.wipe]
  }
  if (read.wipe.length > 0) wipe = [...wipe, ...read.wipe]
  const wakeAtMs = deadline(read.wakeAtMs, state, patch, context.consent === "allowed")
  const outcome: PrivateOutcome =
    wakeAtMs === undefined ? { kind: "next", patch, effects, wipe } : { kind: "next", patch, effects, wipe, wakeAtMs }
  return read.isAhead ? afterRollback(state, outcome, context) : outcome
}

/** PV1-16: before anything is computed. */
export function hasPayloadLength(payload: Uint8Array): boolean {
  return hasBucketLength(payload.length - ratchetOverheadBytes)
}

interface ReadMessage {
  readonly kind: "read"
  readonly patch: Draft
  readonly effects: readonly PrivateEffect[]
  readonly publish: readonly CompactPublication[]
  readonly wipe: readonly Uint8Array[]
  readonly wakeAtMs: number | undefined
  /** Content that had been heard before. */
  readonly isKnown: boolean
  /** The peer acknowledges what we have not sent. */
  readonly isAhead: boolean
}

/** `consent` is there in a step, not in a start. */
type ReadingContext = Context & { readonly consent?: Consent }

/** What an authenticated plaintext says. Overwrites it. */
export function readMessage(
  state: CompactState & SegmentState & Pick<PrivateState, "introductions" | "sweepAtMs">,
  bond: Bond,
  plaintext: Uint8Array,
  context: ReadingContext,
): ReadMessage | Refused {
  const { crypto, nowMs } = context
  const encoded = unpad(plaintext)
  const decoded = encoded === undefined ? undefined : messages.decode(encoded)
  crypto.wipe(plaintext)
  if (decoded === undefined) return refused("PV1_PADDING")
  if (decoded.kind !== "frame") return refused("PV1_SDS")
  const message = withoutHistory(decoded.frame)
  const { sequence, content } = message
  let frame: ReadFrame | undefined
  let id: MessageId | undefined
  if (content !== undefined) {
    if (sequence === undefined || message.lamport === undefined) return refused("PV1_SDS")
    if (message.segment === undefined) {
      id = sdsMessageId(crypto, bond.peerIdPrefix, sequence, content)
      const reading = readFrame(bond, message.lamport, id, content)
      crypto.wipe(content)
      if (typeof reading === "string") return refused(reading)
      frame = reading
    } else if (segmentOf(message, bond.peer) === undefined) return refused("PV1_SDS")
  }
  const received = receiveCompact(countedAnew(state, sequence), message, {
    nowMs,
    random: id === undefined ? randomFrom((bytes) => context.random(bytes)) : randomOf(id),
    mayAcknowledge: context.consent === "allowed",
  })
  if (received.kind === "refused") return refused(received.code === "SDS_LAMPORT" ? "PV1_LAMPORT" : "PV1_SDS")
  const patch: Draft = { ...received.patch }
  const effects: PrivateEffect[] = []
  let { wipe } = received
  if (message.segment !== undefined && received.fresh) {
    const taken = readSegment(state, bond, message, context)
    if (taken.kind === "refused") return taken
    Object.assign(patch, taken.patch)
    if (state.sweepAtMs === null) patch.sweepAtMs = nowMs + segmentLimits.expiryMs
    wipe = [...wipe, ...taken.wipe]
    frame = taken.frame
  }
  for (const acknowledged of received.acknowledged)
    effects.push({ kind: "fate", message: acknowledged, fate: "acknowledged", by: bond.peer })
  for (const failed of received.failed)
    effects.push({ kind: "fate", message: failed, fate: "failed", code: "PV1_NOT_KEPT" })
  for (const number of received.missing) effects.push(absent(bond, number, "missing", context))
  if (received.recovered !== undefined) effects.push(absent(bond, received.recovered, "recovered", context))
  if (received.fresh && frame?.effect !== undefined) effects.push(frame.effect)
  const introductions = keepIntroductions(
    state,
    bond,
    received.fresh ? frame?.introductions : undefined,
    sequence,
    context,
  )
  if (introductions !== undefined) patch.introductions = introductions
  return {
    kind: "read",
    patch,
    effects,
    publish: received.publish,
    wipe,
    wakeAtMs: received.wakeAtMs,
    isKnown: content !== undefined && !received.fresh,
    isAhead: received.ahead,
  }
}

/** PV1-27: what a receiver does not act on is passed over. */
function withoutHistory(message: SdsMessage): SdsMessage {
  if (message.causalHistory === undefined && message.repairRequest === undefined) return message
  const { causalHistory: _, repairRequest: __, ...rest } = message
  return rest
}

interface ReadSegment {
  readonly kind: "segment"
  readonly patch: SegmentPatch
  readonly wipe: readonly Uint8Array[]
  /** Of the whole message, once it is whole. */
  readonly frame: ReadFrame | undefined
}

/** PV1-49: a segment, and the message when it was the last. A message that is not what its digest says, or no content, is dropped. */
function readSegment(
  state: SegmentState,
  bond: Bond,
  message: SdsMessage,
  context: ReadingContext,
): ReadSegment | Refused {
  const { crypto, nowMs } = context
  const part = segmentOf(message, bond.peer)
  if (part === undefined || part.payload.length > pieceBytesMax) return refused("PV1_SEGMENT")
  const taken = receiveSegment(state, part, nowMs, (bytes) => crypto.hash(bytes, 32))
  if (taken.kind === "refused") return refused("PV1_SEGMENT")
  if (taken.kind === "known") return { kind: "segment", patch: {}, wipe: [], frame: undefined }
  const { patch, wipe } = taken
  if (taken.kind !== "whole") return { kind: "segment", patch, wipe, frame: undefined }
  const { lamport = 0, sequence = 0 } = message
  const id = sdsMessageId(crypto, bond.peerIdPrefix, sequence - part.index, taken.content)
  const read = readFrame(bond, lamport, id, taken.content, contentBytesMax)
  crypto.wipe(taken.content)
  const isContent = typeof read !== "string" && read.effect?.kind === "deliver"
  return { kind: "segment", patch, wipe, frame: isContent ? read : undefined }
}

interface ReadFrame {
  readonly effect?: PrivateEffect
  readonly introductions?: readonly Uint8Array[]
}

function readFrame(
  bond: Bond,
  lamport: number,
  message: MessageId,
  bytes: Uint8Array,
  bytesMax: number = pieceBytesMax,
): ReadFrame | RefusalCode {
  const frame = decodeSealed(bytes, bytesMax)
  if (frame === undefined) return "PV1_FRAME"
  switch (frame.kind) {
    case "unknown":
      return { effect: { kind: "unknown-frame", from: bond.peer, tag: frame.tag } }
    case "parcel":
      return { effect: { kind: "handover", from: bond.peer, parcel: frame.parcel } }
    case "introductions":
      return { introductions: frame.introductions }
    case "withdrawn":
      return {}
    case "content": {
      if (frame.leadMs > lamport) return "PV1_LAMPORT"
      const sentAtMs = lamport - frame.leadMs
      return { effect: { kind: "deliver", message, from: bond.peer, lamport, sentAtMs, content: frame.content } }
    }
  }
}

function ratchetAfter(before: Ratchet, { root, sending, receiving }: RatchetOpened): Ratchet {
  return {
    root: root ?? before.root,
    sending: sending === undefined ? before.sending : sending,
    receiving: receiving ?? before.receiving,
  }
}

/** The ratchet's changes in a patch: only the pieces that differ. */
function keepOpened(patch: Draft, { root, sending, receiving, skipped }: RatchetOpened): void {
  if (root !== undefined) patch.root = root
  if (sending !== undefined) patch.sending = sending
  if (receiving !== undefined) patch.receiving = receiving
  if (skipped !== undefined) patch.skipped = skipped
}
