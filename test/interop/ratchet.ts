import { chacha20poly1305 } from "@noble/ciphers/chacha.js"
import { x25519 } from "@noble/curves/ed25519.js"
import { b2b, hex, join, le32, random } from "./bytes.js"
import type { Sealed } from "./inbox.js"

/** private-v1.md, "The ratchet" and "Hints and windows". It keeps what it passed over for ever, and trusts its peer with its time. */
const label = (name: string): string => `colloquy/PrivateV1/${name}`
const farMultiples = [64, 256, 1024, 4096, 16_384, 65_536]

/** PV1-2. */
function hintOf(headerKey: Uint8Array, number: number): Uint8Array {
  return b2b(128, join(label("hint"), le32(number)), headerKey)
}

function halves(secret: Uint8Array): readonly [Uint8Array, Uint8Array] {
  return [secret.slice(0, 32), secret.slice(32)]
}

const chainStep = (key: Uint8Array): readonly [Uint8Array, Uint8Array] => halves(b2b(512, label("chain"), key))

function rootStep(root: Uint8Array, secret: Uint8Array, key: Uint8Array): Root {
  const t = b2b(512, join(label("root"), x25519.getSharedSecret(secret, key)), root)
  return { root: b2b(256, "root", t), chain: b2b(256, "chain", t), header: b2b(256, "header", t) }
}

interface Root {
  readonly root: Uint8Array
  readonly chain: Uint8Array
  readonly header: Uint8Array
}

interface Chain {
  readonly headerKey: Uint8Array
  key: Uint8Array
  next: number
}

/** PV1-20. */
function expectedNumbers(next: number): number[] {
  const numbers = Array.from({ length: Math.min(16, 4 + next) }, (_, index) => next + index)
  for (const multiple of farMultiples) {
    const first = Math.max(multiple, Math.ceil(next / multiple) * multiple)
    numbers.push(first, ...(next >= 64 ? [first + multiple] : []))
  }
  return numbers
}

export class Ratchet {
  #root: Uint8Array
  #sending: Chain | undefined
  #receiving: Chain | undefined
  #own: { readonly secret: Uint8Array; readonly nextHeader: Uint8Array } | undefined
  #peer: Uint8Array
  #sendingHeader: Uint8Array
  #nextReceivingHeader: Uint8Array
  #previous = 0
  readonly #skipped = new Map<string, Uint8Array>()
  readonly #outgoing: Uint8Array
  readonly #incoming: Uint8Array

  /** PV1-17: `secret` is of the ratchet key for who initiates, of the prekey for who responds; `key` is the other one. */
  constructor(start: {
    readonly initiates: boolean
    readonly x: Uint8Array
    readonly secret: Uint8Array
    readonly key: Uint8Array
    readonly outgoing: Uint8Array
    readonly incoming: Uint8Array
  }) {
    const { initiates, x, secret, key, outgoing, incoming } = start
    const [sk, hka, nhkb] = [b2b(256, "root", x), b2b(256, "header-i2r", x), b2b(256, "header-r2i", x)]
    const { root, chain, header } = rootStep(sk, secret, key)
    this.#root = root
    this.#peer = key
    this.#outgoing = outgoing
    this.#incoming = incoming
    this.#sendingHeader = initiates ? hka : nhkb
    this.#nextReceivingHeader = initiates ? nhkb : header
    if (initiates) {
      this.#own = { secret, nextHeader: header }
      this.#sending = { headerKey: hka, key: chain, next: 0 }
    } else this.#receiving = { headerKey: hka, key: chain, next: 0 }
  }

