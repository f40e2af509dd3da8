import {
  agreementKeyBytes,
  type CarriageOffer,
  type CarryInput,
  concat,
  type ConversationContext,
  equalBytes,
  inboxTopics,
  type Outcome,
  participantKey,
  type ResidentEffect,
  toHex,
} from "@colloquy/core"
import { NoiseHandshake } from "@colloquy/crypto"
import { againAt, parcelDigestOf, publishAgain, sentMax, type SentRow } from "./again.js"
import { inboxFrames, parcelBodyBytesMax, parcelFrame } from "./frames.js"
import {
  inboxConversationId,
  inboxHint,
  inboxPattern,
  inboxPrologue,
  introductionDigestBytes,
  offerBytes,
} from "./handshake.js"
import { pad } from "./padding.js"
import { deadline, firstToExpire, type InboxPatch, type InboxState } from "./state.js"
import { staticKeyOf } from "./static-key.js"

/**
 * IB1-12: seals one parcel to the owner of an introduction, and publishes it where he receives. The same parcel under the same introduction is
 * published as it was.
 */
export function carry(
  state: InboxState,
  input: CarryInput,
  context: ConversationContext,
): Outcome<InboxPatch, ResidentEffect> {
  const { using } = input
  if (using === undefined) return { kind: "refused", code: "INTRODUCTION_MISSING" }
  if (using.expiresAtMs <= context.nowMs) return { kind: "refused", code: "INTRODUCTION_EXPIRED" }
  if (using.offer.length !== offerBytes || using.introductionDigest.length !== introductionDigestBytes)
    return { kind: "refused", code: "OFFER_BAD" }
  if (!inboxTopics.permits(using.inboxTopic)) return { kind: "refused", code: "TOPIC_FOREIGN" }
  if (input.to === context.self.participant) return { kind: "refused", code: "RECIPIENT_SELF" }
  if (input.parcel.body.length > parcelBodyBytesMax) return { kind: "refused", code: "PARCEL_TOO_LONG" }
  const { inboxTopic, introductionDigest, expiresAtMs } = using
  const hint = inboxHint(introductionDigest, context.crypto)
  const parcelDigest = parcelDigestOf(input, context)
  const known = state.sent.get(toHex(hint))
  if (known !== undefined && equalBytes(known.parcelDigest, parcelDigest))
    return { kind: "next", patch: {}, effects: [publishAgain(toHex(hint), known)], ...deadline(state, {}) }
  const payload = seal(input, using, context)
  if (payload === undefined) return { kind: "refused", code: "OFFER_BAD" }
  const againAtMs = againAt(1, context.nowMs, expiresAtMs)
  const row: SentRow = { expiresAtMs, againAtMs, times: 1, parcelDigest, topic: inboxTopic, payload: payload.slice() }
  const oldest = known === undefined && state.sent.size >= sentMax ? firstToExpire(state.sent) : undefined
  const sent = new Map<string, SentRow | undefined>(oldest === undefined ? [] : [[oldest, undefined]])
  sent.set(toHex(hint), row)
  return {
    kind: "next",
    patch: { sent },
    effects: [{ kind: "publish", topic: inboxTopic, hint, payload, expiresAtMs }],
    ...deadline(state, { sent }),
  }
}

/** `undefined` when a key of the recipient is no valid one. */
function seal(input: CarryInput, using: CarriageOffer, context: ConversationContext): Uint8Array | undefined {
  const { crypto, self } = context
  const remoteStatic = crypto.agreementPublicKey(participantKey(input.to))
  if (remoteStatic === undefined) return undefined
  const padded = pad(concat(participantKey(self.participant), inboxFrames.encode(parcelFrame(input.parcel))))
  if (padded === undefined) return undefined
  const handshake = new NoiseHandshake({
    pattern: inboxPattern,
    role: "initiator",
    crypto,
    random: (bytes) => context.random(bytes),
    prologue: inboxPrologue(inboxConversationId(input.to, crypto), using.inboxTopic, using.introductionDigest),
    local: { static: staticKeyOf(context) },
    remote: {
      ephemeral: using.offer.subarray(0, agreementKeyBytes),
      kem: using.offer.subarray(agreementKeyBytes),
      static: remoteStatic,
    },
  })
  try {
    const written = handshake.write(padded)
    return written.kind === "message" ? written.message : undefined
  } finally {
    handshake.wipe()
    crypto.wipe(padded)
  }
}
