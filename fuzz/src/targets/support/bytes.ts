import { type Crypto, le32 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"

export const crypto: Crypto = await loadCrypto()

/** 00, 01, 02, … */
export function counting(length: number, first = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index) & 255)
}

/** What looks random and is the same at every run; `restart` begins it anew. */
export class Draws {
  #drawn = 0
  readonly #name: Uint8Array

  constructor(name: number) {
    this.#name = le32(name)
  }

  restart(): void {
    this.#drawn = 0
  }

  readonly random = (bytes: number): Uint8Array => {
    const drawn = new Uint8Array(bytes)
    for (let at = 0; at < bytes; at += 64)
      drawn.set(crypto.hash(le32(this.#drawn++), 64, this.#name).subarray(0, bytes - at), at)
    return drawn
  }
}
