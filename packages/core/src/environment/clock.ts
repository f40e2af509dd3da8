/** Time, injected, so that a simulator can drive everything that waits. */
export interface Clock {
  /** Milliseconds since 1970, whole. */
  nowMs(): number
  /** Calls back once, no earlier than this; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void
}
