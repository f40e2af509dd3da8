import { bytesCodec, type Codec, type Table, table, stateDamaged } from "@colloquy/core"
import { segmentDigestBytes } from "../sds-message.js"
import { Reader, Writer } from "../varint.js"

/** A message of several segments of which some have come, or one that is finished and not to be begun again. */
export interface PartialMessage {
  readonly sender: string
  readonly count: number
  readonly digest: Uint8Array
  readonly startedAtMs: number
  readonly received: number
  readonly bytes: number
  /** `open` waits for segments, `whole` was delivered, `void` has expired or was not what its digest says. */
  readonly state: "open" | "whole" | "void"
}

/** What is kept between segments: a row for each message, and one for each segment of an open message. */
export interface SegmentState {
  readonly partials: ReadonlyMap<string, PartialMessage>
  readonly segments: ReadonlyMap<string, Uint8Array>
}

export interface SegmentPatch {
  readonly partials?: ReadonlyMap<string, PartialMessage | undefined>
  readonly segments?: ReadonlyMap<string, Uint8Array | undefined>
}

/** SG-7: what half-finished messages may take. */
export interface SegmentLimits {
  /** Of one segment. */
  readonly segmentBytesMax: number
  /** Open messages of one sender, and of all. */
  readonly openOfSenderMax: number
  readonly openMax: number
  /** Bytes of the segments of one sender, and of all. The oldest open message of a sender may be finished past them. */
  readonly bytesOfSenderMax: number
  readonly bytesMax: number
  /** How long an open message waits for its segments, and how long a closed one is remembered. */
  readonly expiryMs: number
}

export const segmentLimits: SegmentLimits = {
  segmentBytesMax: 128 * 1024,
  openOfSenderMax: 16,
  openMax: 64,
  bytesOfSenderMax: 32 * 1024 * 1024,
  bytesMax: 128 * 1024 * 1024,
  expiryMs: 30 * 86_400_000,
}

/** SG-7: how many messages are remembered, open and closed. The oldest closed ones are forgotten. */
export const partialsMax = 512
const segmentRowsMax = 64 * 256

const partialCodec: Codec<PartialMessage> = {
  version: 1,
  encode({ sender, count, digest, startedAtMs, received, bytes, state }) {
    const writer = new Writer()
    writer.byte(states.indexOf(state))
    for (const number of [count, startedAtMs, received, bytes]) writer.number(number)
    writer.shortText(sender)
    return writer.finish(digest)
  },
  decode(encoded, version) {
    const reader = new Reader(encoded, version)
    const state = states[reader.byte()]
    if (state === undefined) throw stateDamaged()
    const [count, startedAtMs, received, bytes] = [reader.number(), reader.number(), reader.number(), reader.number()]
    const sender = reader.shortText()
    const digest = reader.take(segmentDigestBytes)
    reader.end()
    return { sender, count, digest, startedAtMs, received, bytes, state }
  },
}

const states = ["open", "whole", "void"] as const

/** SG-6: the pieces of a state that reassembly needs, to be spread into a type's own. It starts without rows. */
export const segmentPieces: { readonly partials: Table<PartialMessage>; readonly segments: Table<Uint8Array> } = {
  partials: table(partialCodec, partialsMax),
  segments: table(bytesCodec, segmentRowsMax),
}
