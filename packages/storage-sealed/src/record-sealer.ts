import { concat, storageError } from "@colloquy/core"
import type { SealingEnvironment } from "./sealing-environment.js"

const format = 1
const nonceBytes = 24

/** What a sealed value has over its plaintext: format 1, nonce 24, tag 16. */
export const recordOverheadBytes = 41

/** Seals values under one key, each bound to the key of its record (SS-8). Owns the key and wipes it. */
export class RecordSealer {
  readonly #environment: SealingEnvironment
  readonly #key: Uint8Array
  #wiped = false

  constructor(environment: SealingEnvironment, key: Uint8Array) {
    this.#environment = environment
    this.#key = key
  }

  seal(recordKey: Uint8Array, value: Uint8Array): Uint8Array {
    this.#checkOpen()
    const { crypto, random } = this.#environment
    const nonce = random(nonceBytes)
    return concat(Uint8Array.of(format), nonce, crypto.sealX(this.#key, nonce, value, boundTo(recordKey)))
  }

  /** Throws `STORE_DAMAGED` for anything that this key did not seal for this record. */
  open(recordKey: Uint8Array, sealed: Uint8Array): Uint8Array {
    this.#checkOpen()
    const whole = sealed.length >= recordOverheadBytes && sealed[0] === format
    const ciphertext = sealed.subarray(1 + nonceBytes)
    const nonce = sealed.subarray(1, 1 + nonceBytes)
    const value = whole ? this.#environment.crypto.openX(this.#key, nonce, ciphertext, boundTo(recordKey)) : undefined
    if (value === undefined) throw storageError("STORE_DAMAGED", "a record of the sealed store does not authenticate")
    return value
  }

  wipe(): void {
    this.#wiped = true
    this.#environment.crypto.wipe(this.#key)
  }

  /** Never with a key of zeros: a read that settles after closing fails as closed, not as damaged. */
  #checkOpen(): void {
    if (this.#wiped) throw storageError("STORE_CLOSED", "this store is closed")
  }
}

function boundTo(recordKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(format), recordKey)
}
