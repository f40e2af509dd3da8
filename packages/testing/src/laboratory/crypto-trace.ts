import type { Crypto, Participant } from "@colloquy/core"

/** One operation on keys, with copies of all that went in and came out: what an attacker's closure is computed over. */
export interface Operation {
  readonly number: number
  /** Whose machine did it. */
  readonly by: Participant
  /** `random` is a draw from the context; `identity` stands for what `Self` did with the secret identity key. */
  readonly name: keyof Crypto | "random" | "identity-agree" | "identity-sign"
  readonly inputs: Readonly<Record<string, Uint8Array>>
  /** Empty for a failed open and the like. */
  readonly outputs: Readonly<Record<string, Uint8Array>>
}

export interface CryptoTrace {
  readonly operations: readonly Operation[]
}
