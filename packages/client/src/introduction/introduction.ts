import {
  ColloquyError,
  concat,
  type Crypto,
  fromBase64url,
  participantKey,
  signatureBytes,
  toBase64url,
  utf8,
} from "@colloquy/core"
import {
  decodeBody,
  encodeBody,
  faultOf,
  introductionBytesMax,
  type IntroductionTerms,
  signedIntroductions,
} from "./introduction-body.js"

export {
  introductionAgeMaxMs,
  introductionBytesMax,
  type IntroductionOffer,
  type IntroductionTerms,
} from "./introduction-body.js"

/** An introduction whose signature was verified. */
export interface Introduction extends IntroductionTerms {
  /** BLAKE2b-256 of the whole introduction as it was received, signature included: 32 bytes. */
  readonly digest: Uint8Array
}

/**
 * `INTRODUCTION_MALFORMED`: none at all, or one that says what it may not. `INTRODUCTION_TRUNCATED`: its end is missing.
 * `INTRODUCTION_VERSION`: of another version. `INTRODUCTION_FORGED`: not signed by the identity in it. `INTRODUCTION_EARLY`: created more than
 * a day from now: one of two clocks is wrong.
 */
export type IntroductionRefusal =
  | "INTRODUCTION_MALFORMED"
  | "INTRODUCTION_TRUNCATED"
  | "INTRODUCTION_TOO_LONG"
  | "INTRODUCTION_VERSION"
  | "INTRODUCTION_FORGED"
  | "INTRODUCTION_EXPIRED"
  | "INTRODUCTION_EARLY"

export type DecodedIntroduction =
  | { readonly kind: "introduction"; readonly introduction: Introduction }
  | { readonly kind: "refused"; readonly code: IntroductionRefusal }

/** The longest text that is looked at, in characters, white space and link form included. */
export const introductionTextMax = 98_304
/** How far ahead of this clock the owner's may be. */
export const introductionSkewMaxMs = 24 * 60 * 60 * 1000

export const prefix = "colloquy_intro_1_"
const link = "colloquy:"
export const signatureLabelText = "colloquy/introduction/1"
const signatureLabel = utf8(`${signatureLabelText}\0`)

/**
 * Makes an introduction (specs/introduction.md): its text, and the digest that every holder of it computes. `sign` is Ed25519 by the owner.
 * Whoever holds it can start a conversation, learns the owner's identity, and can show the signature to others. Throws `BAD_INTRODUCTION`.
 */
export function encodeIntroduction(
  terms: IntroductionTerms,
  sign: (message: Uint8Array) => Uint8Array,
  crypto: Crypto,
): { readonly text: string; readonly bytes: Uint8Array; readonly digest: Uint8Array } {
  const fault = faultOf(terms, crypto)
  if (fault !== undefined) throw new ColloquyError("BAD_INTRODUCTION", `this introduction cannot be made: ${fault}`)
  const body = encodeBody(terms)
  const signature = sign(signedBytes(body))
  const bytes = signedIntroductions.encode({
    $typeName: "colloquy.introduction.v1.SignedIntroduction",
    body,
    signature,
  })
  return { text: prefix + toBase64url(bytes), bytes, digest: crypto.hash(bytes, 32) }
}

/**
 * Reads and verifies an introduction, with white space around it or as a `colloquy:` link. Never throws. That it was not used before, and is
 * not one's own, is for the caller to check.
 */
export function decodeIntroduction(text: string, crypto: Crypto, nowMs: number): DecodedIntroduction {
  if (text.length > introductionTextMax) return refused("INTRODUCTION_TOO_LONG")
  const encoded = withoutPrefix(text.trim())
  if (typeof encoded !== "string") return encoded
  const bytes = fromBase64url(encoded)
  if (bytes === undefined) return refused(isCutShort(encoded) ? "INTRODUCTION_TRUNCATED" : "INTRODUCTION_MALFORMED")
  return decodeIntroductionBytes(bytes, crypto, nowMs)
}

/** The same of an introduction in its binary form. */
export function decodeIntroductionBytes(bytes: Uint8Array, crypto: Crypto, nowMs: number): DecodedIntroduction {
  if (bytes.length > introductionBytesMax) return refused("INTRODUCTION_TOO_LONG")
  const outer = signedIntroductions.decode(bytes)
  if (outer.kind !== "frame") return refused(isTruncated(bytes) ? "INTRODUCTION_TRUNCATED" : "INTRODUCTION_MALFORMED")
  const { body, signature } = outer.frame
  if (signature.length === 0) return refused("INTRODUCTION_TRUNCATED")
  const terms = decodeBody(body)
  if (terms === undefined || signature.length !== signatureBytes) return refused("INTRODUCTION_MALFORMED")
  if (!crypto.verify(participantKey(terms.participant), signedBytes(body), signature))
    return refused("INTRODUCTION_FORGED")
  if (faultOf(terms, crypto) !== undefined) return refused("INTRODUCTION_MALFORMED")
  if (terms.createdAtMs > nowMs + introductionSkewMaxMs) return refused("INTRODUCTION_EARLY")
  if (terms.expiresAtMs <= nowMs) return refused("INTRODUCTION_EXPIRED")
  return { kind: "introduction", introduction: { ...terms, digest: crypto.hash(bytes, 32) } }
}

/** The base64url after the prefix. */
function withoutPrefix(text: string): string | DecodedIntroduction {
  const isLink = text.slice(0, link.length).toLowerCase() === link
  const bare = isLink ? text.slice(link.length) : text
  if (bare.startsWith(prefix)) return bare.slice(prefix.length)
  if (/^colloquy_intro_[0-9]{1,6}_/.test(bare)) return refused("INTRODUCTION_VERSION")
  const isStart = text.length > 0 && (prefix.startsWith(bare) || link.startsWith(text))
  return refused(isStart ? "INTRODUCTION_TRUNCATED" : "INTRODUCTION_MALFORMED")
}

/** Whether text that is no base64url is the start of an introduction, cut within a group of four characters. */
function isCutShort(encoded: string): boolean {
  const whole = fromBase64url(encoded.slice(0, encoded.length - (encoded.length % 4)))
  return whole !== undefined && /^[\w-]*$/.test(encoded) && isTruncated(whole)
}

function isTruncated(bytes: Uint8Array): boolean {
  const outer = signedIntroductions.decode(bytes)
  if (outer.kind === "frame") return outer.frame.signature.length === 0
  return outer.kind === "refused" && outer.code === "FRAME_TRUNCATED"
}

function signedBytes(body: Uint8Array): Uint8Array {
  return concat(signatureLabel, body)
}

function refused(code: IntroductionRefusal): DecodedIntroduction {
  return { kind: "refused", code }
}
