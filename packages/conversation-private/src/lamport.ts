/** PV1-30: no Lamport time is above this, far beyond any clock and far below the numbers that JavaScript loses count of. */
export const lamportMax: number = 2 ** 48 - 1

/** PV1-31: a peer's Lamport time pushes our own no further ahead of our clock than this, one year. */
const lamportLeadMaxMs: number = 366 * 24 * 3_600_000

/** The Lamport time of our next message: after everything that we know of, and not before the clock. */
export function sendingLamport(known: number, nowMs: number): number {
  return Math.max(known + 1, nowMs)
}

/** What we know of after a message of the peer's. */
export function heardLamport(known: number, heard: number, nowMs: number): number {
  return Math.max(known, Math.min(heard, nowMs + lamportLeadMaxMs))
}
