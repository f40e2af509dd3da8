import type { Clock } from "@colloquy/core"
import { key, sequenceOf } from "../store/keys.js"
import type { Store } from "../store/store.js"

/** Ever-growing numbers that order what is stored: microseconds of the time, or the number after the last where that is later. */
export class Sequence {
  readonly #clock: Clock
  #last: number

  private constructor(clock: Clock, last: number) {
    this.#clock = clock
    this.#last = last
  }

  static async open(store: Store, clock: Clock): Promise<Sequence> {
    let last = 0
    for (const table of ["event", "outbox", "ring", "journal"] as const)
      for (const entry of await store.page(key(table), { limit: 1, reverse: true }))
        last = Math.max(last, sequenceOf(entry.key))
    for await (const entry of store.all(key("input"))) last = Math.max(last, sequenceOf(entry.key))
    return new Sequence(clock, last)
  }

  next(): number {
    this.#last = Math.max(this.#last + 1, this.#clock.nowMs() * 1000)
    return this.#last
  }

  get last(): number {
    return this.#last
  }
}
