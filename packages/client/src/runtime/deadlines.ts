import type { Clock } from "@colloquy/core"

/** Node fires timers of more than 2^31 ms at once. */
const timerMaxMs = 24 * 60 * 60 * 1000
const retryMs = 1000

/** One timer for the earliest of many deadlines, whose list is in the store. */
export class Deadlines {
  readonly #clock: Clock
  readonly #work: () => Promise<void>
  #cancel: (() => void) | undefined
  #dueAtMs = Number.POSITIVE_INFINITY
  #closed = false
  #running: Promise<void> | undefined

  /** `work` does what is due and notes the deadline that comes next. */
  constructor(clock: Clock, work: () => Promise<void>) {
    this.#clock = clock
    this.#work = work
  }

  note(atMs: number): void {
    if (atMs >= this.#dueAtMs || this.#closed) return
    this.#cancel?.()
    this.#dueAtMs = atMs
    const delayMs = Math.min(Math.max(0, atMs - this.#clock.nowMs()), timerMaxMs)
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#running = this.#fire()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    await this.#running
  }

  async #fire(): Promise<void> {
    this.#dueAtMs = Number.POSITIVE_INFINITY
    try {
      await this.#work()
    } catch {
      this.note(this.#clock.nowMs() + retryMs)
    }
  }
}
