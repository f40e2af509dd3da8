import type { StoreKind } from "./plan/plan.js"
import { type PlanOptions, type ScenarioName, scenarioNames, scenarios } from "./plan/scenarios.js"
import { type Weather, weatherOf } from "./plan/weather.js"

const usage = `Runs the real client over a hostile delivery service, on a virtual clock, a seed at a time.

  npm run simulate -- [--seeds N] [--seed S] [--NAME VALUE]...

  --seeds N         how many seeds, 100 unless told
  --seed S          the first one, 1 unless told; alone, this one only
  --scenario NAME   one of those below; else each seed draws one
  --people N        how many people, 2 to 8; else by the scenario and the seed
  --store KIND      memory, sealed, sqlite or sealed-sqlite for everybody; else by the seed
  --gentle          nothing is lost, altered or forgotten; --hostile: much is; else by the seed
  --types FILE      a module whose exports named *V1 and so on are run instead of the built-in types
  --jobs N          how many processes; else one for each core but one when there are 50 seeds or more
  --plan FILE       carries out a plan that a failure left, instead of a seed
  --trace DIR       where failures are written, and with one seed the trace in any case; else a new folder
  --no-shrink       leaves a failure as it is
  --NAME VALUE      a parameter of the weather, for example --loss 0.1 or --crashes 5

Scenarios:
${scenarioNames.map((name) => `  ${name.padEnd(10)} ${scenarios[name].says}`).join("\n")}`

export interface Orders {
  readonly first: number
  readonly seeds: number
  readonly jobs: number | undefined
  readonly plan: PlanOptions
  readonly planFile: string | undefined
  readonly typesFile: string | undefined
  readonly traceFolder: string | undefined
  readonly shrinks: boolean
}

/** What the words ask for; a text when they can't be understood, or ask for help. */
export function readOrders(words: readonly string[]): Orders | string {
  const values = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ""
    if (!word.startsWith("--")) return `what is ${word}?\n\n${usage}`
    const [name = "", given] = word.slice(2).split("=")
    const next = words[i + 1]
    if (given !== undefined) values.set(name, given)
    else if (next === undefined || next.startsWith("--")) values.set(name, "")
    else values.set(name, words[++i] ?? "")
  }
  if (values.has("help")) return usage
  const take = (name: string): string | undefined => {
    const value = values.get(name)
    values.delete(name)
    return value
  }
  const number = (name: string): number | undefined => {
    const value = take(name)
    return value === undefined ? undefined : Number(value)
  }
  const seed = number("seed")
  const seeds = number("seeds")
  const scenario = take("scenario")
  const people = number("people")
  const store = take("store")
  const climate = take("gentle") !== undefined ? "gentle" : take("hostile") !== undefined ? "hostile" : undefined
  const rest = { jobs: number("jobs"), planFile: take("plan"), typesFile: take("types"), traceFolder: take("trace") }
  const shrinks = take("no-shrink") === undefined
  const weather: Partial<Record<keyof Weather, number>> = {}
  for (const name of Object.keys(weatherOf(1, "gentle")) as (keyof Weather)[]) {
    const value = number(name)
    if (value !== undefined) weather[name] = value
  }
  if (scenario !== undefined && !scenarioNames.includes(scenario as ScenarioName)) return `no scenario is ${scenario}`
  if (store !== undefined && !/^(sealed-)?sqlite$|^memory$|^sealed$/.test(store)) return `no store is ${store}`
  const [unknown] = values.keys()
  if (unknown !== undefined) return `what is --${unknown}?\n\n${usage}`
  const plan: PlanOptions = {
    weather,
    ...(scenario === undefined ? {} : { scenario: scenario as ScenarioName }),
    ...(people === undefined ? {} : { people }),
    ...(store === undefined ? {} : { store: store as StoreKind }),
    ...(climate === undefined ? {} : { climate }),
  }
  return { first: seed ?? 1, seeds: seeds ?? (seed === undefined ? 100 : 1), plan, shrinks, ...rest }
}