  /** PV1-15, PV1-18. */
  seal(padded: Uint8Array): Sealed {
    if (this.#sending === undefined) {
      const secret = random(32)
      const { root, chain, header } = rootStep(this.#root, secret, this.#peer)
      this.#root = root
      this.#own = { secret, nextHeader: header }
      this.#sending = { headerKey: this.#sendingHeader, key: chain, next: 0 }
    }
    const chain = this.#sending
    const [messageKey, next] = chainStep(chain.key)
    const hint = hintOf(chain.headerKey, chain.next)
    chain.key = next
    chain.next++
    const nonce = random(12)
    const header = join(x25519.getPublicKey((this.#own as { secret: Uint8Array }).secret), le32(this.#previous))
    const subkey = b2b(256, label("header"), chain.headerKey)
    const sealedHeader = chacha20poly1305(subkey, nonce, join(this.#outgoing, hint)).encrypt(header)
    const text = chacha20poly1305(messageKey, nonce, join(this.#outgoing, hint, sealedHeader)).encrypt(padded)
    return { hint, payload: join(nonce, sealedHeader, text) }
  }

  /** The hint of the first message that the initiator sends (PV1-12). */
  get firstHint(): Uint8Array {
    return hintOf((this.#receiving as Chain).headerKey, 0)
  }

  /** `undefined` for a hint that is not expected. */
  open({ hint, payload }: Sealed): Uint8Array | undefined {
    const skipped = this.#skipped.get(hex(hint))
    if (skipped !== undefined) {
      this.#skipped.delete(hex(hint))
      return this.#openText(skipped, hint, payload)
    }
    if (this.#receiving !== undefined) {
      const number = find(this.#receiving.headerKey, this.#receiving.next, hint)
      if (number !== undefined) return this.#openCurrent(this.#receiving, number, hint, payload)
    }
    const number = this.#own && find(this.#nextReceivingHeader, 0, hint)
    return number === undefined ? undefined : this.#openNext(number, hint, payload)
  }

  #openCurrent(chain: Chain, number: number, hint: Uint8Array, payload: Uint8Array): Uint8Array {
    const { key } = this.#openHeader(chain.headerKey, hint, payload)
    if (hex(key) !== hex(this.#peer)) throw new Error("another ratchet key")
    return this.#openText(this.#derive(chain, number), hint, payload)
  }

  #openNext(number: number, hint: Uint8Array, payload: Uint8Array): Uint8Array {
    const own = this.#own as { readonly secret: Uint8Array; readonly nextHeader: Uint8Array }
    const { key, previous } = this.#openHeader(this.#nextReceivingHeader, hint, payload)
    if (this.#receiving !== undefined && previous > this.#receiving.next) {
      const last = this.#derive(this.#receiving, previous - 1)
      this.#skipped.set(hex(hintOf(this.#receiving.headerKey, previous - 1)), last)
    }
    const { root, chain, header } = rootStep(this.#root, own.secret, key)
    const receiving = { headerKey: this.#nextReceivingHeader, key: chain, next: 0 }
    const plain = this.#openText(this.#derive(receiving, number), hint, payload)
    this.#root = root
    this.#peer = key
    this.#receiving = receiving
    this.#nextReceivingHeader = header
    this.#sendingHeader = own.nextHeader
    this.#previous = this.#sending?.next ?? 0
    this.#own = undefined
    this.#sending = undefined
    return plain
  }

  /** The message key of a number; those before it are kept. */
  #derive(chain: Chain, number: number): Uint8Array {
    for (;;) {
      const [messageKey, next] = chainStep(chain.key)
      chain.key = next
      if (chain.next++ === number) return messageKey
      this.#skipped.set(hex(hintOf(chain.headerKey, chain.next - 1)), messageKey)
    }
  }

  #openHeader(headerKey: Uint8Array, hint: Uint8Array, payload: Uint8Array) {
    const subkey = b2b(256, label("header"), headerKey)
    const cipher = chacha20poly1305(subkey, payload.slice(0, 12), join(this.#incoming, hint))
    const header = cipher.decrypt(payload.slice(12, 64))
    return { key: header.slice(0, 32), previous: new DataView(header.buffer, header.byteOffset).getUint32(32, true) }
  }

  #openText(messageKey: Uint8Array, hint: Uint8Array, payload: Uint8Array): Uint8Array {
    const additional = join(this.#incoming, hint, payload.slice(12, 64))
    return chacha20poly1305(messageKey, payload.slice(0, 12), additional).decrypt(payload.slice(64))
  }
}

function find(headerKey: Uint8Array, next: number, hint: Uint8Array): number | undefined {
  return expectedNumbers(next).find((number) => hex(hintOf(headerKey, number)) === hex(hint))
}
