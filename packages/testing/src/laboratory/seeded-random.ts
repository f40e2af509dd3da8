import { type Crypto, lengthPrefixed, le64 } from "@colloquy/core"

const blockBytes = 64

/** Bytes that follow from a key and a place: each draw begins a new block. */
export class SeededRandom {
  readonly #crypto: Crypto
  readonly #key: Uint8Array
  #place: number

  constructor(crypto: Crypto, key: Uint8Array, place = 0) {
    this.#crypto = crypto
    this.#key = key
    this.#place = place
  }

  static of(crypto: Crypto, ...seed: readonly string[]): SeededRandom {
    return new SeededRandom(crypto, crypto.hash(lengthPrefixed("colloquy/laboratory", ...seed), 32))
  }

  draw(bytes: number): Uint8Array {
    const drawn = new Uint8Array(bytes)
    for (let at = 0; at < bytes; at += blockBytes) {
      const block = this.#crypto.hash(le64(this.#place++), blockBytes, this.#key)
      drawn.set(bytes - at < blockBytes ? block.subarray(0, bytes - at) : block, at)
    }
    return drawn
  }

  /** The same from here on. With a salt, others. */
  copy(salt?: string): SeededRandom {
    if (salt === undefined) return new SeededRandom(this.#crypto, this.#key, this.#place)
    return new SeededRandom(this.#crypto, this.#crypto.hash(lengthPrefixed(salt, this.#key), 32), this.#place)
  }
}
