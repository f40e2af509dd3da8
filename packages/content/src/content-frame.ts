import { protobufFrames } from "@colloquy/core"
import { ContentFrameSchema } from "./generated/content_pb.js"

/** No longer ContentFrame is made or read, in bytes. A conversation's own limit is usually smaller. */
export const contentBytesMax = 16_777_216

/** A ContentFrame in canonical protobuf: domain, tag, body and fallback. */
export const contentFrames = protobufFrames({
  schema: ContentFrameSchema,
  bytesMax: contentBytesMax,
  descriptions: { ContentFrame: "What an application or a person reads, labelled with its type" },
})
