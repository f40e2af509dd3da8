import {
  type Context,
  type ConversationContext,
  type Effect,
  type Outcome,
  type ReceiveInput,
  type Refused,
  type WakeInput,
} from "@colloquy/core"
import {
  openMessage,
  ratchetOverheadBytes,
  type RatchetOpened,
  skippedKeyLifetimeMs,
  sweepSkippedKeys,
} from "@colloquy/crypto"
import { sdsMessageId, type SdsMessage } from "@colloquy/reliability"
import { decodeSealed, messages } from "./frames.js"
import { suiteOf } from "./keys.js"
import { heardLamport, lamportMax } from "./lamport.js"
import { hasBucketLength, unpad } from "./padding.js"
import { refused, type RefusalCode, refusedByRatchet } from "./refusals.js"
import { listenAfterOpening, listenAfterSweep, locateHint } from "./routes.js"
import { type Bond, type Log, type PrivatePatch, type PrivateState, ratchetOf } from "./state.js"

type PrivateEffect = Effect<Record<never, never>>
type PrivateOutcome = Outcome<PrivatePatch, PrivateEffect>

/** PV1-23 to PV1-33: opens a payload. Whatever is wrong with it, the state stays as it was. */
export function receive(state: PrivateState, input: ReceiveInput, context: ConversationContext): PrivateOutcome {
  const { bond, log } = state
  const { hint, payload } = input
  if (input.topic !== bond.ownTopic) return refused("PV1_TOPIC")
  if (hint?.length !== 16) return refused("PV1_HINT")
  if (!hasPayloadLength(payload)) return refused("PV1_LENGTH")
  const suite = suiteOf(context.crypto)
  const ratchet = ratchetOf(state)
  const position = locateHint(suite, ratchet, state.skipped, hint)
  if (position === undefined) return refused("PV1_HINT")
  const associatedData = bond.incoming
  const nowMs = context.nowMs
  const opened = openMessage(suite, ratchet, state.skipped, { position, hint, payload, associatedData, nowMs })
  if (opened.kind === "refused") return refusedByRatchet(opened)
  const read = readMessage(bond, log, opened.plaintext, context)
  if (read.kind === "refused") return read
  const sweepAtMs = sweepAfter(log, opened, nowMs)
  const listen = listenAfterOpening(suite, ratchet, position, opened, hint, bond.ownTopic)
  return {
    kind: "next",
    patch: { ...ratchetPatch(opened), log: { ...read.log, sweepAtMs } },
    effects: [listen, ...read.effects],
    wipe: opened.superseded,
    ...(sweepAtMs === null ? {} : { wakeAtMs: sweepAtMs }),
  }
}

/** PV1-25: erases the skipped keys whose 30 days are over. */
export function wake(state: PrivateState, _: WakeInput, context: ConversationContext): PrivateOutcome {
  const { patch, superseded, nextMs } = sweepSkippedKeys(state.skipped, context.nowMs)
  const log: Log = { ...state.log, sweepAtMs: nextMs ?? null }
  return {
    kind: "next",
    patch: { skipped: patch, log },
    effects: patch.size === 0 ? [] : [listenAfterSweep(patch, state.bond.ownTopic)],
    wipe: superseded,
    ...(nextMs === undefined ? {} : { wakeAtMs: nextMs }),
  }
}

/** PV1-16: before anything is computed. */
export function hasPayloadLength(payload: Uint8Array): boolean {
  return hasBucketLength(payload.length - ratchetOverheadBytes)
}

export interface ReadMessage {
  readonly kind: "read"
  readonly log: Log
  readonly effects: readonly PrivateEffect[]
}

/** What an authenticated plaintext says. Overwrites it. */
export function readMessage(bond: Bond, log: Log, plaintext: Uint8Array, context: Context): ReadMessage | Refused {
  const encoded = unpad(plaintext)
  const decoded = encoded === undefined ? undefined : messages.decode(encoded)
  context.crypto.wipe(plaintext)
  if (decoded === undefined) return refused("PV1_PADDING")
  if (decoded.kind !== "frame") return refused("PV1_SDS")
  const { lamport, sequence, content } = decoded.frame
  if (hasForeignFields(decoded.frame)) return refused("PV1_SDS")
  if (lamport !== undefined && lamport > lamportMax) return refused("PV1_LAMPORT")
  if (content === undefined) {
    if (sequence !== undefined) return refused("PV1_SDS")
    const heard = lamport === undefined ? log : { ...log, lamport: heardLamport(log.lamport, lamport, context.nowMs) }
    return { kind: "read", log: heard, effects: [] }
  }
  if (lamport === undefined || sequence === undefined) return refused("PV1_SDS")
  const effect = readFrame(bond, lamport, sequence, content, context)
  context.crypto.wipe(content)
  if (typeof effect === "string") return refused(effect)
  const heard = { ...log, lamport: heardLamport(log.lamport, lamport, context.nowMs) }
  return { kind: "read", log: heard, effects: [effect] }
}

/** PV1-27: what the receiver rebuilds must not be there, and segments are not for this version. */
function hasForeignFields(message: SdsMessage): boolean {
  return (
    message.senderId !== undefined ||
    message.messageId !== undefined ||
    message.channelId !== undefined ||
    message.bloomFilter !== undefined ||
    message.segment !== undefined
  )
}

function readFrame(
  bond: Bond,
  lamport: number,
  sequence: number,
  bytes: Uint8Array,
  context: Context,
): PrivateEffect | RefusalCode {
  const frame = decodeSealed(bytes)
  if (frame === undefined) return "PV1_FRAME"
  if (frame.kind === "unknown") return { kind: "unknown-frame", from: bond.peer, tag: frame.tag }
  if (frame.kind === "parcel") return { kind: "handover", from: bond.peer, parcel: frame.parcel }
  if (frame.leadMs > lamport) return "PV1_LAMPORT"
  const message = sdsMessageId(context.crypto, bond.peerIdPrefix, sequence, bytes)
  const sentAtMs = lamport - frame.leadMs
  return { kind: "deliver", message, from: bond.peer, lamport, sentAtMs, content: frame.content }
}

/** The ratchet's changes as a patch: only the pieces that differ. */
function ratchetPatch({ root, sending, receiving, skipped }: RatchetOpened): PrivatePatch {
  const patch: { -readonly [K in keyof PrivatePatch]: PrivatePatch[K] } = {}
  if (root !== undefined) patch.root = root
  if (sending !== undefined) patch.sending = sending
  if (receiving !== undefined) patch.receiving = receiving
  if (skipped !== undefined) patch.skipped = skipped
  return patch
}

/** The first deadline of a skipped key: later ones only come after it. */
function sweepAfter(log: Log, opened: RatchetOpened, nowMs: number): number | null {
  if (log.sweepAtMs !== null || opened.receiving === undefined || opened.skipped === undefined) return log.sweepAtMs
  return nowMs + skippedKeyLifetimeMs
}
