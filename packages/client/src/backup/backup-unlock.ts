import type { Crypto, PasswordCost } from "@colloquy/core"

/** What a backup is sealed with and opened by: a passphrase or a key, in the same form as what opens a sealed store. */
export interface BackupUnlock {
  readonly kind: "passphrase" | "key"
  /** What a backup is written with; one that is read brings its own. All zero for a key. */
  readonly cost: PasswordCost
  /** The secret of 32 bytes that the wrapping key is made of (BK-4, BK-5); the caller owns and wipes it. Blocks the thread for a passphrase. */
  wrappingSecret(crypto: Crypto, salt: Uint8Array, cost: PasswordCost): Uint8Array
}

/** Both for what is asked for and for what a file says, so that a forged one can't ask for gigabytes or hours (BK-6). */
export const backupCostLimits = {
  operationsMin: 1,
  operationsMax: 16,
  memoryBytesMin: 8 * 1024 * 1024,
  memoryBytesMax: 512 * 1024 * 1024,
} as const

/** Whether a cost is within {@link backupCostLimits} and in the steps that a header can hold; for a key, whether it is none. */
export function isBearable(kind: BackupUnlock["kind"], { operations, memoryBytes }: PasswordCost): boolean {
  if (kind === "key") return operations === 0 && memoryBytes === 0
  const { operationsMin, operationsMax, memoryBytesMin, memoryBytesMax } = backupCostLimits
  return (
    Number.isInteger(operations) &&
    Number.isInteger(memoryBytes / 1024) &&
    operations >= operationsMin &&
    operations <= operationsMax &&
    memoryBytes >= memoryBytesMin &&
    memoryBytes <= memoryBytesMax
  )
}
