import { create } from "@bufbuild/protobuf"
import { ColloquyError, type Crypto, type Write } from "@colloquy/core"
import { type AccountRecord, AccountRecordSchema } from "../generated/store_pb.js"
import { accountKey, Keys } from "./keys.js"
import { encodeRecord, type Store } from "./store.js"
import { toFormat2 } from "./to-format-2.js"
import { toFormat3 } from "./to-format-3.js"

/** The format of everything that the client stores. A change that an earlier version would misread gets a new number, and a migration to it. */
export const storeFormat = 3

/** Brings a store from the format before to this one. */
export interface Migration {
  readonly to: number
  /**
   * The batches that change the store, each committed before the next is asked for. After an interruption it begins again, on a store of which any
   * number of first batches has been changed already, and must come to the same end. It holds one page of the store at a time.
   */
  batches(store: Store, keys: Keys): AsyncIterable<readonly Write[]>
}

/** Every migration there ever was, in order: a store of any earlier format can be opened. */
export const migrations: readonly Migration[] = [
  { to: 2, batches: toFormat2 },
  { to: 3, batches: toFormat3 },
]

/**
 * Brings an older store to the present format, before anything else looks at it. The format number is written in a commit of its own after each
 * migration, so that an interrupted one is begun again. Returns the account's record as it is then.
 * Throws `STORE_VERSION` for a store that a newer version wrote, and for one that no migration leads on from.
 */
export async function migrate(
  store: Store,
  crypto: Crypto,
  record: AccountRecord,
  { to = storeFormat, steps = migrations }: { readonly to?: number; readonly steps?: readonly Migration[] } = {},
): Promise<AccountRecord> {
  let current = record
  if (current.format > to) throw versionError("the store was written by a newer version", current.format, to)
  while (current.format < to) {
    const step = steps.find((migration) => migration.to === current.format + 1)
    if (step === undefined)
      throw versionError("nothing leads from the store's format to the present one", current.format, to)
    for await (const batch of step.batches(store, new Keys(crypto, current.indexKey))) await store.commit(batch)
    current = create(AccountRecordSchema, { ...current, format: step.to })
    const value = encodeRecord(AccountRecordSchema, current)
    await store.commit([{ key: accountKey, value }])
    crypto.wipe(value)
  }
  return current
}

function versionError(message: string, found: number, supported: number): ColloquyError {
  return new ColloquyError("STORE_VERSION", message, { fields: { found, supported } })
}
