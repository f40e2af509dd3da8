import { SeededRandom } from "../random.js"
import type { SimulatedType, Types } from "../types.js"
import type { Action, PersonPlan, StoreKind, TalkPlan } from "./plan.js"
import type { Weather } from "./weather.js"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const names = ["Saro", "Raya", "Pax", "Nima", "Tove", "Ilan", "Vera", "Odo"] as const

export const peopleMax: number = names.length

type Said = { [K in Action["kind"]]: Omit<Extract<Action, { kind: K }>, "atMs"> }[Action["kind"]]

/** What a scenario draws its plan with: everything by the seed. */
export class PlanMaker {
  readonly random: SeededRandom
  readonly weather: Weather
  readonly people: PersonPlan[] = []
  readonly talks: TalkPlan[] = []
  readonly actions: Action[] = []
  /** How long it takes at most until people have met. */
  readonly #meetingMs: number
  readonly #types: readonly SimulatedType[]

  constructor(seed: number, weather: Weather, types: Types, isGentle: boolean) {
    this.random = SeededRandom.for(seed, "plan")
    this.weather = weather
    // An introduction does not wait for ever, nor does an invite.
    this.#meetingMs = Math.min(weather.spanMs, 3 * dayMs)
    this.#types = types.spoken.filter(({ repairs }) => repairs || isGentle)
  }

  /** `store` for all of them, else of each kind some: SQLite is slow, so few have it. */
  addPeople(count: number, store: StoreKind | undefined): void {
    const { skewMaxMs } = this.weather
    for (const name of names.slice(0, count)) {
      const share = this.random.share()
      const drawn = share < 0.7 ? "memory" : share < 0.97 ? "sealed" : share < 0.985 ? "sqlite" : "sealed-sqlite"
      this.people.push({ name, store: store ?? drawn, skewMs: this.random.whole(-skewMaxMs, skewMaxMs) })
    }
  }

  /** A moment of the time in which people write. */
  moment(from = 0, to = 1): number {
    return Math.round(this.random.whole(from * this.weather.spanMs, to * this.weather.spanMs))
  }

  at(atMs: number, action: Said): void {
    this.actions.push({ ...action, atMs } as Action)
  }

