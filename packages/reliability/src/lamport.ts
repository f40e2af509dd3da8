/** RL-3: no Lamport time is above this, far beyond any clock in milliseconds and far below the numbers that JavaScript loses count of. */
export const lamportMax: number = 2 ** 48 - 1

/** RL-4: a heard Lamport time pushes our own no further ahead of our clock than this, 366 days. */
export const lamportLeadMaxMs: number = 366 * 24 * 3_600_000

/** RL-2: the Lamport time of our next message: after everything that we know of, and not before the clock. */
export function nextLamport(known: number, nowMs: number): number {
  return Math.max(known + 1, nowMs)
}

/** RL-4: what we know of after hearing a Lamport time. */
export function heardLamport(known: number, heard: number, nowMs: number): number {
  return Math.max(known, Math.min(heard, nowMs + lamportLeadMaxMs))
}

/** RL-5: the order of the log, equal for every participant: Lamport time, then message id, bytewise. */
export function compareInLog(
  a: { readonly lamport: number; readonly message: string },
  b: { readonly lamport: number; readonly message: string },
): number {
  if (a.lamport !== b.lamport) return a.lamport - b.lamport
  return a.message < b.message ? -1 : a.message > b.message ? 1 : 0
}
