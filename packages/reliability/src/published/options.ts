/** What the participants of a channel agree on, and who we are. */
export interface PublishedOptions {
  /** Our own id in the channel. */
  readonly participant: string
  readonly channel: string
  /** RL-49: how many ids a message depends on. The specification recommends 2; more acknowledge more. 1 to 200. */
  readonly history?: number
  /** RL-57: 1 for up to 128 participants, then one more for each 128. The same for all. */
  readonly responseGroups?: number
  /**
   * RL-56: the first 8 bytes of a hash of the text's UTF-8, big-endian. The published implementation takes SHA-256. Within a channel all take the same.
   */
  hash(text: string): bigint
}

/** The circumstances of a step. */
export interface PublishedMoment {
  readonly nowMs: number
  /** From 0 to below 1. */
  random(): number
}

export const historyDefault = 2

/** RL-49: how many tips of the log a message depends on besides. */
export const tipsMax = 32

/** RL-46: the most entries of a history or of a request that a frame may have: the published implementation sends 200. */
export const publishedHistoryMax = 256
/** RL-46: of message ids and participant ids, in UTF-16 units. */
export const idLengthMax = 128

/** RL-52: how many of our messages may wait for their acknowledgement. */
export const publishedOutgoingMax = 1024
/** RL-50: how many messages may wait for those that they depend on; the one that has waited longest is delivered to make room. */
export const incomingMax = 256
/** RL-55: how many missing messages are remembered, and how many requests of others. */
export const repairsMax = 1000
/** RL-55: how many missing messages one of our messages asks for. */
export const repairRequestsMax = 3
/** How many messages one wake sends again, and how many it answers requests with. */
export const resendsMax = 64

const secondMs = 1000
const minuteMs = 60 * secondMs
const dayMs = 24 * 60 * minuteMs

/** RL-56. */
export const repairMinMs: number = 30 * secondMs
export const repairMaxMs: number = 120 * secondMs
/** RL-50: how long a message waits for those that it depends on; then it is delivered without. */
export const lostAfterMs: number = 10 * minuteMs
/** RL-54: the waits before sync messages after content has come, at least; at most four times as long. Then none. */
export const syncDelaysMs: readonly number[] = [10 * secondMs, 5 * minuteMs, 60 * minuteMs]
/** RL-55: the wait between messages without content that ask for more. */
export const askIntervalMs: number = 10 * secondMs
/** RL-52: how many times a message is sent again, by the schedule of RL-29 without its weekly part. */
export const resendAttemptsMax = 36
/** RL-52: a possibly acknowledged message waits this many times as long. */
export const possiblyFactor = 4
/** RL-55: how often a missing message is asked for. */
export const repairAttemptsMax = 8
/** RL-55: the wait after a request is doubled with each, up to this. */
export const repairBackoffMaxMs: number = dayMs
