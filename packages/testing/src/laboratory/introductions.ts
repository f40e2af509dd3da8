import {
  decodeIntroductionBytes,
  encodeIntroduction,
  type Introduction,
  type IntroductionOffer,
} from "@colloquy/client/laboratory"
import { type CarriageOffer, ColloquyError, type Crypto, empty, type TypeId } from "@colloquy/core"
import type { Household } from "./household.js"
import type { AnyInput } from "./laboratory.js"

/**
 * Makes a single-use introduction as a client does: each resident is asked for its offer, the whole is signed, and the residents learn its
 * digest. Throws the code of the resident that refused.
 */
export async function makeIntroduction(household: Household, expiresAtMs: number): Promise<Uint8Array> {
  const { account, world } = household
  const offers: IntroductionOffer[] = []
  for (const type of world.types) {
    if (type.resident === undefined) {
      offers.push({ type: type.id, body: empty })
      continue
    }
    const { outcome, offer } = await ask(household, type.id, { kind: "offer", expiresAtMs })
    if (outcome.kind !== "next" && outcome.code === "NOT_SUPPORTED") continue
    if (offer === undefined) throw refusal(type.id, outcome)
    offers.push({ type: type.id, body: offer })
  }
  const { participant, inboxTopic } = account
  const { bytes, digest } = encodeIntroduction(
    { participant, inboxTopic, createdAtMs: world.nowMs, expiresAtMs, uses: 1, offers },
    (message) => account.sign(message),
    world.crypto,
  )
  for (const { type, body } of offers) {
    if (world.types.find(({ id }) => id === type)?.resident === undefined) continue
    const input = { kind: "introduced", offer: body.slice(), introductionDigest: digest.slice(), expiresAtMs } as const
    const { outcome } = await ask(household, type, input)
    if (outcome.kind !== "next" && outcome.code !== "NOT_SUPPORTED") throw refusal(type, outcome)
  }
  return bytes
}

/** Throws the introduction's fault, `INTRODUCTION_OWN` for one's own. */
export function readIntroduction(
  bytes: Uint8Array,
  { account, world }: Household,
): Introduction & { readonly bytes: Uint8Array } {
  const decoded = decodeIntroductionBytes(bytes, world.crypto, world.nowMs)
  if (decoded.kind === "refused") throw new ColloquyError(decoded.code, "the introduction cannot be used")
  if (decoded.introduction.participant === account.participant)
    throw new ColloquyError("INTRODUCTION_OWN", "this introduction is one's own")
  return { ...decoded.introduction, bytes }
}

/** How an introduction lets a carrier reach its owner; `undefined` when it is not his, not good any more, or offers the carrier nothing. */
export function carriageOf(
  bytes: Uint8Array,
  to: string,
  carrier: TypeId,
  { crypto, nowMs }: { readonly crypto: Crypto; readonly nowMs: number },
): CarriageOffer | undefined {
  const decoded = decodeIntroductionBytes(bytes, crypto, nowMs)
  if (decoded.kind === "refused" || decoded.introduction.participant !== to) return undefined
  const { offers, digest, inboxTopic, expiresAtMs } = decoded.introduction
  const offer = offers.find(({ type }) => type === carrier)
  return offer && { offer: offer.body, introductionDigest: digest, inboxTopic, expiresAtMs }
}

async function ask(household: Household, type: TypeId, input: AnyInput) {
  const target = household.residents.get(type)
  if (target === undefined) throw new ColloquyError("RESIDENT_MISSING", `${type} has no resident here`)
  return household.handle({ target, input })
}

function refusal(type: TypeId, outcome: { readonly kind: string; readonly code?: string }): ColloquyError {
  const code = outcome.code ?? "OFFER_MISSING"
  return new ColloquyError(code, `the resident of ${type} refused: ${code}`)
}
