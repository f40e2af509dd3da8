import { chacha20poly1305 } from "@noble/ciphers/chacha.js"
import { x25519 } from "@noble/curves/ed25519.js"
import { b2b, hex, join, le32, random } from "./bytes.js"
import type { Sealed } from "./inbox.js"

/** private-v1.md, "The ratchet" and "Hints and windows". */
const label = (name: string): string => `colloquy/PrivateV1/${name}`
const farMultiples = [64, 256, 1024, 4096, 16_384, 65_536]
const beaconNumber = 65_536
const chainNumbersMax = 130_999
const stepsMax = 131_072
const skippedMax = 1024

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
  readonly key: Uint8Array
  /** Ns or Nr. */
  readonly next: number
}

interface State {
  readonly root: Uint8Array
  readonly sending?: Chain | undefined
  readonly receiving?: Chain | undefined
  readonly own?: { readonly secret: Uint8Array; readonly nextHeader: Uint8Array } | undefined
  readonly peer: Uint8Array
  readonly sendingHeader: Uint8Array
  readonly nextReceivingHeader: Uint8Array
  readonly previous: number
}

/** A message key that was passed over, under the hint of its message. */
type Skipped = readonly (readonly [string, Uint8Array])[]

/** PV1-20. */
function expectedNumbers(next: number): number[] {
  const numbers = Array.from({ length: Math.min(16, 4 + next) }, (_, index) => next + index)
  for (const multiple of farMultiples) {
    const first = Math.max(multiple, Math.ceil(next / multiple) * multiple)
    numbers.push(first, ...(next >= 64 ? [first + multiple] : []))
  }
  return numbers
}

export interface RatchetStart {
  readonly initiates: boolean
  readonly x: Uint8Array
  /** PV1-17: of the ratchet key for who initiates, of the prekey for who responds; `key` is the other one. */
  readonly secret: Uint8Array
  readonly key: Uint8Array
  readonly outgoing: Uint8Array
  readonly incoming: Uint8Array
}

export class Ratchet {
  #state: State
  #beacon: Sealed | undefined
  #mustBeHeard = false
  readonly #skipped = new Map<string, Uint8Array>()
  readonly #outgoing: Uint8Array
  readonly #incoming: Uint8Array

