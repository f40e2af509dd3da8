import type { Clock } from "@colloquy/core"
import type { SeededRandom } from "../random.js"
import type { VirtualClock } from "../virtual-clock.js"

/** How far a person's clock is from the true time. It outlives processes. */
export interface Skew {
  ms: number
}

/**
 * What a person's program is between its start and its end. When it is killed nothing in it goes on: its timers don't fire, and what it waits
 * for never comes.
 */
export class SimProcess {
  readonly clock: Clock
  readonly random: SeededRandom
  #alive = true
  readonly #onKill: (() => void)[] = []

  constructor(clock: VirtualClock, random: SeededRandom, skew: Skew) {
    this.random = random
    this.clock = {
      nowMs: () => clock.nowMs() + skew.ms,
      after: (delayMs, callback) =>
        clock.after(delayMs, () => {
          if (this.#alive) callback()
        }),
    }
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Calls back when the process ends, however it does. */
  onEnd(callback: () => void): void {
    this.#onKill.push(callback)
  }

  /** Settles as the promise does, or never once the process is dead. */
  guard<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          if (this.#alive) resolve(value)
        },
        (error: unknown) => {
          if (this.#alive) reject(error)
        },
      )
    })
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(delayMs, resolve))
  }

  kill(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const callback of this.#onKill) callback()
  }
}
