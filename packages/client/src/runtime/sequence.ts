import type { Clock } from "@colloquy/core"
import { key, sequenceOf } from "../store/keys.js"
import type { Store } from "../store/store.js"

/** Ever-growing numbers that order what is stored. They begin at the time, so that they also grow over restarts. */
export class Sequence {
  #last: number

  private constructor(last: number) {
    this.#last = last
  }

  static async open(store: Store, clock: Clock): Promise<Sequence> {
    let last = clock.nowMs() * 1000
    for (const table of ["event", "outbox", "ring"] as const)
      for (const entry of await store.page(key(table), { limit: 1, reverse: true }))
        last = Math.max(last, sequenceOf(entry.key))
    for await (const entry of store.all(key("input"))) last = Math.max(last, sequenceOf(entry.key))
    return new Sequence(last)
  }

  next(): number {
    this.#last += 1
    return this.#last
  }

  get last(): number {
    return this.#last
  }
}
