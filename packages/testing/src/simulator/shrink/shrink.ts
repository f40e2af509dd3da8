import type { Plan } from "../plan/plan.js"
import { type Run, runPlan, type RunOptions } from "../simulate.js"
import { milderWays, withoutActions, withoutPerson, withoutTalks } from "./smaller-plans.js"

export interface ShrinkOptions extends RunOptions {
  /** How many smaller plans are tried at most: 200 unless told. */
  readonly triesMax?: number
  /** Called before each try. Resolving to true ends the search with what was found so far. */
  readonly enough?: (tries: number) => boolean
}

/** The smallest plan that was found to break a property that the run broke, and how often it was tried. */
export interface Shrunk {
  readonly run: Run
  readonly tries: number
}

/**
 * Leaves out people, talks, actions and troubles as long as one of the same properties breaks. The same seed draws what the weather leaves to
 * chance, but a smaller plan may draw it for others: so a smaller plan is another run, which fails for the same reason mostly.
 */
export async function shrink(failed: Run, options: ShrinkOptions = {}): Promise<Shrunk> {
  const search = new Search(failed, options)
  let size: number
  do {
    size = search.size
    await search.people()
    await search.talks()
    await search.milder()
    await search.actions()
  } while (search.size < size && !search.over)
  return { run: search.best, tries: search.tries }
}

class Search {
  best: Run
  tries = 0
  readonly #options: ShrinkOptions
  readonly #properties: ReadonlySet<string>

  constructor(failed: Run, options: ShrinkOptions) {
    this.best = failed
    this.#options = options
    this.#properties = new Set(failed.violations.map(({ property }) => property))
  }

  get over(): boolean {
    const { triesMax = 200, enough } = this.#options
    return this.tries >= triesMax || enough?.(this.tries) === true
  }

  /** Something that each success makes less. */
  get size(): number {
    const { plan } = this.best
    return (
      plan.actions.length +
      plan.people.length +
      plan.talks.length +
      milderWays.filter((milder) => milder(plan) !== undefined).length
    )
  }

  async people(): Promise<void> {
    for (let who = this.best.plan.people.length - 1; who >= 0; who--)
      if (who < this.best.plan.people.length) await this.#try(withoutPerson(this.best.plan, who))
  }

  async talks(): Promise<void> {
    for (let talk = this.best.plan.talks.length - 1; talk >= 0; talk--)
      if (this.best.plan.talks.length > 1) await this.#try(withoutTalks(this.best.plan, [talk]))
  }

  async milder(): Promise<void> {
    for (const milder of milderWays) await this.#try(milder(this.best.plan))
  }

  /** Parts of the actions, the larger ones first. */
  async actions(): Promise<void> {
    for (let count = this.best.plan.actions.length >> 1; count >= 1; count >>= 1)
      for (let from = 0; from < this.best.plan.actions.length;)
        if (!(await this.#try(withoutActions(this.best.plan, from, count)))) from += count
  }

  async #try(plan: Plan | undefined): Promise<boolean> {
    if (plan === undefined || this.over) return false
    this.tries++
    const run = await runPlan(plan, this.#options)
    if (!run.violations.some(({ property }) => this.#properties.has(property))) return false
    this.best = run
    return true
  }
}
