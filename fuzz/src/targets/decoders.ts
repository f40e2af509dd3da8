import { PrivateV1 } from "@colloquy/conversation-private"
import { InboxV1 } from "@colloquy/conversation-inbox"
import { contentFrames, contentRegistry, encodeContent, text } from "@colloquy/content"
import {
  type DecodedEnvelope,
  decodeEnvelope,
  encodeEnvelope,
  type FrameTree,
  protobufFrames,
  utf8,
} from "@colloquy/core"
import { decodeSegment, encodeSegments, publishedFrames, sdsFrames, segmentFrames } from "@colloquy/reliability"
import { toBinary } from "@bufbuild/protobuf"
import { everything } from "../../../packages/core/test/frames-schema.js"
import { boardFrames as board } from "../../../examples/src/probe/frames.js"
import { checkDecoder, type Decoder } from "../properties/decoder.js"
import { framesDecoder } from "../properties/frames.js"
import type { Target } from "../target.js"
import { counting, crypto } from "./support/bytes.js"
import { everyFrame } from "./support/every-frame.js"
import { inboxFrameSeeds } from "./support/inbox.js"
import { privateFrameSeeds } from "./support/private.js"
import { sdsSeeds } from "./support/sds.js"

export const envelope: Target = decoderTarget<Extract<DecodedEnvelope, { kind: "envelope" }>["envelope"]>({
  name: "envelope",
  holds: "an envelope is read in its one encoding, and nothing is copied",
  form: "fields",
  bytesMax: 4096,
  runs: 5000,
  seeds: () => [
    encodeEnvelope({ payload: counting(3) }),
    encodeEnvelope({ hint: counting(16), payload: counting(200) }),
    encodeEnvelope({ hint: counting(16), payload: new Uint8Array(3000) }),
  ],
  decoder: {
    codes: /^ENVELOPE_(EMPTY|TOO_LONG|TRUNCATED|MALFORMED)$/,
    canonical: true,
    views: true,
    decode(bytes) {
      const decoded = decodeEnvelope(bytes)
      return decoded.kind === "envelope" ? { value: decoded.envelope } : { refused: decoded.code }
    },
    encode: (value) => encodeEnvelope(value),
  },
})

/** Every kind of field that a frame can have. */
export const frames: Target = framesTarget("frames", protobufFrames({ schema: everything, bytesMax: 4096 }), () =>
  everyFrame().map((frame) => toBinary(everything, frame)),
)

export const contentFrame: Target = framesTarget("content-frame", contentFrames, contentSeeds)

export const content: Target = {
  name: "content",
  holds: "content is read or kept as it is, never an exception, and read content encodes to the same bytes",
  form: "fields",
  bytesMax: 8192,
  runs: 3000,
  open: async () => {
    const registry = contentRegistry([text])
    return {
      seeds: contentSeeds(),
      check: (input) => {
        checkDecoder(
          {
            codes: /^CONTENT_(FRAME|BODY|TOO_LONG)$/,
            canonical: true,
            decode(bytes) {
              const read = registry.decode(bytes)
              return read.type === "malformed" ? { refused: (read as { code?: string }).code ?? "" } : { value: read }
            },
            encode: encodeContent,
          },
          input,
        )
      },
    }
  },
}

export const sdsMessage: Target = framesTarget("sds-message", sdsFrames({ bytesMax: 65_536 }), sdsSeeds)
export const sdsPublished: Target = framesTarget("sds-published", publishedFrames, sdsSeeds)
export const segmentFrame: Target = framesTarget("segment-frame", segmentFrames, segmentSeeds)

export const segment: Target = decoderTarget({
  name: "segment",
  holds: "a published segment is read, or refused as malformed",
  form: "fields",
  bytesMax: 4096,
  runs: 3000,
  seeds: segmentSeeds,
  decoder: {
    codes: /^SEGMENT_MALFORMED$/,
    canonical: false,
    decode(bytes) {
      const decoded = decodeSegment(bytes, "saro")
      return decoded.kind === "refused" ? { refused: decoded.code } : { value: decoded }
    },
  },
})

export const privateFrames: Target = framesTarget(
  "private-frames",
  PrivateV1.declaration.frames as FrameTree<object>,
  privateFrameSeeds,
)
/** A stranger's type, with an encoding of its own. */
export const boardFrames: Target = framesTarget("board-frames", board, () => [
  board.encode({ kind: "entry", lamport: 5, sentAtMs: 6, content: counting(9) }),
  board.encode({ kind: "pin", text: "größe" }),
  board.encode({ kind: "unpin", row: "row" }),
])
export const inboxFrames: Target = framesTarget(
  "inbox-frames",
  InboxV1.declaration.frames as FrameTree<object>,
  inboxFrameSeeds,
)

function contentSeeds(): readonly Uint8Array[] {
  const unknown = { ...text("what nobody reads"), type: "unknown", tag: 77, domain: 12, fallback: "something" }
  return [encodeContent(text("hello")), encodeContent(text("größer", { fallback: "bigger" })), encodeContent(unknown)]
}

function segmentSeeds(): readonly Uint8Array[] {
  return [
    ...encodeSegments(utf8("one part and another, then the last"), 12, (bytes) => crypto.hash(bytes, 32)),
    segmentFrames.encode({
      $typeName: "colloquy.segmentation.v1.SegmentMessage",
      entireMessageHash: counting(32),
      index: 0,
      segmentsCount: 0,
      payload: utf8("parity"),
      paritySegmentIndex: 1,
      paritySegmentsCount: 2,
    }),
  ]
}

interface DecoderTarget<T> extends Omit<Target, "open"> {
  readonly seeds: () => readonly Uint8Array[] | Promise<readonly Uint8Array[]>
  readonly decoder: Decoder<T>
}

function decoderTarget<T>({ seeds, decoder, ...target }: DecoderTarget<T>): Target {
  return {
    ...target,
    open: async () => ({ seeds: await seeds(), check: (input) => void checkDecoder(decoder, input) }),
  }
}

function framesTarget<F extends object>(name: string, tree: FrameTree<F>, seeds: DecoderTarget<F>["seeds"]): Target {
  return decoderTarget({
    name,
    holds: "each frame has one encoding, and only that is read",
    form: "fields",
    bytesMax: 4096,
    runs: 3000,
    seeds,
    decoder: framesDecoder(tree),
  })
}
