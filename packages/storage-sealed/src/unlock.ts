import { assertLength, ColloquyError, type Crypto, type PasswordCost, utf8 } from "@colloquy/core"

/**
 * What opens a sealed store. It keeps a copy of the secret for as long as it lives, since the store may be opened again.
 */
export interface Unlock {
  readonly kind: "passphrase" | "key"
  /** What a header is written with; a header that is read brings its own. All zero for a key. */
  readonly cost: PasswordCost
  /** The secret of 32 bytes that the wrapping key is made of (SS-4, SS-5); the caller owns and wipes it. Blocks the thread for a passphrase. */
  wrappingSecret(crypto: Crypto, salt: Uint8Array, cost: PasswordCost): Uint8Array
  /** Overwrites the copy of the secret. Opening with it afterwards fails with `UNLOCK_FORGOTTEN`. */
  forget(): void
}

/** Some 0.1 seconds on a desktop computer of 2026. */
export const defaultPasswordCost: PasswordCost = { operations: 2, memoryBytes: 64 * 1024 * 1024 }

/** Both for what is asked for and for what a stored header says, so that a forged one can't ask for gigabytes or hours (SS-6). */
export const passwordCostLimits = {
  operationsMin: 1,
  operationsMax: 16,
  memoryBytesMin: 8 * 1024 * 1024,
  memoryBytesMax: 512 * 1024 * 1024,
} as const

export const secretBytesMax = 65_536

/**
 * A passphrase that a person knows. Text is taken in Unicode's form NFC and in UTF-8, so that it does not matter how a keyboard composes letters.
 * The bytes, 1 to 65,536 of them else `BAD_LENGTH`, are copied; a string stays in the memory of the language and can't be wiped.
 * `BAD_PASSWORD_COST` for a cost outside {@link passwordCostLimits}, or memory that is no multiple of 1,024 bytes.
 */
export function passphrase(secret: string | Uint8Array, cost: PasswordCost = defaultPasswordCost): Unlock {
  const bytes = typeof secret === "string" ? utf8(secret.normalize("NFC")) : Uint8Array.from(secret)
  if (bytes.length < 1 || bytes.length > secretBytesMax)
    throw new ColloquyError("BAD_LENGTH", `a passphrase has 1 to ${secretBytesMax} bytes, this one has ${bytes.length}`)
  if (!isBearable(cost))
    throw new ColloquyError("BAD_PASSWORD_COST", "the cost of the passphrase is outside its limits")
  const kept = new KeptSecret(bytes)
  return {
    kind: "passphrase",
    cost: { operations: cost.operations, memoryBytes: cost.memoryBytes },
    wrappingSecret: (crypto, salt, stored) => crypto.passwordKey(kept.bytes(), salt, stored),
    forget: () => kept.forget(),
  }
}

/** A key of 32 random bytes, from a keychain for example; else `BAD_LENGTH`. It is copied. */
export function rawKey(bytes: Uint8Array): Unlock {
  assertLength(bytes, 32, "a raw key")
  const kept = new KeptSecret(Uint8Array.from(bytes))
  return {
    kind: "key",
    cost: { operations: 0, memoryBytes: 0 },
    wrappingSecret: (crypto, salt) => crypto.hash(salt, 32, kept.bytes()),
    forget: () => kept.forget(),
  }
}

/** Whether a cost is within {@link passwordCostLimits} and in the steps that a header can hold. */
export function isBearable({ operations, memoryBytes }: PasswordCost): boolean {
  const { operationsMin, operationsMax, memoryBytesMin, memoryBytesMax } = passwordCostLimits
  const inSteps = Number.isInteger(operations) && Number.isInteger(memoryBytes / 1024)
  return (
    inSteps &&
    operations >= operationsMin &&
    operations <= operationsMax &&
    memoryBytes >= memoryBytesMin &&
    memoryBytes <= memoryBytesMax
  )
}

class KeptSecret {
  #bytes: Uint8Array | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new ColloquyError("UNLOCK_FORGOTTEN", "this unlock has forgotten its secret")
    return this.#bytes
  }

  forget(): void {
    this.#bytes?.fill(0)
    this.#bytes = undefined
  }
}
