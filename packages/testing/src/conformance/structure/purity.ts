import type { Shape } from "@colloquy/core"
import { copyOf } from "../../laboratory/copies.js"
import { machineOf } from "../../laboratory/instance.js"
import type { AnyOutcome, InstanceView, StepUnderWay } from "../../laboratory/laboratory.js"
import { decodePieces, encodePieces } from "../../laboratory/pieces.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { faultOf, rehearse } from "./rehearsal.js"
import { isSame } from "./same.js"

const dayMs = 24 * 3_600_000

/** What every step of a machine must be: a function of state, input and context that writes to none of them. */
export const purityChecks: readonly Check[] = [
  stepwise(
    "robustness.repeatable",
    "a step that is interrupted and made again from the same state, a year later by the machine's own clock, gives the same result",
    async (step, outcome) => {
      const once = await step.again()
      const twice = await elsewhen(() => step.again())
      const shape = shapeOf(step)
      if (!isSame(comparable(shape, once), comparable(shape, twice)))
        return "the same step gave two results: it remembers, draws or reads a clock by itself"
      return isSame(comparable(shape, outcome), comparable(shape, twice))
        ? undefined
        : "the step gives another result when its state was encoded and decoded before"
    },
  ),
  {
    id: "robustness.state-unwritten",
    proves: "CT-12",
    title: "a step writes neither to its state nor to its input, and refused input changes nothing",
    run: (context) =>
      inspected(context, (step) => {
        const input = copyOf(step.input)
        return {
          outcome() {
            if (!isSame(input, step.input)) return "the step wrote to its input"
            const now = step.now()
            for (const [name, bytes] of step.before)
              if (!isSame(now.get(name), bytes)) return `the step wrote to ${name} in its state`
            return now.size === step.before.size ? undefined : "the step added rows to its state"
          },
        }
      }),
  },
  {
    id: "robustness.wiped",
    proves: "CT-12",
    title: "what is wiped after a step is no part of the state that it leaves",
    run: (context) =>
      inspected(context, (step) => {
        let expected: ReadonlyMap<string, Uint8Array> | undefined
        return {
          outcome(outcome) {
            if (outcome.kind !== "next") return undefined
            const pieces = new Map(step.before)
            for (const [name, bytes] of encodedPatch(shapeOf(step), outcome.patch))
              if (bytes === undefined) pieces.delete(name)
              else pieces.set(name, bytes)
            expected = pieces
            return undefined
          },
          settled(instance) {
            const left = instance.pieces()
            for (const [name, bytes] of expected ?? [])
              if (!isSame(left.get(name), bytes)) return `${name} is not what the patch said once everything was wiped`
            return undefined
          },
        }
      }),
  },
  {
    id: "robustness.state-canonical",
    proves: "CT-12",
    title: "each piece of state that was decoded encodes to the same bytes",
    run: (context) =>
      inspected(context, (step) => ({
        settled(instance) {
          const shape = shapeOf(step)
          const pieces = instance.pieces()
          const again = encodePieces(shape, decodePieces(shape, pieces))
          for (const [name, bytes] of pieces)
            if (!isSame(again.get(name), bytes)) return `${name} encodes to other bytes`
          return undefined
        },
      })),
  },
  {
    id: "robustness.routes",
    proves: "CT-12",
    title: "`routes` of a state is what all `listen` effects so far add up to",
    run: (context) =>
      inspected(context, () => ({
        settled(instance) {
          const [told, says] = [instance.listening, instance.routes()].map((routes) => routes.map(routeText).sort())
          const only = (some: readonly string[], others: readonly string[]): number =>
            some.filter((route) => !others.includes(route)).length
          const [missing, extra] = [only(told as string[], says as string[]), only(says as string[], told as string[])]
          return missing + extra === 0
            ? undefined
            : `${extra} routes were never listened to, ${missing} were not dropped`
        },
      })),
  },
  {
    id: "robustness.restarts",
    proves: "CT-12",
    title: "restarts between any two moves change no payload and nothing that anybody hears",
    async run(context) {
      const plain = await rehearse(context, { afterMs: dayMs })
      let restarts = 0
      const restarted = await rehearse(context, {
        afterMs: dayMs,
        between(laboratory) {
          restarts++
          for (const subject of laboratory.subjects) subject.reload()
        },
      })
      if (!isSame(plain.laboratory.wire, restarted.laboratory.wire))
        return { verdict: "broken", finding: "with restarts in between other payloads were published" }
      for (const [index, person] of plain.people.entries())
        if (!isSame(person.delivered, restarted.people[index]?.delivered))
          return { verdict: "broken", finding: `with restarts in between ${person.name} hears something else` }
      return { verdict: "held", tries: restarts }
    },
  },
  {
    id: "robustness.no-faults",
    proves: "CT-12",
    title: "no machine throws, answers what no client carries out, overfills a table, or is never at rest",
    async run(context) {
      const { laboratory } = await rehearse(context, { rounds: 4, afterMs: 40 * dayMs })
      const finding = faultOf(laboratory)
      const tries = laboratory.subjects.reduce((sum, { reactions }) => sum + reactions.length, 0)
      return finding === undefined ? { verdict: "held", tries } : { verdict: "broken", finding }
    },
  },
]

