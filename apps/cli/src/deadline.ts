/**
 * Does something with a signal that aborts after this long, or when the command is to end. `AbortSignal.any` would not do: in Node 20 it lets
 * the timeout be collected, which then never fires.
 */
export async function withDeadline<T>(
  durationMs: number,
  stop: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, durationMs)
  stop.addEventListener("abort", abort)
  if (stop.aborted) abort()
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    stop.removeEventListener("abort", abort)
  }
}

/** Node fires a timer of more than 2^31 ms at once, so that a long wait is made of shorter ones. */
const timerMsMax = 86_400_000

/** Resolves after this long, or when the signal aborts. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0 && !signal.aborted; leftMs -= timerMsMax)
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener("abort", end)
        resolve()
      }
      const timer = setTimeout(end, Math.min(leftMs, timerMsMax))
      signal.addEventListener("abort", end)
    })
}
