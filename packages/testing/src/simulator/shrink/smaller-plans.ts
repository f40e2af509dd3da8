import type { Action, Plan } from "../plan/plan.js"
import type { Weather } from "../plan/weather.js"

/** Aspects of the weather that can be absent. The others say how long and how much, and stay. */
const aspects = [
  "loss",
  "duplication",
  "corruption",
  "forgery",
  "replay",
  "publishFailure",
  "commitFailure",
  "commitMaxMs",
  "rollback",
  "retentionMs",
] as const satisfies readonly (keyof Weather)[]

/** Without one person, what he does, and what others do with him alone; `undefined` when too few would be left. */
export function withoutPerson(plan: Plan, who: number): Plan | undefined {
  if (plan.people.length <= 2) return undefined
  const person = (number: number): number => (number > who ? number - 1 : number)
  const gone = plan.talks.flatMap(({ members }, talk) => (members.includes(who) && members.length === 2 ? [talk] : []))
  const rest = withoutTalks(plan, gone)
  return {
    ...rest,
    people: plan.people.filter((_, number) => number !== who),
    talks: rest.talks.map((talk) => ({
      ...talk,
      members: talk.members.filter((member) => member !== who).map(person),
    })),
    actions: rest.actions
      .filter((action) => action.who !== who && !(action.kind === "meet" && action.with === who))
      .map((action) => {
        const moved = { ...action, who: person(action.who) }
        return moved.kind === "meet" ? { ...moved, with: person(moved.with) } : moved
      }),
  }
}

/** Without some talks, and what is done in them. */
export function withoutTalks(plan: Plan, gone: readonly number[]): Plan {
  const left = plan.talks.flatMap((_, talk) => (gone.includes(talk) ? [] : [talk]))
  const actions = plan.actions.flatMap((action): Action[] => {
    if (!("talk" in action)) return [action]
    const talk = left.indexOf(action.talk)
    return talk < 0 ? [] : [{ ...action, talk }]
  })
  return { ...plan, talks: left.map((talk) => plan.talks[talk] as Plan["talks"][number]), actions }
}

export function withoutActions(plan: Plan, from: number, count: number): Plan {
  return { ...plan, actions: plan.actions.filter((_, index) => index < from || index >= from + count) }
}

type Milder = (plan: Plan) => Plan | undefined

/** Each takes one trouble away, if it is there: an aspect of the weather, clocks that are wrong, stores that are not the plainest, long content. */
export const milderWays: readonly Milder[] = [
  ...aspects.map(
    (aspect): Milder =>
      (plan) =>
        plan.weather[aspect] === 0 ? undefined : { ...plan, weather: { ...plan.weather, [aspect]: 0 } },
  ),
  (plan) => (plan.weather.delayMaxMs <= 10 ? undefined : { ...plan, weather: { ...plan.weather, delayMaxMs: 10 } }),
  (plan) =>
    plan.people.some(({ skewMs }) => skewMs !== 0)
      ? { ...plan, people: plan.people.map((person) => ({ ...person, skewMs: 0 })) }
      : undefined,
  (plan) =>
    plan.people.some(({ store }) => store !== "memory")
      ? { ...plan, people: plan.people.map((person) => ({ ...person, store: "memory" })) }
      : undefined,
  (plan) =>
    plan.actions.some((action) => action.kind === "say" && action.bytes > 0)
      ? { ...plan, actions: plan.actions.map((action) => (action.kind === "say" ? { ...action, bytes: 0 } : action)) }
      : undefined,
]