const yearMs = 365 * dayMs

/** Whoever asks the machine's own clock meanwhile is told that a year has passed: protocol code has no other clock than its context. */
async function elsewhen<T>(act: () => Promise<T>): Promise<T> {
  const [honest, now] = [globalThis.Date, performance.now]
  globalThis.Date = new Proxy(honest, {
    construct: (target, given: readonly unknown[], newTarget: new () => Date) =>
      Reflect.construct(target, given.length === 0 ? [target.now() + yearMs] : given, newTarget) as Date,
    get: (target, name) =>
      name === "now" ? () => target.now() + yearMs : (Reflect.get(target, name, target) as unknown),
  })
  performance.now = () => now.call(performance) + yearMs
  try {
    return await act()
  } finally {
    globalThis.Date = honest
    performance.now = now
  }
}

interface Inspecting {
  outcome?(outcome: AnyOutcome): Promise<string | undefined> | string | undefined
  settled?(instance: InstanceView): string | undefined
}

function stepwise(
  id: string,
  title: string,
  finding: (step: StepUnderWay, outcome: AnyOutcome) => Promise<string | undefined>,
): Check {
  return {
    id,
    proves: "CT-12",
    title,
    run: (context) => inspected(context, (step) => ({ outcome: (outcome) => finding(step, outcome) })),
  }
}

/** Looks at every step of the type in a conversation of some length. */
async function inspected(context: CheckContext, look: (step: StepUnderWay) => Inspecting): Promise<CheckResult> {
  let [tries, finding] = [0, undefined as string | undefined]
  const { laboratory } = await rehearse(context, {
    afterMs: 3 * dayMs,
    inspect(step) {
      if (step.type.id !== context.type.id || finding !== undefined) return {}
      tries++
      const where = `${step.subject.name}'s ${step.resident ? "resident" : "conversation"}, ${step.input.kind}`
      const { outcome, settled } = look(step)
      const note = (found: string | undefined): void => {
        if (found !== undefined) finding ??= `${where}: ${found}`
      }
      return {
        outcome: async (answer) => note(await outcome?.(answer)),
        settled: (instance) => note(settled?.(instance)),
      }
    },
  })
  finding ??= faultOf(laboratory)
  return finding === undefined ? { verdict: "held", tries } : { verdict: "broken", finding }
}

function shapeOf({ type, resident }: StepUnderWay): Shape {
  return machineOf(type, resident).state
}

/** An outcome without what need not be equal: buffers to wipe, and forms of state that encode alike. */
function comparable(shape: Shape, outcome: AnyOutcome & { readonly conversation?: unknown }): unknown {
  if (outcome.kind !== "next") return outcome
  const { patch, effects, wakeAtMs, conversation } = outcome
  return { patch: encodedPatch(shape, patch), effects, wakeAtMs, conversation }
}

/** By `name` and `name/row`; `undefined` for a deleted row. */
function encodedPatch(shape: Shape, patch: Readonly<Record<string, unknown>>): Map<string, Uint8Array | undefined> {
  const pieces = new Map<string, Uint8Array | undefined>()
  for (const [name, change] of Object.entries(patch)) {
    const piece = shape[name]
    if (piece?.kind === "cell") pieces.set(name, piece.codec.encode(change).slice())
    else if (piece?.kind === "table")
      for (const [row, value] of change as ReadonlyMap<string, unknown>)
        pieces.set(`${name}/${row}`, value === undefined ? undefined : piece.codec.encode(value).slice())
  }
  return pieces
}

function routeText({ topic, hint }: { readonly topic: string; readonly hint?: Uint8Array }): string {
  return hint === undefined ? topic : `${topic} ${hint.join()}`
}
