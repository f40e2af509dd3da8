import { loadCrypto } from "@colloquy/crypto"
import type { Plan } from "./plan/plan.js"
import { planOf, type PlanOptions } from "./plan/scenarios.js"
import { describeWeather } from "./plan/weather.js"
import { type Violation, violation } from "./properties/account.js"
import { textDiagram } from "./trace/text-diagram.js"
import type { Trace } from "./trace/trace.js"
import { builtIn, type Types } from "./types.js"
import { World } from "./world.js"

const dayMs = 86_400_000

export interface RunOptions {
  /** What the people's clients run: the built-in types unless told. */
  readonly types?: Types
  /** How much time the good network has at the end: looked at again and again, until everything holds. 40 days unless told. */
  readonly settleMaxMs?: number
}

export interface Run {
  readonly plan: Plan
  /** What did not hold; empty for a good run. */
  readonly violations: readonly Violation[]
  readonly trace: Trace
  readonly messages: number
  readonly publications: number
  readonly publishedBytes: number
  /** How long the good network took until everything held. */
  readonly settledMs: number
  readonly counters: Readonly<Record<string, number>>
}

/** One seed from its beginning to its end. The same seed with the same options is the same run, line by line of its trace. */
export function simulate(seed: number, options: PlanOptions & RunOptions = {}): Promise<Run> {
  return runPlan(planOf(seed, options), options)
}

/** Carries a plan out. One at a time in a process: it listens for what nobody handles. */
export async function runPlan(plan: Plan, options: RunOptions = {}): Promise<Run> {
  const { types = builtIn, settleMaxMs = 40 * dayMs } = options
  const rejections: Violation[] = []
  const rejected = (reason: unknown): void =>
    void rejections.push(violation("faults", `unhandled rejection: ${String(reason)}`))
  process.on("unhandledRejection", rejected)
  const world = new World(plan, types, await loadCrypto())
  try {
    await world.live()
    const settled = await world.settle(settleMaxMs)
    const { people, network, trace } = world
    return {
      plan,
      violations: [...settled.violations, ...rejections],
      trace,
      messages: people.reduce((sum, { recall }) => sum + recall.sayings.length, 0),
      publications: network.taken,
      publishedBytes: network.takenBytes,
      settledMs: settled.settledMs,
      counters: settled.counters,
    }
  } finally {
    process.off("unhandledRejection", rejected)
    await world.dispose()
  }
}

/** What to print of a run that failed. */
export function report({ plan, violations, trace }: Run, linesMax = 400): string {
  return [`seed ${plan.seed} failed`, ...summary(plan, violations), textDiagram(trace, linesMax)].join("\n")
}

/** What was planned, and what did not hold. */
export function summary({ scenario, people, talks, weather, actions }: Plan, found: readonly Violation[]): string[] {
  return [
    `${scenario}: ${people.map(({ name, store }) => `${name} (${store})`).join(", ")}; ${talks.length} talks, ${actions.length} actions`,
    describeWeather(weather),
    ...found.slice(0, 40).map(({ property, text }) => `  ${property}: ${text}`),
    ...(found.length > 40 ? [`  and ${found.length - 40} more`] : []),
  ]
}
