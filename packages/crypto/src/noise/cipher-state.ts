import { ColloquyError, type Crypto, empty } from "@colloquy/core"

/**
 * Noise's CipherState with a key (section 5.1): it owns the key, counts nonces from 0, and is used in one direction only.
 * `wipe` overwrites the key; after that every call throws `NOISE_WIPED`.
 */
export class NoiseCipherState {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  readonly #nonce = new Uint8Array(12)
  #count = 0
  #wiped = false

  /** `key`: 32 bytes, which the state owns from now on. */
  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto
    this.#key = key
  }

  /** 16 bytes longer than the plaintext. Throws `NOISE_EXHAUSTED` after 2^53 - 1 messages. */
  encrypt(plaintext: Uint8Array, additional: Uint8Array = empty): Uint8Array {
    const ciphertext = this.#crypto.seal(this.#key, this.#nextNonce(), plaintext, additional)
    this.#count++
    return ciphertext
  }

  /** `undefined` when it does not authenticate; the state is then what it was. */
  decrypt(ciphertext: Uint8Array, additional: Uint8Array = empty): Uint8Array | undefined {
    const plaintext = this.#crypto.open(this.#key, this.#nextNonce(), ciphertext, additional)
    if (plaintext !== undefined) this.#count++
    return plaintext
  }

  /** Section 4.2: a new key from the old one, which is overwritten. The count goes on. */
  rekey(): void {
    const nonce = new Uint8Array(12).fill(255, 4)
    this.#assertUsable()
    const next = this.#crypto.seal(this.#key, nonce, new Uint8Array(32), empty)
    this.#key.set(next.subarray(0, 32))
    this.#crypto.wipe(next)
  }

  wipe(): void {
    this.#crypto.wipe(this.#key)
    this.#wiped = true
  }

  #nextNonce(): Uint8Array {
    this.#assertUsable()
    if (this.#count >= Number.MAX_SAFE_INTEGER)
      throw new ColloquyError("NOISE_EXHAUSTED", "this cipher state has no nonces left")
    const view = new DataView(this.#nonce.buffer)
    view.setUint32(4, this.#count % 0x1_0000_0000, true)
    view.setUint32(8, Math.floor(this.#count / 0x1_0000_0000), true)
    return this.#nonce
  }

  #assertUsable(): void {
    if (this.#wiped) throw new ColloquyError("NOISE_WIPED", "this cipher state has been wiped")
  }
}
