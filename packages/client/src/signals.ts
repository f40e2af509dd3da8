interface Waiting {
  readonly callbacks: Set<() => void>
  /** The one listener at the signal. */
  readonly listener: () => void
}

const waiting = new WeakMap<AbortSignal, Waiting>()

/**
 * Calls back once when the signal aborts, at once where it has. The returned function ends that. All who wait for one signal share one listener: with
 * more than ten Node warns of a leak, and a client has as many waits as the application wants.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback()
    return () => undefined
  }
  const { callbacks, listener } = waiting.get(signal) ?? listenTo(signal)
  // Of its own, should the same function wait twice.
  const called = (): void => callback()
  callbacks.add(called)
  return () => {
    if (!callbacks.delete(called) || callbacks.size > 0) return
    signal.removeEventListener("abort", listener)
    waiting.delete(signal)
  }
}

function listenTo(signal: AbortSignal): Waiting {
  const callbacks = new Set<() => void>()
  const listener = (): void => {
    for (const callback of callbacks) callback()
    callbacks.clear()
  }
  const made = { callbacks, listener }
  waiting.set(signal, made)
  signal.addEventListener("abort", listener, { once: true })
  return made
}

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
  const releases = signals
    .filter((signal) => signal !== undefined)
    .map((signal) => onAbort(signal, () => controller.abort(signal.reason)))
  return {
    signal: controller.signal,
    release: () => {
      for (const release of releases) release()
    },
  }
}
