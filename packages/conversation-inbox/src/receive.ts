import {
  type ConversationContext,
  type Crypto,
  equalBytes,
  fromHex,
  type Hint,
  type Outcome,
  type Participant,
  participantFromKey,
  type ReceiveInput,
  type ResidentEffect,
  toHex,
} from "@colloquy/core"
import { NoiseHandshake } from "@colloquy/crypto"
import { inboxFrames, parcelOf } from "./frames.js"
import { inboxPattern, inboxPrologue } from "./handshake.js"
import { payloadBuckets, unpad } from "./padding.js"
import {
  consumedMax,
  type ConsumedRow,
  deadline,
  type InboxPatch,
  type InboxState,
  type IntroductionRow,
  firstToExpire,
} from "./state.js"
import { staticKeyOf } from "./static-key.js"

const senderBytes = 32

type InboxOutcome = Outcome<InboxPatch, ResidentEffect>

/** IB1-16, IB1-17: opens an invite and uses up its introduction, in one step; everything that does not open changes nothing. */
export function receive(state: InboxState, input: ReceiveInput, context: ConversationContext): InboxOutcome {
  const { hint, payload } = input
  if (hint === undefined) return { kind: "refused", code: "HINT_UNKNOWN" }
  if (input.topic !== context.self.inboxTopic) return { kind: "refused", code: "TOPIC_FOREIGN" }
  const key = toHex(hint)
  const row = state.introductions.get(key)
  if (row === undefined) return { kind: "refused", code: whyUnexpected(state, key, payload, context) }
  if (row.expiresAtMs <= context.nowMs) return { kind: "refused", code: "INTRODUCTION_EXPIRED" }
  if (!payloadBuckets.includes(payload.length)) return { kind: "refused", code: "PAYLOAD_BAD_LENGTH" }
  const opened = open(row, input, context)
  if (opened.kind === "refused") return opened
  const { agreementSeed, kemSeed } = row
  const patch = consume(state, key, row, payload, context)
  const route = { topic: input.topic, hint }
  return {
    kind: "next",
    patch,
    effects: [opened.effect, { kind: "listen", add: [], drop: [route] }],
    wipe: [agreementSeed, kemSeed],
    ...deadline(state, patch),
  }
}

/** Everywhere an introduction that is out expects its invite. */
export function routes(
  state: InboxState,
  { self }: ConversationContext,
): { topic: typeof self.inboxTopic; hint: Hint }[] {
  return [...state.introductions.keys()].map((key) => ({ topic: self.inboxTopic, hint: fromHex(key) as Hint }))
}

interface Opened {
  readonly kind: "opened"
  readonly effect: ResidentEffect
}

function open(
  row: IntroductionRow,
  input: ReceiveInput,
  context: ConversationContext,
): Opened | { kind: "refused"; code: string } {
  const { crypto } = context
  const ownKey = staticKeyOf(context)
  const ephemeral = crypto.agreementKeyPair(row.agreementSeed)
  const kem = crypto.kemKeyPair(row.kemSeed)
  const handshake = new NoiseHandshake({
    pattern: inboxPattern,
    role: "responder",
    crypto,
    random: (bytes) => context.random(bytes),
    prologue: inboxPrologue(context.conversation, input.topic, row.introductionDigest),
    local: { static: ownKey, ephemeral, kem },
  })
  try {
    const read = handshake.read(input.payload)
    if (read.kind === "refused") return { kind: "refused", code: read.code }
    const plaintext = unpad(read.payload)
    if (plaintext === undefined) return { kind: "refused", code: "PADDING_BAD" }
    const sender = senderOf(plaintext, handshake.remoteStatic, ownKey.publicKey, crypto)
    if (sender === undefined) return { kind: "refused", code: "SENDER_MISMATCH" }
    return frameEffect(sender, plaintext.subarray(senderBytes))
  } finally {
    handshake.wipe()
    crypto.wipe(ephemeral.secretKey, kem.secretKey)
  }
}

/** The identity key that the payload begins with, if its X25519 form is the key that the handshake proved, and it is not our own. */
function senderOf(
  plaintext: Uint8Array,
  proved: Uint8Array | undefined,
  own: Uint8Array,
  crypto: Crypto,
): Participant | undefined {
  if (plaintext.length < senderBytes || proved === undefined) return undefined
  const key = plaintext.subarray(0, senderBytes)
  const form = crypto.agreementPublicKey(key)
  if (form === undefined || !equalBytes(form, proved)) return undefined
  return equalBytes(form, own) ? undefined : participantFromKey(key)
}

function frameEffect(from: Participant, bytes: Uint8Array): Opened | { kind: "refused"; code: string } {
  const decoded = inboxFrames.decode(bytes)
  if (decoded.kind === "refused") return { kind: "refused", code: decoded.code }
  if (decoded.kind === "unknown") return { kind: "opened", effect: { kind: "unknown-frame", from, tag: decoded.tag } }
  const { frame } = decoded.frame
  const parcel = frame.case === "parcel" ? parcelOf(frame.value) : undefined
  if (parcel === undefined) return { kind: "refused", code: "PARCEL_BAD" }
  return { kind: "opened", effect: { kind: "handover", from, parcel } }
}

function consume(
  state: InboxState,
  key: string,
  row: IntroductionRow,
  payload: Uint8Array,
  { crypto }: ConversationContext,
): InboxPatch {
  const consumed = new Map<string, ConsumedRow | undefined>()
  if (state.consumed.size >= consumedMax) {
    const forgotten = firstToExpire(state.consumed)
    if (forgotten !== undefined) consumed.set(forgotten, undefined)
  }
  consumed.set(key, { expiresAtMs: row.expiresAtMs, payloadDigest: crypto.hash(payload, 32) })
  return { introductions: new Map([[key, undefined]]), consumed }
}

/** IB1-18: as long as the introduction would have been good, a duplicate is told from a second use. */
function whyUnexpected(
  state: InboxState,
  key: string,
  payload: Uint8Array,
  { crypto, nowMs }: ConversationContext,
): string {
  const row = state.consumed.get(key)
  if (row === undefined || row.expiresAtMs <= nowMs) return "HINT_UNKNOWN"
  return equalBytes(crypto.hash(payload, 32), row.payloadDigest) ? "INVITE_DUPLICATE" : "INTRODUCTION_CONSUMED"
}
