import { ColloquyError } from "../errors.js"
import { keyBytesMax, type Range, type StorageErrorCode, valueBytesMax, type Write } from "./storage.js"

/** A failure with one of the codes of the storage contract; every adapter makes its errors here. */
export function storageError(
  code: StorageErrorCode,
  message: string,
  details: { readonly cause?: unknown; readonly retry?: "never" | "later" } = {},
): ColloquyError<StorageErrorCode> {
  return new ColloquyError(code, message, details)
}

/** Throws `STORE_BAD_RECORD` unless every key has 1 to 256 bytes. */
export function checkKeys(keys: readonly Uint8Array[]): void {
  for (const key of keys) checkKey(key)
}

/** Throws `STORE_BAD_RECORD` unless both bounds have at most 257 bytes: the empty one is before all keys, `key ‖ 00` just behind a key. */
export function checkRange({ from, to }: Range): void {
  if (from.length > keyBytesMax + 1 || to.length > keyBytesMax + 1)
    throw storageError("STORE_BAD_RECORD", `a bound of a range has at most ${keyBytesMax + 1} bytes`)
}

/** Throws `STORE_BAD_RECORD` unless every key has 1 to 256 bytes and every value at most `valueBytes` (32 MiB). */
export function checkBatch(batch: readonly Write[], valueBytes: number = valueBytesMax): void {
  for (const { key, value } of batch) {
    checkKey(key)
    if (value !== undefined && value.length > valueBytes)
      throw storageError("STORE_BAD_RECORD", `a value has at most ${valueBytes} bytes, this one has ${value.length}`)
  }
}

function checkKey(key: Uint8Array): void {
  if (key.length < 1 || key.length > keyBytesMax)
    throw storageError("STORE_BAD_RECORD", `a key has 1 to ${keyBytesMax} bytes, this one has ${key.length}`)
}
