import { Client, type Imported } from "@colloquy/client"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { sealedStorage, type Unlock } from "@colloquy/storage-sealed"
import type { OpenOptions } from "./open-client.js"
import { systemClock } from "./system-clock.js"

export interface ImportOptions extends Pick<
  OpenOptions,
  "storage" | "unlock" | "clock" | "random" | "crypto" | "signal"
> {
  /** The backup, in pieces of any length: a file's stream. */
  readonly source: AsyncIterable<Uint8Array>
  /** What the backup is sealed with, where it is not what opens the store. */
  readonly backupUnlock?: Unlock
}

/**
 * Fills a new store with a backup, all of it or nothing, and closes it: open it then. Only one client may be this account from now on.
 * Throws `ACCOUNT_EXISTS`, `STORE_NOT_EMPTY`, the errors of the storage, `BACKUP_FORMAT` (it is none), `BACKUP_VERSION` (of a later version),
 * `BACKUP_WRONG_PASSPHRASE`, `BACKUP_TRUNCATED`, `BACKUP_DAMAGED`, and what the source throws.
 */
export async function importClient(options: ImportOptions): Promise<Imported> {
  const { storage, unlock, source, backupUnlock = unlock, clock = systemClock, signal } = options
  const crypto = options.crypto ?? (await loadCrypto())
  const random = options.random ?? systemRandom()
  const open = sealedStorage(storage, unlock, { crypto, random })
  const opened = await open(signal === undefined ? {} : { signal })
  return Client.import({ storage: opened, source, unlock: backupUnlock, crypto, random, clock })
}
