import {
  concat,
  type Context,
  type ConversationContext,
  type IntroducedInput,
  type OfferInput,
  type Outcome,
  type ResidentEffect,
  toHex,
} from "@colloquy/core"
import { inboxHint, introductionDigestBytes, offerBytes } from "./handshake.js"
import { deadline, type InboxPatch, type InboxState, introductionsMax, type OfferSecrets, offersMax } from "./state.js"

type InboxOutcome = Outcome<InboxPatch, ResidentEffect>

/** IB1-8: an offer that no introduction took up by then is erased. */
export const unintroducedMs = 24 * 60 * 60 * 1000

/** IB1-5: makes single-use keys and answers with their public halves. */
export function offer(state: InboxState, input: OfferInput, context: ConversationContext): InboxOutcome {
  if (input.expiresAtMs <= context.nowMs) return { kind: "refused", code: "INTRODUCTION_EXPIRED" }
  if (state.offers.size >= offersMax || state.introductions.size >= introductionsMax)
    return { kind: "refused", code: "INTRODUCTIONS_FULL" }
  const secrets = { agreementSeed: context.random(32), kemSeed: context.random(64) }
  const bytes = publicHalves(secrets, context)
  const row = { ...secrets, expiresAtMs: Math.min(input.expiresAtMs, context.nowMs + unintroducedMs) }
  const patch = { offers: new Map([[offerKey(bytes, context), row]]) }
  return { kind: "next", patch, effects: [{ kind: "offered", offer: bytes }], ...deadline(state, patch) }
}

/** IB1-6: the offer stands in an introduction, so its invites can be expected. */
export function introduced(state: InboxState, input: IntroducedInput, context: ConversationContext): InboxOutcome {
  const { introductionDigest, expiresAtMs } = input
  if (input.offer.length !== offerBytes || introductionDigest.length !== introductionDigestBytes)
    return { kind: "refused", code: "OFFER_UNKNOWN" }
  const key = offerKey(input.offer, context)
  const row = state.offers.get(key)
  if (row === undefined) return { kind: "refused", code: "OFFER_UNKNOWN" }
  if (expiresAtMs <= context.nowMs) return { kind: "refused", code: "INTRODUCTION_EXPIRED" }
  if (state.introductions.size >= introductionsMax) return { kind: "refused", code: "INTRODUCTIONS_FULL" }
  const hint = inboxHint(introductionDigest, context.crypto)
  const { agreementSeed, kemSeed } = row
  const introduction = { agreementSeed, kemSeed, introductionDigest: introductionDigest.slice(), expiresAtMs }
  const patch = {
    offers: new Map([[key, undefined]]),
    introductions: new Map([[toHex(hint), introduction]]),
  }
  const route = { topic: context.self.inboxTopic, hint }
  return {
    kind: "next",
    patch,
    effects: [{ kind: "listen", add: [route], drop: [] }],
    ...deadline(state, patch),
  }
}

/** `e ‖ e1`. */
function publicHalves({ agreementSeed, kemSeed }: OfferSecrets, { crypto }: Context): Uint8Array {
  const agreement = crypto.agreementKeyPair(agreementSeed)
  const kem = crypto.kemKeyPair(kemSeed)
  crypto.wipe(agreement.secretKey, kem.secretKey)
  return concat(agreement.publicKey, kem.publicKey)
}

function offerKey(bytes: Uint8Array, { crypto }: Context): string {
  return toHex(crypto.hash(bytes, 16))
}
