import { ColloquyError, type DecodedFrame, type FrameTree, protobufFrames } from "@colloquy/core"
import {
  type HistoryEntry as WireEntry,
  type SdsMessage as WireMessage,
  SdsMessageSchema,
} from "./generated/reliability_pb.js"
import {
  type HistoryEntry,
  historyEntriesMax,
  type SdsMessage,
  type Segment,
  segmentDigestBytes,
  segmentsMax,
  type SequenceRange,
} from "./sds-message.js"
import { packRanges, unpackRanges } from "./sequence-ranges.js"

export interface SdsFramesOptions {
  readonly bytesMax: number
  /** The most entries of `causalHistory` and of `repairRequest`; {@link historyEntriesMax} if left out. */
  readonly historyMax?: number
}

/**
 * The SDS message as a tree of one frame, in canonical protobuf: for each message one encoding, and for each encoding one message.
 * Numbers past 2^53 - 1, ranges or segments that contradict themselves and lists past their bounds are refused as `FRAME_MALFORMED`;
 * `encode` throws `FRAME_VALUE` for them. An empty message has no bytes, and no bytes decode to it.
 */
export function sdsFrames({ bytesMax, historyMax = historyEntriesMax }: SdsFramesOptions): FrameTree<SdsMessage> {
  const wire = protobufFrames({
    schema: SdsMessageSchema,
    bytesMax,
    descriptions: { SdsMessage: "A message of Scalable Data Sync, an acknowledgement or a request for repair" },
  })
  return {
    root: wire.root,
    encoding: wire.encoding,
    bytesMax,
    encode: (message) => wire.encode(toWire(message, historyMax)),
    decode(bytes): DecodedFrame<SdsMessage> {
      const decoded = wire.decode(bytes)
      if (decoded.kind !== "frame") return decoded
      const frame = fromWire(decoded.frame, historyMax)
      return frame === undefined ? { kind: "refused", code: "FRAME_MALFORMED" } : { kind: "frame", frame }
    },
  }
}

function toWire(message: SdsMessage, historyMax: number): WireMessage {
  const wire: Mutable<WireMessage> = {
    $typeName: "colloquy.reliability.v1.SdsMessage",
    senderId: message.senderId ?? "",
    messageId: message.messageId ?? "",
    channelId: message.channelId ?? "",
    causalHistory: entriesToWire(message.causalHistory, historyMax),
    repairRequest: entriesToWire(message.repairRequest, historyMax),
    acknowledged: rangesToWire(message.acknowledged, "acknowledged"),
    requested: rangesToWire(message.requested, "requested"),
    unavailable: rangesToWire(message.unavailable, "unavailable"),
  }
  if (message.lamport !== undefined) wire.lamportTimestamp = long(message.lamport, "lamport")
  if (message.bloomFilter !== undefined) wire.bloomFilter = message.bloomFilter
  if (message.content !== undefined) wire.content = message.content
  if (message.sequence !== undefined) wire.sequence = long(message.sequence, "sequence")
  if (message.segment !== undefined) {
    if (!isSegment(message.segment)) badValue("segment")
    wire.segmentIndex = message.segment.index
    wire.segmentCount = message.segment.count
    if (message.segment.digest !== undefined) wire.segmentDigest = message.segment.digest
  }
  return wire
}

function fromWire(wire: WireMessage, historyMax: number): SdsMessage | undefined {
  const message: Mutable<SdsMessage> = {}
  if (wire.senderId !== "") message.senderId = wire.senderId
  if (wire.messageId !== "") message.messageId = wire.messageId
  if (wire.channelId !== "") message.channelId = wire.channelId
  if (wire.lamportTimestamp !== undefined) {
    message.lamport = Number(wire.lamportTimestamp)
    if (message.lamport > Number.MAX_SAFE_INTEGER) return undefined
  }
  if (wire.causalHistory.length > historyMax || wire.repairRequest.length > historyMax) return undefined
  if (wire.causalHistory.length > 0) message.causalHistory = wire.causalHistory.map(entryFromWire)
  if (wire.bloomFilter !== undefined) message.bloomFilter = wire.bloomFilter
  if (wire.repairRequest.length > 0) message.repairRequest = wire.repairRequest.map(entryFromWire)
  if (wire.content !== undefined) message.content = wire.content
  if (wire.sequence !== undefined) {
    message.sequence = Number(wire.sequence)
    if (message.sequence > Number.MAX_SAFE_INTEGER) return undefined
  }
  for (const name of ["acknowledged", "requested", "unavailable"] as const) {
    if (wire[name].length === 0) continue
    const ranges = unpackRanges(wire[name])
    if (ranges === undefined) return undefined
    message[name] = ranges
  }
  const { segmentIndex: index, segmentCount: count, segmentDigest: digest } = wire
  if (index === undefined && count === undefined && digest === undefined) return message
  if (index === undefined || count === undefined) return undefined
  message.segment = digest === undefined ? { index, count } : { index, count, digest }
  return isSegment(message.segment) ? message : undefined
}

function isSegment({ index, count, digest }: Segment): boolean {
  return (
    Number.isInteger(index) &&
    Number.isInteger(count) &&
    index >= 0 &&
    index < count &&
    count >= 2 &&
    count <= segmentsMax &&
    (digest === undefined || digest.length === segmentDigestBytes)
  )
}

function rangesToWire(ranges: readonly SequenceRange[] | undefined, name: string): bigint[] {
  if (ranges === undefined) return []
  return packRanges(ranges) ?? badValue(name)
}

function entriesToWire(entries: readonly HistoryEntry[] | undefined, max: number): WireEntry[] {
  if (entries === undefined) return []
  if (entries.length > max) badValue("history")
  return entries.map((entry) => ({ $typeName: "colloquy.reliability.v1.HistoryEntry", ...entry }))
}

function entryFromWire({ messageId, retrievalHint, senderId }: WireEntry): HistoryEntry {
  const entry: Mutable<HistoryEntry> = { messageId }
  if (retrievalHint !== undefined) entry.retrievalHint = retrievalHint
  if (senderId !== undefined) entry.senderId = senderId
  return entry
}

function long(value: number, name: string): bigint {
  if (!Number.isSafeInteger(value) || value < 0) badValue(name)
  return BigInt(value)
}

function badValue(name: string): never {
  throw new ColloquyError("FRAME_VALUE", `${name} holds a value that its field cannot`)
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
