/** A signal that aborts with the first of some others, for as long as it is not released. */
export interface JoinedSignal {
  readonly signal: AbortSignal
  /** Lets go of the others, which may live much longer. */
  release(): void
}

/**
 * Joins signals, each held for as long as the joined one is in use. `AbortSignal.any` holds them weakly in Node 20: an `AbortSignal.timeout`
 * that nobody else holds is collected there and never fires.
 */
export function joinSignals(...signals: readonly (AbortSignal | undefined)[]): JoinedSignal {
  const controller = new AbortController()
  const joined = signals.filter((signal) => signal !== undefined)
  const abort = (event: Event): void => controller.abort((event.target as AbortSignal).reason)
  for (const signal of joined)
    if (signal.aborted) controller.abort(signal.reason)
    else signal.addEventListener("abort", abort, { once: true })
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of joined) signal.removeEventListener("abort", abort)
    },
  }
}
