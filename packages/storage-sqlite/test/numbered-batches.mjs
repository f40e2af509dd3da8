/** How many of the newest batches are left in the store: each batch deletes the records of the one this far behind. */
export const batchesKept = 30
export const recordsPerBatch = 6

/**
 * Batch n: its records, the deletion of an old batch's records, and the one record that every batch overwrites.
 * @param {number} number
 * @returns {{ key: Uint8Array, value: Uint8Array | undefined }[]}
 */
export function batchOf(number) {
  const old = number - batchesKept
  return [
    ...Array.from({ length: recordsPerBatch }, (_, i) => ({ key: keyOf(number, i), value: valueOf(number, i) })),
    ...(old < 0 ? [] : Array.from({ length: recordsPerBatch }, (_, i) => ({ key: keyOf(old, i), value: undefined }))),
    { key: lastKey, value: valueOf(number, 0) },
  ]
}

export const lastKey = Uint8Array.of(2)

/**
 * @param {number} number
 * @param {number} index
 */
function keyOf(number, index) {
  const key = new Uint8Array(6)
  new DataView(key.buffer).setUint32(1, number)
  key[0] = 1
  key[5] = index
  return key
}

/**
 * From 8 bytes to some 12,000, so that batches fill parts of pages and many pages.
 * @param {number} number
 * @param {number} index
 */
function valueOf(number, index) {
  const value = new Uint8Array(8 + ((number * 7919 + index * 104_729) % (index === 0 ? 12_000 : 300)))
  value.fill((number * 31 + index) & 255)
  new DataView(value.buffer).setUint32(0, number)
  return value
}
