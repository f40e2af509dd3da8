import { SeededRandom } from "../random.js"

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** What a run is like. Probabilities are from 0 to 1 and hold for each publication unless said otherwise; durations are in milliseconds. */
export interface Weather {
  /** How long people write before the network becomes good. */
  readonly spanMs: number
  readonly messagesEach: number
  /** Taken and never brought. */
  readonly loss: number
  /** Brought twice or more. */
  readonly duplication: number
  /** Brought with other bytes instead. */
  readonly corruption: number
  /** Brought with other bytes as well. */
  readonly forgery: number
  /** Brought again, much later, half of the time on another topic. */
  readonly replay: number
  /** How long it is under way at most: any order follows from it. */
  readonly delayMaxMs: number
  /** Publishing fails before the service took it, or after. */
  readonly publishFailure: number
  /** The service says that it keeps it, else that it handed it on. */
  readonly stored: number
  /** How many times each person is cut off from the service, and for how long at most. */
  readonly partitions: number
  readonly partitionMaxMs: number
  /** How many times each person's process dies at a commit or anywhere, and how often it is closed properly. */
  readonly crashes: number
  readonly closes: number
  readonly awayMaxMs: number
  /** Of each commit: that the disk fails it. */
  readonly commitFailure: number
  readonly commitMaxMs: number
  /** How many times the service begins a reader before his cursor when he comes back, or voids every cursor. */
  readonly rollback: number
  readonly scopeChanges: number
  /** How long the service keeps payloads; 0 for ever. */
  readonly retentionMs: number
  /** How far a clock is from the true time at most when it begins. */
  readonly skewMaxMs: number
}

/** `gentle`: everything that is sent arrives at last. `hostile`: what the documents promise to survive. */
export type Climate = "gentle" | "hostile"

/** The weather of a seed: each kind of trouble is sometimes absent, so that it does not always hide behind another. */
export function weatherOf(seed: number, climate: Climate, overrides: Partial<Weather> = {}): Weather {
  const random = SeededRandom.for(seed, "weather")
  const sometimes = (probability: number, max: number): number => {
    const on = random.chance(probability)
    const share = random.share()
    return on ? max * share : 0
  }
  const some = (probability: number, max: number): number => Math.round(sometimes(probability, max))
  const spanMs = random.spread(10 * minuteMs, 3 * dayMs)
  const gentle: Weather = {
    spanMs,
    messagesEach: random.whole(1, 40),
    loss: 0,
    duplication: sometimes(0.8, 0.2),
    corruption: 0,
    forgery: sometimes(0.5, 0.2),
    replay: sometimes(0.5, 0.1),
    delayMaxMs: random.spread(10, 6 * hourMs),
    publishFailure: sometimes(0.7, 0.3),
    stored: random.share(),
    partitions: some(0.6, 3),
    partitionMaxMs: random.spread(secondMs, Math.min(spanMs, 12 * hourMs)),
    crashes: some(0.7, 8),
    closes: some(0.5, 3),
    awayMaxMs: random.spread(100, 4 * hourMs),
    commitFailure: sometimes(0.3, 0.05),
    commitMaxMs: random.chance(0.5) ? 0 : random.spread(1, 500),
    rollback: sometimes(0.5, 0.5),
    scopeChanges: some(0.3, 2),
    retentionMs: 0,
    skewMaxMs: random.chance(0.5) ? 0 : random.spread(secondMs, hourMs),
  }
  if (climate === "gentle") return { ...gentle, ...overrides }
  return {
    ...gentle,
    loss: sometimes(0.9, 0.2),
    corruption: sometimes(0.5, 0.1),
    retentionMs: random.chance(0.2) ? random.spread(hourMs, 7 * dayMs) : 0,
    ...overrides,
  }
}

/** As text, without what is off. */
export function describeWeather(weather: Weather): string {
  return Object.entries(weather)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name}=${Number.isInteger(value) ? value : (value as number).toFixed(3)}`)
    .join(" ")
}
