import { ColloquyError } from "@colloquy/core"

/** SG-2: the most segments that we make. */
export const segmentsSentMax = 255
/** SG-3: the most segments that a message may have, by the published specification. */
export const segmentsReceivedMax = 256

/**
 * SG-1, SG-2: the parts of a content, each of `segmentBytes` but the last, in buffers that the caller owns. One part for what fits, also for nothing.
 * Throws `SEGMENTS_TOO_MANY` with `segments`, `segmentsMax`, `bytes` and `bytesMax` for what would have more than 255.
 */
export function splitContent(content: Uint8Array, segmentBytes: number): readonly Uint8Array[] {
  const count = Math.max(1, Math.ceil(content.length / segmentBytes))
  if (count > segmentsSentMax) {
    const bytesMax = segmentsSentMax * segmentBytes
    throw new ColloquyError(
      "SEGMENTS_TOO_MANY",
      `a message has at most ${segmentsSentMax} segments, ${bytesMax} bytes; this one has ${content.length}`,
      { fields: { segments: count, segmentsMax: segmentsSentMax, bytes: content.length, bytesMax } },
    )
  }
  return Array.from({ length: count }, (_, index) => content.slice(index * segmentBytes, (index + 1) * segmentBytes))
}
