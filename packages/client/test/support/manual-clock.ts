import type { Clock } from "@colloquy/core"

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

/**
 * Everything in these tests runs in memory and waits for promises alone, so that one turn of the event loop later all is done that can be
 * done without time passing or a hand being lifted.
 */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #nowMs: number
  #tickMs: number
  readonly #timers = new Set<Timer>()

  /** With `tickMs`, every look at the clock costs that much time. */
  constructor(nowMs = 1_800_000_000_000, tickMs = 0) {
    this.#nowMs = nowMs
    this.#tickMs = tickMs
  }

  nowMs(): number {
    this.#nowMs += this.#tickMs
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  get timers(): number {
    return this.#timers.size
  }

  /** Lets time pass, timer by timer, and what each sets off settle before the next. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settle()
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.callback()
      await settle()
    }
    this.#nowMs = Math.max(this.#nowMs, endMs)
  }

  /** The clock is set, as a person or a time server does; nothing fires. */
  set(nowMs: number): void {
    this.#nowMs = nowMs
  }
}
