import { describe, expect, it } from "vitest"
import { seeded } from "./compact-pair.js"
import { PublishedSide } from "./published-side.js"

const startMs = 1_800_000_000_000
const minuteMs = 60_000
const dayMs = 86_400_000

interface Traffic {
  loss: number
  duplication: number
  delayMs: number
}

/** Several people in one channel over a broadcast that loses, repeats and reorders, on a virtual clock. */
class Room {
  nowMs = startMs
  readonly random: () => number
  readonly people: PublishedSide[]
  broadcasts = 0
  #queue: { atMs: number; to: PublishedSide; bytes: Uint8Array }[] = []

  constructor(
    seed: number,
    names: readonly string[],
    readonly traffic: Traffic,
  ) {
    this.random = seeded(seed)
    this.people = names.map(
      (name) => new PublishedSide(name, this.random, (bytes, _, from) => this.#carry(bytes, from)),
    )
  }

  run(untilMs: number): void {
    for (;;) {
      let next = Infinity
      for (const { atMs } of this.#queue) next = Math.min(next, atMs)
      for (const { wakeAtMs } of this.people) next = Math.min(next, wakeAtMs ?? Infinity)
      if (next > untilMs) break
      this.nowMs = Math.max(this.nowMs, next)
      const due = this.#queue.filter(({ atMs }) => atMs <= this.nowMs)
      this.#queue = this.#queue.filter(({ atMs }) => atMs > this.nowMs)
      for (const { to, bytes } of due) to.receive(bytes, this.nowMs)
      for (const person of this.people)
        if (person.wakeAtMs !== undefined && person.wakeAtMs <= this.nowMs) person.wake(this.nowMs)
    }
    this.nowMs = untilMs
  }

  #carry(bytes: Uint8Array, from: PublishedSide): void {
    this.broadcasts++
    const { loss, duplication, delayMs } = this.traffic
    for (const to of this.people) {
      if (to === from) continue
      const copies = (this.random() < loss ? 0 : 1) + (this.random() < duplication ? 1 : 0)
      for (let copy = 0; copy < copies; copy++)
        this.#queue.push({ atMs: this.nowMs + Math.floor(this.random() * delayMs), to, bytes })
    }
  }
}

function converse(seed: number, names: readonly string[], messages: number): Room {
  const room = new Room(seed, names, { loss: 0.3, duplication: 0.2, delayMs: 2 * minuteMs })
  for (let i = 0; i < messages; i++) {
    const person = room.people[Math.floor(room.random() * names.length)] as PublishedSide
    person.send("the same text", room.nowMs)
    room.run(room.nowMs + Math.floor(room.random() ** 3 * 5 * minuteMs))
  }
  room.run(room.nowMs + 100 * dayMs)
  return room
}

describe("the published profile", () => {
  it.each([
    ["two", ["saro", "raya"]],
    ["five", ["saro", "raya", "pax", "noor", "kim"]],
  ])(
    "RL-5, RL-50: %s participants converge to one log in one order over loss, repetition and reordering",
    (_, names) => {
      for (let seed = 1; seed <= 25; seed++) {
        const room = converse(seed, names, 30)
        const [first, ...others] = room.people.map((person) => person.read())
        for (const log of others) expect(log, `seed ${seed}`).toEqual(first)
        expect(first, `seed ${seed}`).toHaveLength(30)
        for (const { state, failed, wakeAtMs, missing, recovered, delivered } of room.people) {
          expect([state.sent.size, state.incoming.size, state.owed.size, failed.length], `seed ${seed}`).toEqual([
            0, 0, 0, 0,
          ])
          expect(new Set(delivered).size, `seed ${seed}`).toBe(delivered.length)
          expect(
            recovered.every((id) => missing.includes(id)),
            `seed ${seed}`,
          ).toBe(true)
          expect(wakeAtMs, `seed ${seed}`).toBeUndefined()
        }
      }
    },
  )

  it("RL-53: nothing is called acknowledged that nobody has, at the moment when it is called so", () => {
    for (let seed = 100; seed < 120; seed++) {
      const room = new Room(seed, ["saro", "raya", "pax"], { loss: 0.5, duplication: 0.1, delayMs: minuteMs })
      const arrived = new Set<string>()
      for (const person of room.people) {
        const receive = person.receive.bind(person)
        person.receive = (bytes, nowMs) => {
          receive(bytes, nowMs)
          for (const id of [...person.lines.keys(), ...person.state.incoming.keys()])
            arrived.add(`${person.name} ${id}`)
          for (const id of person.acknowledged) {
            const others = room.people.filter((other) => other !== person)
            if (!others.some((other) => arrived.has(`${other.name} ${id}`))) throw new Error(`seed ${seed}: ${id}`)
          }
        }
      }
      for (let i = 0; i < 20; i++) {
        ;(room.people[i % 3] as PublishedSide).send("again", room.nowMs)
        room.run(room.nowMs + minuteMs)
      }
      room.run(room.nowMs + dayMs)
      expect(room.people.some(({ acknowledged }) => acknowledged.length > 0)).toBe(true)
    }
  })
})
