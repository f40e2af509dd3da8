import type { Route } from "@colloquy/core"
import { routeKey } from "./instance.js"
import type { Arrival } from "./laboratory.js"

const keptMax = 4096

/** Payloads that nobody expected when they came, by where they would be expected: what overtook its listener waits for it here. */
export class Arrivals {
  readonly #kept = new Map<string, Arrival[]>()
  #count = 0

  keep(arrival: Arrival): void {
    const key = routeKey(arrival)
    const waiting = this.#kept.get(key) ?? []
    this.#kept.set(key, waiting)
    waiting.push(arrival)
    if (++this.#count <= keptMax) return
    const [oldest] = this.#kept
    if (oldest === undefined) return
    oldest[1].shift()
    this.#count--
    if (oldest[1].length === 0) this.#kept.delete(oldest[0])
  }

  /** What a new route expects: of a whole topic everything, with a hint or without. */
  take(route: Route): readonly Arrival[] {
    const key = routeKey(route)
    const taken: Arrival[] = []
    for (const [waiting, arrivals] of route.hint === undefined ? [...this.#kept] : this.#entry(key)) {
      if (waiting !== key && !waiting.startsWith(`${key} `)) continue
      taken.push(...arrivals)
      this.#kept.delete(waiting)
    }
    this.#count -= taken.length
    return taken
  }

  copy(): Arrivals {
    const copy = new Arrivals()
    for (const arrivals of this.#kept.values()) for (const arrival of arrivals) copy.keep(arrival)
    return copy
  }

  #entry(key: string): [string, Arrival[]][] {
    const found = this.#kept.get(key)
    return found === undefined ? [] : [[key, found]]
  }
}
