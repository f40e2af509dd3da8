import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { AnyConversationType, Effect, Machine, Outcome, Shape, Vocabulary } from "@colloquy/core"
import { InboxV1, PrivateV1 } from "colloquy"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { report, runPlan, shrink, simulate, type Types, writeRun } from "../src/simulator/index.js"

type AnyMachine = Machine<Shape, Vocabulary, Vocabulary>
type AnyOutcome = Outcome<Readonly<Record<string, unknown>>, Effect<Vocabulary>>

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "colloquy-failure-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** PrivateV1 with a machine that makes something else of what its own one answers. */
function broken(change: (outcome: AnyOutcome, state: Readonly<Record<string, unknown>>) => AnyOutcome): Types {
  const honest = PrivateV1.conversation?.machine as unknown as AnyMachine
  const machine: AnyMachine = {
    ...honest,
    step: (state, input, context) => change(honest.step(state, input, context) as AnyOutcome, state) as never,
  }
  const type = { ...PrivateV1, conversation: { ...PrivateV1.conversation, machine } } as AnyConversationType
  return { spoken: [{ type, repairs: true, acknowledges: true }], beside: [InboxV1] }
}

function without(outcome: AnyOutcome, kind: Effect<Vocabulary>["kind"], at: number): AnyOutcome {
  if (outcome.kind !== "next") return outcome
  let left = at
  return { ...outcome, effects: outcome.effects.filter((effect) => effect.kind !== kind || left-- !== 0) }
}

describe("what is broken is found", () => {
  test("a type that forgets to say that a message was acknowledged, when several are at once: made smaller, and written down", async () => {
    const types = broken((outcome) => without(outcome, "fate", 2))
    const failed = await simulate(2, { scenario: "circle", types, settleMaxMs: 3 * 86_400_000 })
    expect(failed.violations.map(({ property }) => property)).toContain("fate")
    const { run: small, tries } = await shrink(failed, { types, settleMaxMs: 86_400_000, triesMax: 60 })
    expect(tries).toBeLessThanOrEqual(60)
    expect(small.violations.map(({ property }) => property)).toContain("fate")
    expect(small.plan.people).toHaveLength(2)
    expect(small.plan.actions.length).toBeLessThan(failed.plan.actions.length / 4)

    const base = writeRun(small, folder)
    const text = readFileSync(`${base}.txt`, "utf8")
    expect(text).toMatch(/^seed 2 failed\n/)
    expect(text).toMatch(/ {2}fate: .* is still published/)
    expect(text).toMatch(/publishes #1 /)
    const svg = readFileSync(`${base}.svg`, "utf8")
    expect(svg).toMatch(/^<svg [^]*<\/svg>$/)
    for (const { name } of small.plan.people) expect(svg).toContain(`>${name}</text>`)
    expect(svg).toContain(`marker-end="url(#tip)"`)
    const plan = JSON.parse(readFileSync(`${base}.json`, "utf8")) as typeof small.plan
    const again = await runPlan(plan, { types, settleMaxMs: 86_400_000 })
    expect(again.violations).toEqual(small.violations)
    expect(again.trace.lines).toEqual(small.trace.lines)
  })

  test.each([
    ["that does not deliver what it acknowledges", "deliver", "acknowledgement"],
    ["that loses a publication", "publish", "fate"],
  ] as const)("a type %s", async (_, kind, property) => {
    let number = 0
    const types = broken((outcome) => {
      const isPast = outcome.kind === "next" && outcome.effects.some((effect) => effect.kind === kind) && ++number > 3
      return isPast ? without(outcome, kind, 0) : outcome
    })
    const run = await simulate(4, { scenario: "pair", climate: "gentle", types, settleMaxMs: 7_200_000 })
    expect(run.violations.map((violation) => violation.property)).toContain(property)
  })

  test("a service that loses everything", async () => {
    const run = await simulate(5, { scenario: "pair", climate: "gentle", weather: { loss: 1 }, settleMaxMs: 3_600_000 })
    expect(run.violations.map(({ property }) => property)).toContain("fate")
    expect(report(run)).toMatch(/seed 5 failed[^]*is lost/)
  })
})
