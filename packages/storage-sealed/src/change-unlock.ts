import { type OpenStorage, storageError } from "@colloquy/core"
import { decodeHeader, encodeHeader, headerKey } from "./header.js"
import { unwrapMaster, wrapMaster } from "./master-key.js"
import type { SealingEnvironment } from "./sealing-environment.js"
import type { Unlock } from "./unlock.js"

/**
 * Changes the passphrase or key of a sealed store, or the cost of its passphrase: wraps the same master key again, in one batch. Closing
 * scrubs the old header, as far as the medium lets it. Takes the store's ownership meanwhile. Fails as opening does, and with `STORE_DAMAGED`
 * where there is no header; then the old unlock stays in force. `open` is the storage below the sealing.
 *
 * Records are not encrypted anew: who copied the files before and knows the old passphrase keeps the master key, also for what is written later.
 */
export async function changeUnlock(
  open: OpenStorage,
  current: Unlock,
  next: Unlock,
  environment: SealingEnvironment,
): Promise<void> {
  const { crypto } = environment
  const below = await open()
  // What fails in closing fails the call: the old header may still be there.
  try {
    const [found] = await below.get([headerKey])
    if (found === undefined) throw storageError("STORE_DAMAGED", "the store has no header")
    const master = unwrapMaster(crypto, current, decodeHeader(crypto, found))
    try {
      const header = wrapMaster(environment, next, master)
      await below.commit([{ key: headerKey, value: encodeHeader(crypto, header) }])
    } finally {
      crypto.wipe(master)
    }
  } finally {
    await below.close()
  }
}
