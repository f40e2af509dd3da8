import type { Crypto } from "@colloquy/core"

/** What sealing needs from outside. Nonces are random: a source that repeats itself reveals the values of records. */
export interface SealingEnvironment {
  readonly crypto: Crypto
  /** Fresh random bytes, which the caller owns. */
  readonly random: (bytes: number) => Uint8Array
}
