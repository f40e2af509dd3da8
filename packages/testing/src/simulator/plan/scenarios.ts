import { SeededRandom } from "../random.js"
import { builtIn, type Types } from "../types.js"
import type { Plan, StoreKind } from "./plan.js"
import { peopleMax, PlanMaker } from "./plan-maker.js"
import { type Climate, type Weather, weatherOf } from "./weather.js"

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Who is there, what they begin, say and do. */
export interface Scenario {
  readonly says: string
  /** How often it comes when none is named, relative to the others. */
  readonly weight: number
  readonly peopleMin: number
  readonly peopleMax: number
  /** What it needs of the weather. */
  weather?(random: SeededRandom, drawn: Weather): Partial<Weather>
  plan(maker: PlanMaker): void
}

export const scenarios = {
  pair: {
    says: "two people meet and write",
    weight: 24,
    peopleMin: 2,
    peopleMax: 2,
    plan(maker) {
      maker.chatter(maker.talk([0, 1]))
      maker.troubles()
    },
  },
  circle: {
    says: "several people, each with some of the others",
    weight: 18,
    peopleMin: 3,
    peopleMax: 6,
    weather: (random, { messagesEach }) => ({ messagesEach: Math.ceil(messagesEach / random.whole(2, 4)) }),
    plan(maker) {
      for (const talk of circle(maker)) maker.chatter(talk)
      maker.troubles()
    },
  },
  chores: {
    says: "messages are erased, disappear and are withdrawn, people are denied and let in again, sessions are begun anew",
    weight: 18,
    peopleMin: 2,
    peopleMax: 3,
    plan(maker) {
      for (const talk of circle(maker)) {
        maker.chatter(talk)
        maker.chores(talk)
      }
      maker.troubles()
    },
  },
  setback: {
    says: "somebody goes on with an old copy of his profile, or with a backup",
    weight: 12,
    peopleMin: 2,
    peopleMax: 3,
    plan(maker) {
      for (const talk of circle(maker)) maker.chatter(talk)
      maker.setback(0)
      if (maker.random.chance(0.2)) maker.setback(1)
      maker.troubles()
    },
  },
  removal: {
    says: "somebody removes a conversation, and may begin another with the same person",
    weight: 8,
    peopleMin: 2,
    peopleMax: 3,
    plan(maker) {
      for (const talk of circle(maker)) maker.chatter(talk)
      const { random, talks } = maker
      const talk = random.whole(0, talks.length - 1)
      const [one, other] = talks[talk]?.members as [number, number]
      const who = random.chance(0.5) ? one : other
      maker.at(maker.moment(0.3), { kind: "remove", who, talk })
      maker.troubles()
    },
  },
  long: {
    says: "content of several segments",
    weight: 4,
    peopleMin: 2,
    peopleMax: 2,
    weather: (random) => ({ messagesEach: random.whole(1, 3) }),
    plan(maker) {
      const talk = maker.talk([0, 1])
      maker.chatter(talk, maker.weather.messagesEach, maker.random.spread(60_000, 600_000))
      maker.troubles()
    },
  },
  clocks: {
    says: "clocks are set forward and back",
    weight: 6,
    peopleMin: 2,
    peopleMax: 3,
    plan(maker) {
      for (const talk of circle(maker)) maker.chatter(talk)
      maker.clocks()
      maker.troubles()
    },
  },
  absence: {
    says: "one is away for a year, and comes back",
    weight: 3,
    peopleMin: 2,
    peopleMax: 3,
    weather: (random) => ({
      spanMs: 370 * dayMs,
      messagesEach: random.whole(4, 20),
      delayMaxMs: random.spread(10, hourMs),
      retentionMs: random.whole(11, 30) * dayMs,
      scopeChanges: 0,
    }),
    plan(maker) {
      for (const talk of circle(maker)) maker.chatter(talk)
      const who = maker.random.whole(0, maker.people.length - 1)
      const kind = maker.random.chance(0.5) ? "close" : "cut"
      maker.at(5 * dayMs, { kind, who, forMs: 365 * dayMs })
      maker.troubles()
    },
  },
  mixed: {
    says: "a little of everything",
    weight: 7,
    peopleMin: 2,
    peopleMax: 4,
    weather: (random, { messagesEach }) => ({ messagesEach: Math.ceil(messagesEach / random.whole(1, 4)) }),
    plan(maker) {
      for (const talk of circle(maker)) {
        maker.chatter(talk)
        maker.chores(talk)
      }
      const { random } = maker
      if (random.chance(0.3)) maker.setback(random.whole(0, maker.people.length - 1))
      if (random.chance(0.3)) maker.clocks()
      if (random.chance(0.3)) maker.say(0, 0, maker.moment(0.2), "much", 150_000)
      maker.troubles()
    },
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[]

export interface PlanOptions {
  /** By the seed, unless one is named. */
  readonly scenario?: ScenarioName
  readonly people?: number
  /** By the seed, and hostile mostly. */
  readonly climate?: Climate
  readonly store?: StoreKind
  readonly weather?: Partial<Weather>
  readonly types?: Types
}

/** Everything that a seed decides. */
export function planOf(seed: number, options: PlanOptions = {}): Plan {
  const { types = builtIn, store } = options
  const random = SeededRandom.for(seed, "scenario")
  const name = options.scenario ?? draw(random)
  const scenario: Scenario = scenarios[name]
  const needsGentle = types.spoken.every(({ repairs }) => !repairs)
  const drawn: Climate = random.chance(0.3) ? "gentle" : "hostile"
  const climate = options.climate ?? (needsGentle ? "gentle" : drawn)
  const basis = weatherOf(seed, climate)
  const wanted = scenario.weather?.(random, basis) ?? {}
  // A service that forgets loses what a type without repair never gets again.
  const gentle = climate === "gentle" && types.spoken.some(({ repairs }) => !repairs) ? { retentionMs: 0 } : {}
  const weather: Weather = { ...basis, ...wanted, ...gentle, ...options.weather }
  const maker = new PlanMaker(seed, weather, types, climate === "gentle")
  const count = options.people ?? random.whole(scenario.peopleMin, scenario.peopleMax)
  maker.addPeople(Math.max(2, Math.min(peopleMax, count)), store)
  scenario.plan(maker)
  const { people, talks, actions } = maker
  return { seed, scenario: name, people, talks, weather, actions: [...actions].sort((a, b) => a.atMs - b.atMs) }
}

/** Two people have one conversation; of more, everybody has one with somebody, and some of the others too. */
function circle(maker: PlanMaker): readonly number[] {
  const { random, people } = maker
  const made: number[] = []
  for (let who = 1; who < people.length; who++) {
    const partner = random.whole(0, who - 1)
    made.push(maker.talk(random.chance(0.5) ? [who, partner] : [partner, who]))
    for (let other = 0; other < who; other++)
      if (other !== partner && random.chance(0.25)) made.push(maker.talk([other, who]))
  }
  return made
}

function draw(random: SeededRandom): ScenarioName {
  let left = random.share() * scenarioNames.reduce((sum, name) => sum + scenarios[name].weight, 0)
  for (const name of scenarioNames) {
    left -= scenarios[name].weight
    if (left < 0) return name
  }
  return "pair"
}
