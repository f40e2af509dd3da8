import { concat, type Crypto, utf8 } from "@colloquy/core"
import { NoiseCipherState } from "./cipher-state.js"
import { noiseHashBytes, noiseHkdf } from "./key-derivation.js"

/** Noise's SymmetricState (section 5.2). It owns all of its secrets and overwrites each as soon as it is replaced. */
export class NoiseSymmetricState {
  readonly #crypto: Crypto
  #chainingKey: Uint8Array
  #hash: Uint8Array
  #cipher: NoiseCipherState | undefined

  constructor(crypto: Crypto, protocolName: string) {
    const name = utf8(protocolName)
    this.#crypto = crypto
    this.#hash =
      name.length <= noiseHashBytes
        ? concat(name, new Uint8Array(noiseHashBytes - name.length))
        : crypto.hash(name, noiseHashBytes)
    this.#chainingKey = this.#hash.slice()
  }

  get hasKey(): boolean {
    return this.#cipher !== undefined
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#crypto.hash(concat(this.#hash, data), noiseHashBytes)
  }

  /** Overwrites the material. */
  mixKey(material: Uint8Array): void {
    const [chainingKey, key] = noiseHkdf(this.#crypto, this.#chainingKey, material)
    this.#crypto.wipe(this.#chainingKey, material)
    this.#cipher?.wipe()
    this.#chainingKey = chainingKey
    this.#cipher = new NoiseCipherState(this.#crypto, key.slice(0, 32))
    this.#crypto.wipe(key)
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher === undefined ? plaintext.slice() : this.#cipher.encrypt(plaintext, this.#hash)
    this.mixHash(ciphertext)
    return ciphertext
  }

  decryptAndHash(ciphertext: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#cipher === undefined ? ciphertext.slice() : this.#cipher.decrypt(ciphertext, this.#hash)
    if (plaintext !== undefined) this.mixHash(ciphertext)
    return plaintext
  }

  /** The initiator's cipher state, then the responder's. */
  split(): [NoiseCipherState, NoiseCipherState] {
    const [first, second] = noiseHkdf(this.#crypto, this.#chainingKey, new Uint8Array(0))
    const states: [NoiseCipherState, NoiseCipherState] = [
      new NoiseCipherState(this.#crypto, first.slice(0, 32)),
      new NoiseCipherState(this.#crypto, second.slice(0, 32)),
    ]
    this.#crypto.wipe(first, second)
    return states
  }

  handshakeHash(): Uint8Array {
    return this.#hash.slice()
  }

  wipe(): void {
    this.#crypto.wipe(this.#chainingKey, this.#hash)
    this.#cipher?.wipe()
  }
}
