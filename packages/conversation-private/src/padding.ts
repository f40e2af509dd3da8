/** Plaintexts are 160·2^k or 240·2^k bytes long (PV1-16). */
export const smallestBucket = 160
export const bucketMax = 81_920

/** The buckets, ascending: 160, 240, 320, 480, … 81,920. */
export const buckets: readonly number[] = Array.from({ length: 19 }, (_, index) =>
  index % 2 === 0 ? smallestBucket * 2 ** (index / 2) : 240 * 2 ** ((index - 1) / 2),
)
const isBucket = new Set(buckets)

export function hasBucketLength(bytes: number): boolean {
  return isBucket.has(bytes)
}

/** Buffers of the smaller buckets, lent out by {@link pad}: allocating one takes longer than filling it. */
const lent = new Map(buckets.filter((bucket) => bucket <= 1920).map((bucket) => [bucket, new Uint8Array(bucket)]))

/**
 * The bytes, then 80, then zeros to the smallest bucket that holds them; `undefined` when none does. The buffer is lent until the next call: who has
 * used it overwrites it with zeros.
 */
export function pad(bytes: Uint8Array): Uint8Array | undefined {
  const bucket = buckets.find((bucket) => bucket > bytes.length)
  if (bucket === undefined) return undefined
  const padded = lent.get(bucket) ?? new Uint8Array(bucket)
  padded.fill(0, bytes.length)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  return padded
}

/** A view of what was padded; `undefined` when there is no 80 before the zeros. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  return padded[end] === 0x80 ? padded.subarray(0, end) : undefined
}
