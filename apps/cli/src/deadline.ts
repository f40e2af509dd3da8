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
