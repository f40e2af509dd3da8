import {
  type Crypto,
  inboxTopics,
  parseTypeId,
  type Participant,
  participantFromKey,
  participantKey,
  protobufFrames,
  signingPublicKeyBytes,
  type Topic,
  type TypeId,
} from "@colloquy/core"
import {
  type Introduction as Body,
  IntroductionSchema,
  SignedIntroductionSchema,
} from "../generated/introduction_pb.js"

/** What someone needs in order to start one type of conversation with the owner. */
export interface IntroductionOffer {
  readonly type: TypeId
  /** The type's own bytes, at most {@link offerBytesMax}. Hostile until the type has decoded them. */
  readonly body: Uint8Array
}

/** What an introduction says, and its owner signs. */
export interface IntroductionTerms {
  /** The owner. */
  readonly participant: Participant
  /** Where the owner receives: the inbox bucket of that identity. */
  readonly inboxTopic: Topic
  readonly createdAtMs: number
  /** Later than created, by {@link introductionAgeMaxMs} at most. At this time it is expired. */
  readonly expiresAtMs: number
  /** How many conversations may be started with it: 1 to {@link introductionUsesMax}. */
  readonly uses: number
  /** At most {@link introductionOffersMax}, one for each type, in the owner's order. */
  readonly offers: readonly IntroductionOffer[]
}

export const introductionAgeMaxMs = 90 * 24 * 60 * 60 * 1000
export const introductionUsesMax = 65_535
export const introductionOffersMax = 16
export const offerBytesMax = 4096
/** The longest introduction as bytes, before base64url. */
export const introductionBytesMax = 69_632

export const signedIntroductions = protobufFrames({ schema: SignedIntroductionSchema, bytesMax: introductionBytesMax })
const introductionBodies = protobufFrames({ schema: IntroductionSchema, bytesMax: introductionBytesMax })

/** Why terms are not what an introduction may say; `undefined` when they are. */
export function faultOf(terms: IntroductionTerms, crypto: Crypto): string | undefined {
  const { participant, inboxTopic, createdAtMs, expiresAtMs, uses, offers } = terms
  if (!Number.isSafeInteger(createdAtMs) || !Number.isSafeInteger(expiresAtMs) || createdAtMs < 0)
    return "times are whole milliseconds from 0 up"
  if (expiresAtMs <= createdAtMs) return "it expires before it is created"
  if (expiresAtMs - createdAtMs > introductionAgeMaxMs) return "it is good for more than 90 days"
  if (!Number.isInteger(uses) || uses < 1 || uses > introductionUsesMax) return "its number of uses is out of bounds"
  if (offers.length > introductionOffersMax) return "it makes too many offers"
  if (new Set(offers.map(({ type }) => type)).size !== offers.length) return "it makes two offers for one type"
  if (offers.some(({ type }) => parseTypeId(type) === undefined)) return "an offer names no type"
  if (offers.some(({ body }) => body.length > offerBytesMax)) return "an offer is too long"
  if (!inboxTopics.permits(inboxTopic) || inboxTopics.of(participant, crypto) !== inboxTopic)
    return "its inbox topic is not the bucket of its owner"
  return undefined
}

export function encodeBody(terms: IntroductionTerms): Uint8Array {
  return introductionBodies.encode({
    $typeName: "colloquy.introduction.v1.Introduction",
    identity: participantKey(terms.participant),
    inboxTopic: terms.inboxTopic,
    createdAtMs: BigInt(terms.createdAtMs),
    expiresAtMs: BigInt(terms.expiresAtMs),
    uses: terms.uses,
    offers: terms.offers.map(({ type, body }) => ({ $typeName: "colloquy.introduction.v1.Offer", type, body })),
  })
}

/** The terms as the bytes give them, still to be verified and checked; `undefined` for what is no body. */
export function decodeBody(bytes: Uint8Array): IntroductionTerms | undefined {
  const decoded = introductionBodies.decode(bytes)
  if (decoded.kind !== "frame" || decoded.frame.identity.length !== signingPublicKeyBytes) return undefined
  return termsOf(decoded.frame)
}

function termsOf({ identity, inboxTopic, createdAtMs, expiresAtMs, uses, offers }: Body): IntroductionTerms {
  return {
    participant: participantFromKey(identity),
    inboxTopic: inboxTopic as Topic,
    createdAtMs: Number(createdAtMs),
    expiresAtMs: Number(expiresAtMs),
    uses,
    offers: offers.map(({ type, body }) => ({ type: type as TypeId, body })),
  }
}
