import {
  type CarryInput,
  type Context,
  type ConversationContext,
  type Effect,
  type ListenEffect,
  type MessageId,
  type Outcome,
  type PublishEffect,
  type SendInput,
} from "@colloquy/core"
import { type Ratchet, type RatchetSealed, sealMessage } from "@colloquy/crypto"
import { sdsMessageId } from "@colloquy/reliability"
import { contentBytesMax, encodeContent, encodeParcel, messages } from "./frames.js"
import { suiteOf } from "./keys.js"
import { sendingLamport } from "./lamport.js"
import { pad } from "./padding.js"
import { refused } from "./refusals.js"
import { listenAfterTurn } from "./routes.js"
import { type Bond, type Log, type PrivatePatch, type PrivateState, ratchetOf } from "./state.js"

type PrivateOutcome = Outcome<PrivatePatch, Effect<Record<never, never>>>

/** PV1-28: seals content as our next message. */
export function send(state: PrivateState, { content }: SendInput, context: ConversationContext): PrivateOutcome {
  if (content.length > contentBytesMax) return refused("PV1_CONTENT_TOO_LONG")
  const posted = postContent(state.bond, ratchetOf(state), state.log, content, context)
  if (posted === undefined) return refused("PV1_EXHAUSTED")
  const { message, lamport } = posted
  return finish(state, posted, context, [
    { kind: "sent", message, lamport, sentAtMs: context.nowMs },
    { ...publish(state.bond, posted.sealed), message },
  ])
}

/** PV1-34: seals a parcel of any type for the peer. It is no message of the log. */
export function carry(state: PrivateState, { to, parcel }: CarryInput, context: ConversationContext): PrivateOutcome {
  if (to !== state.bond.peer) return refused("PV1_NOT_PEER")
  if (parcel.body.length > contentBytesMax) return refused("PV1_PARCEL_TOO_LONG")
  const lamport = sendingLamport(state.log.lamport, context.nowMs)
  const posted = post(state.bond, ratchetOf(state), state.log, lamport, encodeParcel(parcel), context)
  if (posted === undefined) return refused("PV1_EXHAUSTED")
  return finish(state, posted, context, [publish(state.bond, posted.sealed)])
}

export interface Posted {
  readonly sealed: RatchetSealed
  readonly log: Log
  readonly lamport: number
  readonly message: MessageId
}

export function postContent(
  bond: Bond,
  ratchet: Ratchet,
  log: Log,
  content: Uint8Array,
  context: Context,
): Posted | undefined {
  const lamport = sendingLamport(log.lamport, context.nowMs)
  return post(bond, ratchet, log, lamport, encodeContent(content, lamport - context.nowMs), context)
}

/** `undefined` when the chain has no numbers left. Owns the frame's bytes. */
function post(
  bond: Bond,
  ratchet: Ratchet,
  log: Log,
  lamport: number,
  frame: Uint8Array,
  context: Context,
): Posted | undefined {
  const { crypto } = context
  const encoded = messages.encode({ lamport, sequence: log.sequence, content: frame })
  // Content and parcels are bounded so that every encoding fits the largest bucket.
  const plaintext = pad(encoded) as Uint8Array
  const message = sdsMessageId(crypto, bond.ownIdPrefix, log.sequence, frame)
  const sealed = sealMessage(suiteOf(crypto), ratchet, plaintext, bond.outgoing, context.random)
  crypto.wipe(frame, encoded, plaintext)
  if (sealed === undefined) return undefined
  return { sealed, log: { ...log, sequence: log.sequence + 1, lamport }, lamport, message }
}

function publish(bond: Bond, sealed: RatchetSealed): PublishEffect {
  return { kind: "publish", topic: bond.peerTopic, hint: sealed.hint, payload: sealed.payload }
}

function finish(
  state: PrivateState,
  { sealed, log }: Posted,
  context: Context,
  effects: readonly Effect<Record<never, never>>[],
): PrivateOutcome {
  const { root, sending, superseded } = sealed
  const { sweepAtMs } = log
  const patch: PrivatePatch = root === undefined ? { sending, log } : { root, sending, log }
  const turn: ListenEffect | undefined =
    root && listenAfterTurn(suiteOf(context.crypto), root.nextReceivingHeaderKey, state.bond.ownTopic)
  return {
    kind: "next",
    patch,
    effects: turn === undefined ? effects : [turn, ...effects],
    wipe: superseded,
    ...(sweepAtMs === null ? {} : { wakeAtMs: sweepAtMs }),
  }
}
