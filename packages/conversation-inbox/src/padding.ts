import { overheadBytes } from "./handshake.js"

/** IB1-13: the lengths of a payload on the wire, and there are no others. The last is the longest Noise message. */
export const payloadBuckets: readonly number[] = [2048, 4096, 8192, 16_384, 32_768, 65_535]

export const plaintextBytesMax = (payloadBuckets.at(-1) as number) - overheadBytes - 1

/** The plaintext, 80, and zeros up to the smallest bucket that holds it; `undefined` for one that none holds. */
export function pad(plaintext: Uint8Array): Uint8Array | undefined {
  const bucket = bucketFor(plaintext.length)
  if (bucket === undefined) return undefined
  const padded = new Uint8Array(bucket - overheadBytes)
  padded.set(plaintext)
  padded[plaintext.length] = 0x80
  return padded
}

/** The inverse, as a view; `undefined` for what {@link pad} does not make. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  if (end < 0 || padded[end] !== 0x80 || bucketFor(end) !== padded.length + overheadBytes) return undefined
  return padded.subarray(0, end)
}

function bucketFor(plaintextBytes: number): number | undefined {
  return payloadBuckets.find((bucket) => plaintextBytes < bucket - overheadBytes)
}
