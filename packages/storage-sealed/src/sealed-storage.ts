import {
  checkBatch,
  checkKeys,
  checkRange,
  compareBytes,
  type Entry,
  type MaybePromise,
  type OpenStorage,
  type Range,
  type Storage,
  storageError,
  valueBytesMax,
  type Write,
} from "@colloquy/core"
import { decodeHeader, encodeHeader, headerKey } from "./header.js"
import { recordKeyOf, unwrapMaster, wrapMaster } from "./master-key.js"
import { recordOverheadBytes, RecordSealer } from "./record-sealer.js"
import type { SealingEnvironment } from "./sealing-environment.js"
import type { Unlock } from "./unlock.js"

/** The largest value that a sealed store takes: 32 MiB less the 41 bytes that sealing adds. */
export const sealedValueBytesMax: number = valueBytesMax - recordOverheadBytes

const everything: Range = { from: new Uint8Array(0), to: new Uint8Array(257).fill(255), limit: 1 }
const firstFreeKey = Uint8Array.of(1)

/**
 * Encryption at rest over any storage, as specs/store.md says it. The first open writes a header, which keeps a random master key for whoever has
 * the unlock; every value is encrypted and bound to the key of its record.
 *
 * Opening fails with `WRONG_PASSPHRASE` for the wrong unlock, `STORE_DAMAGED` for a header that is damaged or missing beside records, and
 * `STORE_VERSION`, besides the errors of the storage below; it writes nothing before it has verified. A record that does not authenticate fails
 * with `STORE_DAMAGED` when it is read. Keys that begin with 00 are reserved: they don't appear in scans, and naming one fails with `STORE_BAD_RECORD`.
 *
 * Not protected: the keys of records (a client hashes what they must not tell), their number, the lengths of values, the times of writing.
 * Whoever writes the disk can bring back older values and older headers, an old passphrase's too, and can remove records, unnoticed.
 * Whoever reads the memory of the running process has the keys; they are wiped on close as far as the language lets it.
 */
export function sealedStorage(open: OpenStorage, unlock: Unlock, environment: SealingEnvironment): OpenStorage {
  return async (options) => {
    const below = await open(options)
    try {
      const sealer = await openSealer(below, unlock, environment)
      return new SealedStorage(below, sealer)
    } catch (error) {
      await below.close().catch(() => undefined)
      throw error
    }
  }
}

async function openSealer(below: Storage, unlock: Unlock, environment: SealingEnvironment): Promise<RecordSealer> {
  const { crypto, random } = environment
  const [found] = await below.get([headerKey])
  const master = found === undefined ? random(32) : unwrapMaster(crypto, unlock, decodeHeader(crypto, found))
  try {
    if (found === undefined) {
      if ((await below.scan(everything)).length > 0)
        throw storageError("STORE_DAMAGED", "the store has records and no header")
      const header = wrapMaster(environment, unlock, master)
      await below.commit([{ key: headerKey, value: encodeHeader(crypto, header) }])
    }
    return new RecordSealer(environment, recordKeyOf(crypto, master))
  } finally {
    crypto.wipe(master)
  }
}

class SealedStorage implements Storage {
  readonly #below: Storage
  readonly #sealer: RecordSealer

  constructor(below: Storage, sealer: RecordSealer) {
    this.#below = below
    this.#sealer = sealer
  }

  get lost(): AbortSignal {
    return this.#below.lost
  }

  get(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    checkKeys(keys)
    checkReserved(keys)
    const sealed = this.#below.get(keys)
    const openAll = (values: readonly (Uint8Array | undefined)[]): readonly (Uint8Array | undefined)[] =>
      values.map((value, i) => (value === undefined ? undefined : this.#sealer.open(keys[i] as Uint8Array, value)))
    return sealed instanceof Promise ? sealed.then(openAll) : openAll(sealed)
  }

  scan(range: Range): MaybePromise<readonly Entry[]> {
    checkRange(range)
    const visible = compareBytes(range.from, firstFreeKey) < 0 ? { ...range, from: firstFreeKey } : range
    const sealed = this.#below.scan(visible)
    const openAll = (entries: readonly Entry[]): readonly Entry[] =>
      entries.map(({ key, value }) => ({ key, value: this.#sealer.open(key, value) }))
    return sealed instanceof Promise ? sealed.then(openAll) : openAll(sealed)
  }

  async commit(batch: readonly Write[]): Promise<void> {
    checkBatch(batch, sealedValueBytesMax)
    checkReserved(batch.map(({ key }) => key))
    await this.#below.commit(
      batch.map(({ key, value }) => ({ key, value: value === undefined ? undefined : this.#sealer.seal(key, value) })),
    )
  }

  scrub(): Promise<void> {
    return this.#below.scrub()
  }

  async close(): Promise<void> {
    try {
      await this.#below.close()
    } finally {
      this.#sealer.wipe()
    }
  }
}

function checkReserved(keys: readonly Uint8Array[]): void {
  if (keys.some((key) => key[0] === 0)) throw storageError("STORE_BAD_RECORD", "keys that begin with 00 are reserved")
}
