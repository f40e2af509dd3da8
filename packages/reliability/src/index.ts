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
export { sdsIdPrefix, sdsMessageId } from "./message-id.js"