  /** The first begins with each of the others; now and then one of them begins with him as well. */
  talk(members: readonly [number, number, ...number[]], both = 0.15): number {
    const { random } = this
    const talk = this.talks.length
    const [first, ...others] = members
    const usable = this.#types.filter(({ join }) => join !== undefined || members.length === 2)
    const { type } = usable[random.whole(0, usable.length - 1)] as SimulatedType
    this.talks.push({ type: type.id, members })
    const meet = (who: number, other: number): void => {
      const name = this.people[who]?.name ?? ""
      this.at(random.whole(0, 0.05 * this.#meetingMs), {
        kind: "meet",
        who,
        talk,
        with: other,
        ...(random.chance(0.7) ? { words: `${name} says hello in ${talk} to ${this.people[other]?.name ?? ""}.` } : {}),
        handMs: random.spread(10, this.#meetingMs / 10),
        allowMs: random.spread(10, this.#meetingMs / 3),
      })
    }
    for (const other of others) meet(first, other)
    if (members.length === 2 && type.declaration.membership?.onePerPair === true && random.chance(both))
      meet(members[1], first)
    return talk
  }

  /** Messages at random times, some in bursts. */
  chatter(talk: number, count = this.weather.messagesEach, bytes = 0): void {
    const { random } = this
    const plan = this.talks[talk] as TalkPlan
    const { commands = [] } = this.#types.find(({ type }) => type.id === plan.type) ?? {}
    for (const who of plan.members) {
      let said = 0
      while (said < count) {
        const atMs = this.moment()
        const burst = random.chance(0.3) ? random.whole(2, 20) : 1
        for (let i = 0; i < burst && said < count; i++) {
          this.say(who, talk, atMs, `${++said}`, bytes)
          const command = commands[random.whole(0, 3 * commands.length)]
          if (command !== undefined) this.at(atMs, { kind: "command", who, talk, ...command })
        }
      }
    }
  }

  say(who: number, talk: number, atMs: number, what: string, bytes = 0, cancelMs?: number): void {
    const words = `${this.people[who]?.name ?? ""} says ${what} in ${talk}.`
    const keyed = cancelMs !== undefined || this.random.chance(0.7)
    const cancelled = cancelMs === undefined ? {} : { cancelMs }
    this.at(atMs, { kind: "say", who, talk, words, keyed, bytes, ...cancelled })
  }

  /** What the weather has for everybody: crashes, closing, being cut off, a service that changes. */
  troubles(): void {
    const { random } = this
    const { partitions, partitionMaxMs, crashes, closes, awayMaxMs, scopeChanges, loss } = this.weather
    for (const who of this.people.keys()) {
      for (let i = 0; i < partitions; i++)
        this.at(this.moment(), { kind: "cut", who, forMs: random.spread(1, partitionMaxMs) })
      for (let i = 0; i < crashes; i++) {
        const commits = random.chance(0.8) ? random.whole(1, 12) : 0
        const moment = random.chance(0.5) ? "before" : "after"
        this.at(random.chance(0.2) ? 0 : this.moment(), { kind: "crash", who, commits, moment })
      }
      for (let i = 0; i < closes; i++)
        this.at(this.moment(), { kind: "close", who, forMs: random.spread(10, awayMaxMs) })
      for (let i = 0; i < 3; i++) this.at(this.moment(), { kind: "inspect", who })
      if (random.chance(0.1)) this.at(this.moment(), { kind: "full", who, forMs: random.spread(100, 2 * hourMs) })
    }
    for (let i = 0; i < scopeChanges; i++) this.at(this.moment(), { kind: "scope", who: 0, keeps: loss === 0 })
  }

  /** Erasing, disappearing, withdrawing, denying for a while, beginning a new session. */
  chores(talk: number): void {
    const { random } = this
    const { members, type } = this.talks[talk] as TalkPlan
    const { recover, repairs } = this.#types.find((one) => one.type.id === type) as SimulatedType
    for (const who of members) {
      for (let i = random.whole(0, 3); i > 0; i--)
        this.at(this.moment(0.1), { kind: "erase", who, talk, share: random.share() })
      if (random.chance(0.3)) {
        const afterMs = random.spread(minuteMs, 2 * dayMs)
        this.at(this.moment(0.1), { kind: "disappear", who, talk, afterMs })
        if (random.chance(0.3)) this.at(this.moment(0.5), { kind: "disappear", who, talk, afterMs: 0 })
      }
      for (let i = random.whole(0, 4); i > 0; i--)
        this.say(who, talk, this.moment(0.1), `to be withdrawn ${i}`, 0, random.spread(1, minuteMs))
      // What comes while it is denied is refused: who does not send it again has lost it.
      if (repairs && random.chance(0.2)) {
        const atMs = this.moment(0.2, 0.7)
        this.at(atMs, { kind: "consent", who, talk, consent: "denied" })
        this.at(atMs + random.spread(minuteMs, this.weather.spanMs / 3), {
          kind: "consent",
          who,
          talk,
          consent: "allowed",
        })
      }
      if (recover !== undefined && random.chance(0.25))
        this.at(this.moment(0.2), { kind: "command", who, talk, ...recover })
    }
  }

  clocks(): void {
    const { random } = this
    for (const who of this.people.keys())
      for (let i = random.whole(0, 3); i > 0; i--) {
        const byMs = random.spread(1000, 2 * dayMs)
        this.at(this.moment(), { kind: "jump", who, byMs: random.chance(0.5) ? byMs : -byMs })
      }
  }

  /** One goes on with an old copy of his disk, or with a backup. */
  setback(who: number): void {
    const { random } = this
    const [keep, use] = random.chance(0.5) ? (["copy", "restore"] as const) : (["export", "import"] as const)
    const atMs = this.moment(0.15, 0.7)
    this.at(atMs, { kind: keep, who })
    this.at(atMs + random.spread(minuteMs, this.weather.spanMs / 3), { kind: use, who })
  }
}
