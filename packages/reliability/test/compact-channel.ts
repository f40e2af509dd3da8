import type { CompactPublication } from "@colloquy/reliability"
import { Side, seeded } from "./compact-pair.js"

export const startMs = 1_800_000_000_000
export const dayMs = 86_400_000

export interface Traffic {
  readonly loss: number
  readonly duplication: number
  readonly delayMs: number
}

/** Two people over a channel that loses, repeats and reorders, on a virtual clock. */
export class Pair {
  nowMs = startMs
  readonly random: () => number
  readonly saro: Side
  readonly raya: Side
  traffic: Traffic
  /** What is lost besides. */
  loses: (publication: CompactPublication, from: Side) => boolean = () => false
  #queue: { atMs: number; to: Side; from: Side; bytes: Uint8Array }[] = []

  constructor(seed: number, traffic: Traffic) {
    this.random = seeded(seed)
    this.traffic = traffic
    this.saro = new Side("saro", this.random, this.#carry)
    this.raya = new Side("raya", this.random, this.#carry)
  }

  readonly #carry = (bytes: Uint8Array, publication: CompactPublication, from: Side): void => {
    if (this.loses(publication, from)) return
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
      for (const { to, from, bytes } of due) {
        const before = to.acknowledged.length
        to.receive(from.name, bytes, this.nowMs)
        for (const message of to.acknowledged.slice(before))
          if (!from.log.has(message)) throw new Error(`${to.name} believes that ${from.name} has ${message}`)
      }
      for (const side of [this.saro, this.raya])
        if (side.wakeAtMs !== undefined && side.wakeAtMs <= this.nowMs) side.wake(this.nowMs)
    }
    this.nowMs = untilMs
  }
}
