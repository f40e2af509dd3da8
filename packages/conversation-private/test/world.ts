import { type Hint, type MessageId, type Parcel, toHex, utf8, type Crypto } from "@colloquy/core"
import { acquainted, type AnyEffect, type AnyInput, type AnyOutcome, type Flying, type Party } from "./harness.js"

/** What a channel does to what is sent. */
export interface Weather {
  readonly loss: number
  readonly duplication: number
  readonly delayMaxMs: number
  /** Of each batch of inputs: its steps are dropped, and the state is decoded from what was stored. */
  readonly crash: number
}

export const calm: Weather = { loss: 0, duplication: 0, delayMaxMs: 0, crash: 0 }
export const storm: Weather = { loss: 0.1, duplication: 0.1, delayMaxMs: 6 * 3_600_000, crash: 0.05 }

interface Message {
  readonly id: MessageId
  readonly lamport: number
  readonly text: string
}

/** One side as a client would run it. */
export class Side {
  readonly sent: Message[] = []
  readonly delivered: Message[] = []
  /** By message, in the order in which they came. */
  readonly fates = new Map<MessageId, string[]>()
  readonly notices: { by: string; reason: string }[] = []
  /** Payloads whose hint led nowhere: looked at again whenever new hints are expected. */
  waiting: { flying: Flying; sinceMs: number }[] = []
  published = 0
  publishedBytes = 0
  isAway = false
  /** What arrived while the side was away. */
  readonly mailbox: (() => void)[] = []

  constructor(readonly party: Party) {}

  get log(): string[] {
    return [...this.sent, ...this.delivered]
      .sort((a, b) => a.lamport - b.lamport || (a.id < b.id ? -1 : 1))
      .map(({ id, text }) => `${id} ${text}`)
  }
}

/** Two sides, a virtual clock and a channel between them. The same seed gives the same run. */
export class World {
  readonly saro: Side
  readonly raya: Side
  weather: Weather = calm
  nowMs: number
  /** What is dropped besides what the weather drops. */
  isLost: (from: Side) => boolean = () => false
  readonly #events: { atMs: number; order: number; run: () => void }[] = []
  readonly #random: () => number
  #order = 0

  constructor(crypto: Crypto, seed: number) {
    this.#random = mulberry(seed)
    const { saro, raya } = acquainted(crypto)
    this.saro = new Side(saro)
    this.raya = new Side(raya)
    this.nowMs = saro.nowMs
    for (const side of [this.saro, this.raya]) this.#scheduleWake(side)
  }

  random(below: number): number {
    return Math.floor(this.#random() * below)
  }

  other(side: Side): Side {
    return side === this.saro ? this.raya : this.saro
  }

  say(side: Side, text: string): void {
    this.give(side, { kind: "send", content: utf8(text) }, text)
  }

  /** Runs one input to its commit; a crash drops it, and then it is run again, as a client does. */
  give(side: Side, input: AnyInput, text = ""): AnyOutcome {
    const { party } = side
    party.nowMs = this.nowMs
    for (;;) {
      const crashes = this.#random() < this.weather.crash
      const before = crashes ? party.talk.stored() : undefined
      const expected = crashes ? [...party.talk.expected] : []
      const outcome = party.step(copied(input))
      if (before === undefined) {
        if (outcome.kind === "next") this.perform(side, outcome.effects, text)
        this.#scheduleWake(side)
        return outcome
      }
      party.talk.reload(before)
      party.talk.expected.clear()
      for (const row of expected) party.talk.expected.add(row)
    }
  }

  perform(side: Side, effects: readonly AnyEffect[], text = ""): void {
    for (const effect of effects)
      switch (effect.kind) {
        case "publish": {
          const { topic, hint, payload } = effect
          side.published++
          side.publishedBytes += payload.length
          this.#carry(side, () =>
            this.#arrive(this.other(side), { topic, hint: hint as Hint, payload: payload.slice() }),
          )
          break
        }
        case "carry": {
          const parcel: Parcel = { ...effect.parcel, body: effect.parcel.body.slice() }
          side.published++
          side.publishedBytes += 1200 + parcel.body.length
          this.#carry(side, () => this.#invite(side, parcel))
          break
        }
        case "introduce":
          this.at(this.nowMs + 10, () => {
            side.party.nowMs = this.nowMs
            this.give(side, { kind: "introduction", introduction: side.party.introduction(effect.expiresAtMs) })
          })
          break
        case "sent":
          side.sent.push({ id: effect.message, lamport: effect.lamport, text })
          break
        case "deliver": {
          const { message: id, lamport, content } = effect
          side.delivered.push({ id, lamport, text: new TextDecoder().decode(content) })
          break
        }
        case "fate":
          side.fates.set(effect.message, [...(side.fates.get(effect.message) ?? []), effect.fate])
          break
        case "notice":
          side.notices.push(effect.body)
          break
        default:
      }
    if (effects.some((effect) => effect.kind === "listen" && effect.add.length > 0)) this.#lookAgain(side)
  }

