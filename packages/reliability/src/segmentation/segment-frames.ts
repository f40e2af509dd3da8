import { protobufFrames } from "@colloquy/core"
import { type SegmentMessage, SegmentMessageSchema } from "../generated/segmentation_pb.js"
import { segmentDigestBytes } from "../sds-message.js"
import type { SegmentPart } from "./reassemble.js"
import { segmentsReceivedMax, splitContent } from "./split.js"

/** SG-3: the published segment as a tree of one frame, in canonical protobuf. */
export const segmentFrames = protobufFrames({
  schema: SegmentMessageSchema,
  bytesMax: 1024 * 1024,
  descriptions: { SegmentMessage: "A part of a payload that is too long for one message" },
})

/**
 * SG-1: a payload as published segments, one at least, without parity: lost segments are repaired. `keccak256` is the published hash; the two sides
 * may agree on another of 32 bytes. Throws `SEGMENTS_TOO_MANY` as `splitContent` does.
 */
export function encodeSegments(
  payload: Uint8Array,
  segmentBytes: number,
  keccak256: (bytes: Uint8Array) => Uint8Array,
): readonly Uint8Array[] {
  const parts = splitContent(payload, segmentBytes)
  const hash = keccak256(payload)
  return parts.map((part, index) =>
    segmentFrames.encode({
      $typeName: "colloquy.segmentation.v1.SegmentMessage",
      entireMessageHash: hash,
      index,
      segmentsCount: parts.length,
      payload: part,
      paritySegmentIndex: 0,
      paritySegmentsCount: 0,
    }),
  )
}

export type DecodedSegment =
  | { readonly kind: "data"; readonly part: SegmentPart }
  /** SG-5: well-formed, and of no use where segments are repaired. */
  | { readonly kind: "parity" }
  | { readonly kind: "refused"; readonly code: "SEGMENT_MALFORMED" }

/** SG-3: a published segment of an authenticated sender's. */
export function decodeSegment(bytes: Uint8Array, sender: string): DecodedSegment {
  const decoded = segmentFrames.decode(bytes)
  if (decoded.kind !== "frame") return malformed
  const { entireMessageHash: digest, index, segmentsCount: count, payload } = decoded.frame
  if (digest.length !== segmentDigestBytes) return malformed
  if (count === 0) return isParity(decoded.frame) ? { kind: "parity" } : malformed
  const { paritySegmentIndex, paritySegmentsCount } = decoded.frame
  if (index >= count || count > segmentsReceivedMax || paritySegmentIndex !== 0 || paritySegmentsCount !== 0)
    return malformed
  return { kind: "data", part: { sender, message: null, index, count, digest, payload } }
}

const malformed = { kind: "refused", code: "SEGMENT_MALFORMED" } as const

function isParity({ index, paritySegmentIndex, paritySegmentsCount }: SegmentMessage): boolean {
  return index === 0 && paritySegmentIndex < paritySegmentsCount && paritySegmentsCount <= segmentsReceivedMax
}
