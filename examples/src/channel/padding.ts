/** CH1-10: the lengths that a payload can have, in bytes. A payload on a lane always has the first. */
export const payloadLengths: readonly number[] = [256, 1024, 4096, 16_384, 65_536]
export const payloadBytesMax = 65_536
export const lanePayloadBytes = 256

/** The bytes, then 80, then zeros, so that with `around` bytes more they have one of the lengths; `undefined` when none is long enough. */
export function pad(bytes: Uint8Array, around: number): Uint8Array | undefined {
  const length = payloadLengths.find((length) => length - around > bytes.length)
  if (length === undefined) return undefined
  const padded = new Uint8Array(length - around)
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

export function hasPostLength(payload: Uint8Array): boolean {
  return payloadLengths.includes(payload.length)
}