  constructor({ initiates, x, secret, key, outgoing, incoming }: RatchetStart) {
    const [sk, hka, nhkb] = [b2b(256, "root", x), b2b(256, "header-i2r", x), b2b(256, "header-r2i", x)]
    const { root, chain, header } = rootStep(sk, secret, key)
    const begun = { headerKey: hka, key: chain, next: 0 }
    this.#outgoing = outgoing
    this.#incoming = incoming
    this.#state = {
      root,
      peer: key,
      previous: 0,
      sendingHeader: initiates ? hka : nhkb,
      nextReceivingHeader: initiates ? nhkb : header,
      ...(initiates ? { own: { secret, nextHeader: header }, sending: begun } : { receiving: begun }),
    }
  }

  /** The hint of the first message that the initiator sends (PV1-12). */
  get firstHint(): Uint8Array {
    return hintOf((this.#state.receiving as Chain).headerKey, 0)
  }

  /** Ns of the present chain. */
  get next(): number {
    return this.#state.sending?.next ?? 0
  }

  /** Kept as it was, once the chain has come so far (PV1-22). */
  get beacon(): Sealed | undefined {
    return this.#beacon
  }

  /** Content came that was here already: its sender does not hear this side (PV1-22). */
  goOn(): void {
    this.#mustBeHeard = true
  }

  /** PV1-15, PV1-18; `again` under an expected number (PV1-22). */
  seal(padded: Uint8Array, again = false): Sealed {
    if (this.#state.sending === undefined) {
      const secret = random(32)
      const { root, chain, header } = rootStep(this.#state.root, secret, this.#state.peer)
      const sending = { headerKey: this.#state.sendingHeader, key: chain, next: 0 }
      this.#state = { ...this.#state, root, own: { secret, nextHeader: header }, sending }
    }
    const sending = this.#state.sending as Chain
    const number = again || this.#mustBeHeard ? heardNumber(sending.next) : sending.next
    if (number > chainNumbersMax) throw new Error("the chain is exhausted")
    const { messageKey, chain } = derive(sending, number)
    this.#state = { ...this.#state, sending: chain }
    this.#mustBeHeard = false
    const sealed = this.#sealAt(hintOf(chain.headerKey, number), messageKey, padded)
    if (number === beaconNumber) this.#beacon = sealed
    return sealed
  }

  #sealAt(hint: Uint8Array, messageKey: Uint8Array, padded: Uint8Array): Sealed {
    const nonce = random(12)
    const { own, previous, sending } = this.#state
    const header = join(x25519.getPublicKey((own as { secret: Uint8Array }).secret), le32(previous))
    const subkey = b2b(256, label("header"), (sending as Chain).headerKey)
    const sealedHeader = chacha20poly1305(subkey, nonce, join(this.#outgoing, hint)).encrypt(header)
    const text = chacha20poly1305(messageKey, nonce, join(this.#outgoing, hint, sealedHeader)).encrypt(padded)
    return { hint, payload: join(nonce, sealedHeader, text) }
  }

  /** `undefined` for a hint that is not expected. What fails leaves everything as it was (PV1-23). */
  open({ hint, payload }: Sealed): Uint8Array | undefined {
    const skipped = this.#skipped.get(hex(hint))
    if (skipped !== undefined) {
      const plain = this.#openText(skipped, hint, payload)
      this.#skipped.delete(hex(hint))
      return plain
    }
    const { receiving, own, nextReceivingHeader } = this.#state
    if (receiving !== undefined) {
      const number = find(receiving.headerKey, receiving.next, hint)
      if (number !== undefined) return this.#openCurrent(receiving, number, hint, payload)
    }
    const number = own === undefined ? undefined : find(nextReceivingHeader, 0, hint)
    return number === undefined ? undefined : this.#openNext(number, hint, payload)
  }

  #openCurrent(receiving: Chain, number: number, hint: Uint8Array, payload: Uint8Array): Uint8Array {
    const { key } = this.#openHeader(receiving.headerKey, hint, payload)
    if (hex(key) !== hex(this.#state.peer)) throw new Error("another ratchet key")
    const { messageKey, chain, skipped } = derive(receiving, number)
    const plain = this.#openText(messageKey, hint, payload)
    this.#state = { ...this.#state, receiving: chain }
    this.#keep(skipped)
    return plain
  }

  #openNext(number: number, hint: Uint8Array, payload: Uint8Array): Uint8Array {
    const state = this.#state
    const { key, previous } = this.#openHeader(state.nextReceivingHeader, hint, payload)
    const rest = previous - (state.receiving?.next ?? 0)
    if (rest < 0 || rest + number >= stepsMax) throw new Error("a header that contradicts what is known")
    const last = state.receiving && rest > 0 ? derive(state.receiving, previous - 1) : undefined
    const own = state.own as { readonly secret: Uint8Array; readonly nextHeader: Uint8Array }
    const { root, chain, header } = rootStep(state.root, own.secret, key)
    const next = derive({ headerKey: state.nextReceivingHeader, key: chain, next: 0 }, number)
    const plain = this.#openText(next.messageKey, hint, payload)
    if (last && state.receiving)
      this.#keep([...last.skipped, [hex(hintOf(state.receiving.headerKey, previous - 1)), last.messageKey]])
    this.#keep(next.skipped)
    this.#beacon = undefined
    this.#mustBeHeard = false
    this.#state = {
      root,
      peer: key,
      receiving: next.chain,
      nextReceivingHeader: header,
      sendingHeader: own.nextHeader,
      previous: state.sending?.next ?? 0,
    }
    return plain
  }

  /** PV1-25, without its time. */
  #keep(skipped: Skipped): void {
    for (const [hint, key] of skipped) this.#skipped.set(hint, key)
    for (const hint of this.#skipped.keys()) if (this.#skipped.size > skippedMax) this.#skipped.delete(hint)
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

/** The message key of a number, the chain after it, and the newest of the keys that were passed over. */
function derive(from: Chain, number: number): { messageKey: Uint8Array; chain: Chain; skipped: Skipped } {
  const skipped: [string, Uint8Array][] = []
  let key = from.key
  for (let at = from.next; ; at++) {
    const [messageKey, next] = chainStep(key)
    key = next
    if (at === number) return { messageKey, chain: { ...from, key, next: number + 1 }, skipped }
    if (number - at <= skippedMax) skipped.push([hex(hintOf(from.headerKey, at)), messageKey])
  }
}

/** Where a message is sent again: the smallest number that is expected, after the beacon if that was sent (PV1-22). */
function heardNumber(next: number): number {
  const base = next > beaconNumber ? beaconNumber + 1 : 0
  return Math.min(...expectedNumbers(base).filter((number) => number >= next))
}

function find(headerKey: Uint8Array, next: number, hint: Uint8Array): number | undefined {
  return expectedNumbers(next).find((number) => hex(hintOf(headerKey, number)) === hex(hint))
}
