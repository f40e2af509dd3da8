export { sdsFrames } from "./sds-frames.js"
export {
  acknowledgedRangesMax,
  type HistoryEntry,
  historyEntriesMax,
  type SdsMessage,
  type Segment,
  segmentDigestBytes,
  segmentsMax,
  type SequenceRange,
} from "./sds-message.js"
export { sdsIdPrefix, sdsMessageId, sdsMissingId } from "./message-id.js"
export { compareInLog, heardLamport, lamportMax, nextLamport } from "./lamport.js"
export type { CompactPatch, CompactState } from "./compact/draft.js"
export { freshLink, type Link } from "./compact/link.js"
export type { Gap } from "./compact/gaps.js"
export type { Outgoing } from "./compact/outgoing.js"
export { deadlineOf, type Moment, randomFrom, randomOf } from "./compact/moment.js"
export type { CompactPublication } from "./compact/publication.js"
export { type CompactReceived, type CompactRefused, receiveCompact } from "./compact/receive.js"
export { type CompactSent, type NewMessage, sendCompact } from "./compact/send.js"
export { compactPieces } from "./compact/state.js"
export { type CompactWoken, wakeCompact } from "./compact/wake.js"
export {
  freshChannel,
  publishedDeadline,
  type PublishedPatch,
  publishedPieces,
  type PublishedState,
  type SdsLog,
} from "./published/channel.js"
export { addToLogTable, logOf, type LogPatch, logPieces, type LogPolicy, type LogState } from "./published/log-table.js"
export type { PublishedMoment, PublishedOptions } from "./published/options.js"
export {
  type EphemeralReceived,
  type PublishedReceived,
  type PublishedRefused,
  receivePublished,
} from "./published/receive.js"
export { publishedFrames } from "./published/rows.js"
export { ephemeralMessage, type PublishedPublication, type PublishedSent, sendPublished } from "./published/send.js"
export { type PublishedWoken, wakePublished } from "./published/wake.js"
export {
  type PartialMessage,
  type SegmentLimits,
  segmentLimits,
  type SegmentPatch,
  segmentPieces,
  type SegmentState,
} from "./segmentation/partials.js"
export {
  expireSegments,
  receiveSegment,
  segmentOf,
  type SegmentPart,
  type SegmentReceived,
  segmentsDeadline,
  type SegmentsExpired,
} from "./segmentation/reassemble.js"
export { type DecodedSegment, decodeSegment, encodeSegments, segmentFrames } from "./segmentation/segment-frames.js"
export { segmentsReceivedMax, segmentsSentMax, splitContent } from "./segmentation/split.js"
