import type { FrameTree } from "@colloquy/core"
import type { Decoder } from "./decoder.js"

const codes =
  /^(FRAME_(EMPTY|TOO_LONG|TRUNCATED|MALFORMED|NOT_MINIMAL|DUPLICATE_FIELD|FIELD_ORDER|TWO_CHOICES|UNDECLARED_FIELD)|UNKNOWN)$/

/** CT-9: everything that holds for a tree of frames. An unknown member of its choice has no encoding, so it counts as refused. */
export function framesDecoder<F>(frames: FrameTree<F>): Decoder<F> {
  return {
    codes,
    canonical: true,
    // An empty list item takes two bytes, and an object with the names of its fields in a snapshot.
    growth: [400, 8192],
    decode(bytes) {
      const decoded = frames.decode(bytes)
      if (decoded.kind === "refused") return { refused: decoded.code }
      return decoded.kind === "frame" ? { value: decoded.frame } : { refused: "UNKNOWN" }
    },
    encode: (frame) => frames.encode(frame),
  }
}
