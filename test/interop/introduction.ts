import { x25519 } from "@noble/curves/ed25519.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"
import { b2b, join, random, text } from "./bytes.js"
import { type Identity, isSignedBy } from "./identity.js"
import { all, bytesOf, field, numberField, numberOf, read } from "./protobuf.js"

const prefix = "colloquy_intro_1_"
const dayMs = 86_400_000

/** introduction.md, from the side of who was given one. */
export interface Introduction {
  readonly key: Uint8Array
  readonly topic: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly uses: number
  readonly digest: Uint8Array
  readonly offers: ReadonlyMap<string, Uint8Array>
}

/** The secrets of one's own (IB1-5, PV1-6), and the text to give away. */
export interface OwnIntroduction {
  readonly text: string
  readonly signed: Uint8Array
  readonly digest: Uint8Array
  readonly e: { readonly secret: Uint8Array; readonly key: Uint8Array }
  readonly e1: { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array }
  readonly prekey: { readonly id: Uint8Array; readonly secret: Uint8Array; readonly key: Uint8Array }
}

const toSign = (body: Uint8Array): Uint8Array => join("colloquy/introduction/1", Uint8Array.of(0), body)

/** INT-1: the text, or a link. */
export function readIntroduction(introduction: string): Introduction {
  const bare = introduction.trim().replace(/^colloquy:/i, "")
  const encoded = bare.startsWith(prefix) ? bare.slice(prefix.length) : ""
  const message = new Uint8Array(Buffer.from(encoded, "base64url"))
  if (Buffer.from(message).toString("base64url") !== encoded) throw new Error("no introduction")
  return readSigned(message)
}

/** An encoded SignedIntroduction. */
export function readSigned(message: Uint8Array): Introduction {
  const fields = read(message)
  const body = bytesOf(fields, 1)
  const parts = read(body)
  const key = bytesOf(parts, 1)
  if (!isSignedBy(key, toSign(body), bytesOf(fields, 2))) throw new Error("forged")
  const offers = all(parts, 6).map((offer) => read(offer))
  return {
    key,
    topic: text(bytesOf(parts, 2)),
    createdAtMs: numberOf(parts, 3),
    expiresAtMs: numberOf(parts, 4),
    uses: numberOf(parts, 5),
    digest: b2b(256, message),
    offers: new Map(offers.map((offer) => [text(bytesOf(offer, 1)), bytesOf(offer, 2)])),
  }
}

/** What a test may say otherwise than INT-7 wants it. */
export interface IntroductionBody {
  readonly key: Uint8Array
  readonly topic: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly uses: number
  readonly offers: readonly (readonly [type: string, body: Uint8Array])[]
}

function encodeBody({ key, topic, createdAtMs, expiresAtMs, uses, offers }: IntroductionBody): Uint8Array {
  return join(
    field(1, key),
    field(2, topic),
    numberField(3, createdAtMs),
    numberField(4, expiresAtMs),
    numberField(5, uses),
    ...offers.map(([type, body]) => field(6, join(field(1, type), field(2, body)))),
  )
}

export function signBody(identity: Identity, body: Uint8Array): Uint8Array {
  return join(field(1, body), field(2, identity.sign(toSign(body))))
}

export function introductionText(signed: Uint8Array): string {
  return prefix + Buffer.from(signed).toString("base64url")
}

export function makeIntroduction(
  identity: Identity,
  goodForMs = dayMs,
  otherwise: Partial<IntroductionBody> = {},
): OwnIntroduction {
  const pair = (secret = random(32)) => ({ secret, key: x25519.getPublicKey(secret) })
  const [e, prekey] = [pair(), { id: random(8), ...pair() }]
  const e1 = ml_kem768.keygen(random(64))
  const createdAtMs = identity.nowMs()
  const body = encodeBody({
    key: identity.key,
    topic: identity.topic,
    createdAtMs,
    expiresAtMs: createdAtMs + goodForMs,
    uses: 1,
    offers: [
      ["PrivateV1", field(16, join(field(1, prekey.id), field(2, prekey.key)))],
      ["InboxV1", join(e.key, e1.publicKey)],
    ],
    ...otherwise,
  })
  const signed = signBody(identity, body)
  return { text: introductionText(signed), signed, digest: b2b(256, signed), e, e1, prekey }
}
