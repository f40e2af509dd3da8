import { writeRun } from "./failure-files.js"
import { shrink } from "./shrink/shrink.js"
import { type Run, runPlan, summary } from "./simulate.js"
import { planOf, type PlanOptions } from "./plan/scenarios.js"
import type { Types } from "./types.js"
import type { Plan } from "./plan/plan.js"

const shrinkMaxMs = 120_000

export interface SeedOrders {
  readonly plan: PlanOptions
  readonly shrinks: boolean
  readonly folder: string | undefined
}

/** What is told of one seed, also from one process to another. */
export interface SeedResult {
  readonly seed: number
  readonly scenario: string
  readonly people: number
  readonly messages: number
  readonly publications: number
  readonly publishedBytes: number
  readonly settledMs: number
  readonly tookMs: number
  /** What to print of a failure. */
  readonly failure: readonly string[]
}

/** Runs a seed; a failure is made smaller and written down. */
export function runSeed(seed: number, orders: SeedOrders, types: Types): Promise<SeedResult> {
  return runAndKeep(planOf(seed, { ...orders.plan, types }), orders, types)
}

export async function runAndKeep(plan: Plan, { shrinks, folder }: SeedOrders, types: Types): Promise<SeedResult> {
  const beganMs = performance.now()
  const run = await runPlan(plan, { types })
  const tookMs = performance.now() - beganMs
  const failure = run.violations.length === 0 ? [] : await kept(run, shrinks, folder, types)
  const { messages, publications, publishedBytes, settledMs } = run
  const { seed, scenario, people } = plan
  return { seed, scenario, people: people.length, messages, publications, publishedBytes, settledMs, tookMs, failure }
}

async function kept(run: Run, shrinks: boolean, folder: string | undefined, types: Types): Promise<string[]> {
  const lines = [`seed ${run.plan.seed} failed`, ...summary(run.plan, run.violations)]
  if (folder === undefined) return lines
  lines.push(`  written to ${writeRun(run, folder)}.json, .txt, .svg`)
  if (!shrinks) return lines
  const endMs = performance.now() + shrinkMaxMs
  const { run: small, tries } = await shrink(run, { types, enough: () => performance.now() > endMs })
  const name = writeRun(small, folder, "-small")
  lines.push(`  smaller, after ${tries} tries: ${name}.json, .txt, .svg`)
  return [...lines, ...summary(small.plan, small.violations).map((line) => `  ${line}`)]
}
