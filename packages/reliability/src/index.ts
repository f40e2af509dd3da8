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
