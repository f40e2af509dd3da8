/** A message that its sender names as known or missing. */
export interface HistoryEntry {
  readonly messageId: string
  /** How to find the message at a delivery service. */
  readonly retrievalHint?: Uint8Array
  readonly senderId?: string
}

/** Sequence numbers from `first` to `last`, both included. */
export interface SequenceRange {
  readonly first: number
  readonly last: number
}

/** One of several parts of a message that was too long for one payload. */
export interface Segment {
  /** From 0 up. */
  readonly index: number
  /** At least 2: a message that is whole names no segment. */
  readonly count: number
  /** Of the whole message, 32 bytes. */
  readonly digest?: Uint8Array
}

/**
 * The message of Scalable Data Sync, with the fields of the compact profile. Everything may be left out: a conversation type says what its
 * receiver rebuilds from the conversation and the encryption instead. Numbers are safe integers from 0 up.
 */
export interface SdsMessage {
  readonly senderId?: string
  readonly messageId?: string
  readonly channelId?: string
  readonly lamport?: number
  /** At most {@link historyEntriesMax}, unless the frames are made for more. */
  readonly causalHistory?: readonly HistoryEntry[]
  readonly bloomFilter?: Uint8Array
  /** At most {@link historyEntriesMax}, unless the frames are made for more. */
  readonly repairRequest?: readonly HistoryEntry[]
  readonly content?: Uint8Array
  /** The sender's own count of messages in this channel. */
  readonly sequence?: number
  /** What the sender has of the recipient's messages: ascending, disjoint, not adjacent, at most {@link acknowledgedRangesMax}. */
  readonly acknowledged?: readonly SequenceRange[]
  readonly segment?: Segment
  /** The recipient's numbers that the sender of this message asks for again: ranges as in `acknowledged`. */
  readonly requested?: readonly SequenceRange[]
  /** The sender's own numbers that will not come: ranges as in `acknowledged`. */
  readonly unavailable?: readonly SequenceRange[]
}

/** Of each list of ranges. */
export const acknowledgedRangesMax = 64
/** Unless the frames are made for more. */
export const historyEntriesMax = 64
export const segmentsMax = 65_536
export const segmentDigestBytes = 32