  at(atMs: number, run: () => void): void {
    this.#events.push({ atMs, order: this.#order++, run })
  }

  /** Lets time pass. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      let next = -1
      for (const [index, { atMs, order }] of this.#events.entries()) {
        const best = this.#events[next]
        if (best === undefined || atMs < best.atMs || (atMs === best.atMs && order < best.order)) next = index
      }
      const event = this.#events[next]
      if (event === undefined || event.atMs > untilMs) break
      this.#events.splice(next, 1)
      this.nowMs = Math.max(this.nowMs, event.atMs)
      event.run()
    }
    this.nowMs = untilMs
  }

  /** The device is off: nothing is stepped, and the service keeps payloads for as long as it does. */
  leave(side: Side): void {
    side.isAway = true
  }

  /** Back, with what the service still has: the newest payloads up to `retentionMs` old. */
  comeBack(side: Side): void {
    side.isAway = false
    for (const run of side.mailbox.splice(0)) run()
    this.#scheduleWake(side)
  }

  #carry(from: Side, run: () => void): void {
    const { loss, duplication, delayMaxMs } = this.weather
    if (this.isLost(from)) return
    for (let copies = this.#random() < duplication ? 2 : 1; copies > 0; copies--) {
      if (this.#random() < loss) continue
      const isSlow = this.#random() < 0.2
      const delayMs = this.#random() * (isSlow ? delayMaxMs : Math.min(delayMaxMs, 3000))
      const side = this.other(from)
      const sentAtMs = this.nowMs
      this.at(this.nowMs + 5 + Math.floor(delayMs), () => {
        if (!side.isAway) run()
        else
          side.mailbox.push(() => {
            if (this.nowMs - sentAtMs <= this.retentionMs) run()
          })
      })
    }
  }

  retentionMs: number = Number.POSITIVE_INFINITY

  #arrive(side: Side, flying: Flying): void {
    if (this.#open(side, flying)) return
    if (!side.waiting.some((known) => toHex(known.flying.hint) === toHex(flying.hint)))
      side.waiting.push({ flying, sinceMs: this.nowMs })
  }

  #open(side: Side, flying: Flying): boolean {
    if (!side.party.talk.expected.has(toHex(flying.hint))) return false
    this.give(side, { kind: "receive", ...flying })
    return true
  }

  #lookAgain(side: Side): void {
    side.waiting = side.waiting.filter(({ sinceMs }) => sinceMs >= this.nowMs - 24 * 3_600_000)
    for (const entry of side.waiting)
      if (side.party.talk.expected.has(toHex(entry.flying.hint))) {
        side.waiting = side.waiting.filter((known) => known !== entry)
        this.#open(side, entry.flying)
        return this.#lookAgain(side)
      }
  }

  #invite(from: Side, parcel: Parcel): void {
    const side = this.other(from)
    side.party.nowMs = this.nowMs
    const outcome = side.party.accept(from.party.participant, parcel)
    if (!("kind" in outcome)) this.perform(side, outcome.effects)
    this.#scheduleWake(side)
  }

  #scheduleWake(side: Side): void {
    const { wakeAtMs } = side.party.talk
    if (wakeAtMs === undefined) return
    this.at(Math.max(wakeAtMs, this.nowMs), () => {
      if (side.isAway || side.party.talk.wakeAtMs !== wakeAtMs) return
      this.give(side, { kind: "wake" })
    })
  }
}

/** The machine may keep what it is given. */
function copied(input: AnyInput): AnyInput {
  if (input.kind === "send") return { ...input, content: input.content.slice() }
  return input.kind === "receive" ? { ...input, payload: input.payload.slice() } : input
}

/** Small, seeded and good enough to choose what a channel does. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
