import { chacha20poly1305 } from "@noble/ciphers/chacha.js"
import { x25519 } from "@noble/curves/ed25519.js"
import { blake2b } from "@noble/hashes/blake2.js"
import { hmac } from "@noble/hashes/hmac.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"
import { b2b, bytes, hex, join, le32, le64, lp, pad, random, text, unpad } from "./bytes.js"
import { agreementKeyOf, type Identity } from "./identity.js"
import type { Introduction, OwnIntroduction } from "./introduction.js"
import { bytesOf, field, numberField, numberOf, read } from "./protobuf.js"

/** inbox-v1.md: one parcel, sealed to the owner of an introduction. */
export interface Parcel {
  readonly from: Uint8Array
  readonly type: string
  readonly kind: number
  readonly body: Uint8Array
}

export interface Sealed {
  readonly hint: Uint8Array
  readonly payload: Uint8Array
}

const protocol = "Noise_XK0hfs_25519+MLKEM768_ChaChaPoly_BLAKE2b"
const lengths = [2048, 4096, 8192, 16_384, 32_768, 65_535]
const overhead = 1200
export const inviteKind = 3

/** IB1-7. */
export function inboxHint(digest: Uint8Array): Uint8Array {
  return b2b(128, join("colloquy/InboxV1/hint", le32(0)), digest)
}

/** "Sealing, step by step". */
class Handshake {
  #h: Uint8Array = join(protocol, new Uint8Array(64 - bytes(protocol).length))
  #ck: Uint8Array = this.#h
  #k: Uint8Array = new Uint8Array(32)
  #n = 0

  mixHash(part: Uint8Array): void {
    this.#h = b2b(512, join(this.#h, part))
  }

  mixKey(secret: Uint8Array): void {
    const t = hmac(blake2b, this.#ck, secret)
    this.#ck = hmac(blake2b, t, Uint8Array.of(1))
    this.#k = hmac(blake2b, t, join(this.#ck, Uint8Array.of(2))).slice(0, 32)
    this.#n = 0
  }

  encrypt(plain: Uint8Array): Uint8Array {
    const sealed = this.#cipher().encrypt(plain)
    this.mixHash(sealed)
    return sealed
  }

  decrypt(sealed: Uint8Array): Uint8Array {
    const plain = this.#cipher().decrypt(sealed)
    this.mixHash(sealed)
    return plain
  }

  #cipher() {
    return chacha20poly1305(this.#k, join(le32(0), le64(this.#n++)), this.#h)
  }
}

function begin(owner: Uint8Array, topic: string, digest: Uint8Array, e: Uint8Array, e1: Uint8Array): Handshake {
  const digits = hex(b2b(128, lp("colloquy/conversation-id/1", "InboxV1", "participants", owner, "")))
  const handshake = new Handshake()
  handshake.mixHash(join(lp("colloquy/InboxV1/1", `/inbox/1/${digits}`, topic), digest))
  for (const key of [e, e1, agreementKeyOf(owner)]) handshake.mixHash(key)
  return handshake
}

export function sealParcel(self: Identity, introduction: Introduction, type: string, body: Uint8Array): Sealed {
  const { key, topic, digest, offers } = introduction
  const offer = offers.get("InboxV1") ?? new Uint8Array(0)
  const [e, e1] = [offer.slice(0, 32), offer.slice(32)]
  const handshake = begin(key, topic, digest, e, e1)
  const secret = random(32)
  const own = x25519.getPublicKey(secret)
  handshake.mixHash(own)
  handshake.mixKey(x25519.getSharedSecret(secret, e))
  const { cipherText, sharedSecret } = ml_kem768.encapsulate(e1, random(32))
  const encapsulated = handshake.encrypt(cipherText)
  handshake.mixKey(sharedSecret)
  handshake.mixKey(x25519.getSharedSecret(secret, agreementKeyOf(key)))
  const sender = handshake.encrypt(self.agreementKey)
  handshake.mixKey(x25519.getSharedSecret(self.agreementSecret, e))
  const plain = join(self.key, field(1, join(field(1, type), numberField(2, inviteKind), field(3, body))))
  const length = lengths.find((bucket) => bucket - overhead > plain.length) ?? 0
  const parcel = handshake.encrypt(pad(plain, length - overhead))
  return { hint: inboxHint(digest), payload: join(own, encapsulated, sender, parcel) }
}

export function openParcel(self: Identity, own: OwnIntroduction, payload: Uint8Array): Parcel {
  const handshake = begin(self.key, self.topic, own.digest, own.e.key, own.e1.publicKey)
  const e = payload.slice(0, 32)
  handshake.mixHash(e)
  handshake.mixKey(x25519.getSharedSecret(own.e.secret, e))
  handshake.mixKey(ml_kem768.decapsulate(handshake.decrypt(payload.slice(32, 1136)), own.e1.secretKey))
  handshake.mixKey(x25519.getSharedSecret(self.agreementSecret, e))
  const sender = handshake.decrypt(payload.slice(1136, 1184))
  handshake.mixKey(x25519.getSharedSecret(own.e.secret, sender))
  const plain = unpad(handshake.decrypt(payload.slice(1184)))
  const from = plain.slice(0, 32)
  if (hex(agreementKeyOf(from)) !== hex(sender)) throw new Error("another sender than the one that is named")
  const parcel = read(bytesOf(read(plain.slice(32)), 1))
  return { from, type: text(bytesOf(parcel, 1)), kind: numberOf(parcel, 2), body: bytesOf(parcel, 3) }
}
