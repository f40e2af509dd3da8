import type { MaybePromise } from "../brand.js"

/** One change of a batch; `undefined` deletes. */
export interface Write {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/**
 * Keys from `from` (included) to `to` (excluded), bytewise, at most `limit` of them; with `reverse` from the end.
 * A bound has 0 to 257 bytes: the empty one is before all keys, `key ‖ 00` just behind a key.
 */
export interface Range {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly limit: number
  readonly reverse?: boolean
}

export interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export const keyBytesMax = 256
export const valueBytesMax = 32 * 1024 * 1024

/**
 * An ordered map of bytes with one exclusive owner. There are no interactive transactions: what must change together is one batch.
 * Buffers that come out belong to the caller; buffers that go in may be overwritten once the call's promise has settled.
 * After `close`, and once `lost` has fired, every call fails with `STORE_CLOSED` or `STORE_LOST`.
 * Keys have 1 to 256 bytes and values at most 32 MiB, else `STORE_BAD_RECORD`. Keys that begin with 00 belong to wrappers, which may
 * refuse them, and a wrapper may take at most 64 bytes off the length of a value.
 */
export interface Storage {
  /** The values in the order of the keys; `undefined` for what is missing. Sees every batch that has resolved. */
  get(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]>
  scan(range: Range): MaybePromise<readonly Entry[]>
  /**
   * All or nothing, and durable when it resolves: it survives the loss of power. Batches take effect in the order of the calls, also when the
   * calls overlap. Within a batch the last write of a key wins. A failure changes nothing: `STORE_FULL`, `STORE_FAILED`.
   */
  commit(batch: readonly Write[]): Promise<void>
  /** Makes what was deleted or overwritten before the call unreadable in everything the store keeps, as far as the medium lets it. */
  scrub(): Promise<void>
  /** Aborts when the store is gone from under its owner (a disk error, another owner). Nothing can be trusted to be written after it. */
  readonly lost: AbortSignal
  /** Waits for the commits under way, scrubs, gives the ownership up. A second call does nothing. */
  close(): Promise<void>
}

/**
 * Takes the exclusive ownership, or fails with `STORE_IN_USE` (somebody has it), `STORE_NOT_WRITABLE`, `STORE_DAMAGED`,
 * `STORE_VERSION` (written by a newer version) or `STORE_FAILED`.
 */
export type OpenStorage = (options?: { readonly signal?: AbortSignal }) => Promise<Storage>

export type StorageErrorCode =
  | "STORE_IN_USE"
  | "STORE_NOT_WRITABLE"
  | "STORE_DAMAGED"
  | "STORE_VERSION"
  | "STORE_CLOSED"
  | "STORE_LOST"
  | "STORE_FULL"
  | "STORE_FAILED"
  | "STORE_BAD_RECORD"
