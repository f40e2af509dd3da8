import { x25519 } from "@noble/curves/ed25519.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"
import { b2b, join, random, text } from "./bytes.js"
import { type Identity, isSignedBy } from "./identity.js"
import { all, bytesOf, field, numberField, read } from "./protobuf.js"

const prefix = "colloquy_intro_1_"
const dayMs = 86_400_000

/** introduction.md, from the side of who was given one. */
export interface Introduction {
  readonly key: Uint8Array
  readonly topic: string
  readonly digest: Uint8Array
  readonly offers: ReadonlyMap<string, Uint8Array>
}

/** The secrets of one's own (IB1-5, PV1-6), and the text to give away. */
export interface OwnIntroduction {
  readonly text: string
  readonly digest: Uint8Array
  readonly e: { readonly secret: Uint8Array; readonly key: Uint8Array }
  readonly e1: { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array }
  readonly prekey: { readonly id: Uint8Array; readonly secret: Uint8Array; readonly key: Uint8Array }
}

const signed = (body: Uint8Array): Uint8Array => join("colloquy/introduction/1", Uint8Array.of(0), body)

export function readIntroduction(introduction: string): Introduction {
  const message = new Uint8Array(Buffer.from(introduction.trim().slice(prefix.length), "base64url"))
  const fields = read(message)
  const body = bytesOf(fields, 1)
  const parts = read(body)
  const key = bytesOf(parts, 1)
  if (!isSignedBy(key, signed(body), bytesOf(fields, 2))) throw new Error("forged")
  const offers = all(parts, 6).map((offer) => read(offer))
  return {
    key,
    topic: text(bytesOf(parts, 2)),
    digest: b2b(256, message),
    offers: new Map(offers.map((offer) => [text(bytesOf(offer, 1)), bytesOf(offer, 2)])),
  }
}

export function makeIntroduction(identity: Identity): OwnIntroduction {
  const pair = (secret = random(32)) => ({ secret, key: x25519.getPublicKey(secret) })
  const [e, prekey] = [pair(), { id: random(8), ...pair() }]
  const e1 = ml_kem768.keygen(random(64))
  const nowMs = Date.now()
  const offer = (type: string, body: Uint8Array) => field(6, join(field(1, type), field(2, body)))
  const body = join(
    field(1, identity.key),
    field(2, identity.topic),
    numberField(3, nowMs),
    numberField(4, nowMs + dayMs),
    numberField(5, 1),
    offer("PrivateV1", field(16, join(field(1, prekey.id), field(2, prekey.key)))),
    offer("InboxV1", join(e.key, e1.publicKey)),
  )
  const message = join(field(1, body), field(2, identity.sign(signed(body))))
  return { text: prefix + Buffer.from(message).toString("base64url"), digest: b2b(256, message), e, e1, prekey }
}
