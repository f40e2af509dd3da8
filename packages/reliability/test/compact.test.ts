import { describe, expect, it } from "vitest"
import { Side, seeded } from "./compact-pair.js"

const startMs = 1_800_000_000_000
const dayMs = 86_400_000

interface Traffic {
  readonly loss: number
  readonly duplication: number
  readonly delayMs: number
}

/** Two people over a channel that loses, repeats and reorders, on a virtual clock. */
class Pair {
  nowMs = startMs
  readonly random: () => number
  readonly saro: Side
  readonly raya: Side
  traffic: Traffic
  #queue: { atMs: number; to: Side; from: Side; bytes: Uint8Array }[] = []

  constructor(seed: number, traffic: Traffic) {
    this.random = seeded(seed)
    this.traffic = traffic
    this.saro = new Side("saro", this.random, (bytes, _, from) => this.#carry(bytes, from))
    this.raya = new Side("raya", this.random, (bytes, _, from) => this.#carry(bytes, from))
  }

  #carry(bytes: Uint8Array, from: Side): void {
    const to = from === this.saro ? this.raya : this.saro
    const { loss, duplication, delayMs } = this.traffic
    const copies = (this.random() < loss ? 0 : 1) + (this.random() < duplication ? 1 : 0)
    for (let copy = 0; copy < copies; copy++)
      this.#queue.push({ atMs: this.nowMs + Math.floor(this.random() * delayMs), to, from, bytes })
  }

  /** Lets what happens until then happen, in order. */
  run(untilMs: number): void {
    for (;;) {
      let next = Infinity
      for (const { atMs } of this.#queue) next = Math.min(next, atMs)
      for (const side of [this.saro, this.raya]) next = Math.min(next, side.wakeAtMs ?? Infinity)
      if (next > untilMs) break
      this.nowMs = Math.max(this.nowMs, next)
      const due = this.#queue.filter(({ atMs }) => atMs <= this.nowMs)
      this.#queue = this.#queue.filter(({ atMs }) => atMs > this.nowMs)
      for (const { to, from, bytes } of due) to.receive(from.name, bytes, this.nowMs)
      for (const side of [this.saro, this.raya])
        if (side.wakeAtMs !== undefined && side.wakeAtMs <= this.nowMs) side.wake(this.nowMs)
    }
    this.nowMs = untilMs
  }
}

describe("the compact profile between two people", () => {
  it("RL-5, RL-25, RL-31: converges to one log in one order over loss, repetition and reordering", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const pair = new Pair(seed, { loss: 0.3, duplication: 0.2, delayMs: 60_000 })
      for (let round = 0; round < 40; round++) {
        const side = pair.random() < 0.5 ? pair.saro : pair.raya
        side.send("again", pair.nowMs)
        pair.run(pair.nowMs + Math.floor(pair.random() ** 4 * 600_000))
      }
      pair.run(pair.nowMs + 60 * dayMs)
      expect(pair.saro.read(), `seed ${seed}`).toEqual(pair.raya.read())
      expect(pair.saro.log.size, `seed ${seed}`).toBe(40)
      for (const side of [pair.saro, pair.raya]) {
        expect(side.state.outgoing.size, `seed ${seed}`).toBe(0)
        expect(side.state.gaps.size, `seed ${seed}`).toBe(0)
        expect([...side.recovered].sort(), `seed ${seed}`).toEqual([...side.missing].sort())
        expect(new Set(side.acknowledged).size, `seed ${seed}`).toBe(side.acknowledged.length)
        expect(side.acknowledged.length, `seed ${seed}`).toBe(side.state.link.sequence)
        expect(side.wakeAtMs, `seed ${seed}`).toBeUndefined()
      }
    }
  })
})
