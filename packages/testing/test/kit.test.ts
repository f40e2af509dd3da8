import { InboxV1 } from "colloquy"
import { describe, expect, test } from "vitest"
import { structuralChecks } from "../src/conformance/structure/structural-checks.js"
import { type Checked, type ConversationTypeFixture, conversationTypeConformance } from "../src/index.js"
import { type ProbeFlaw, probeFlaws } from "./support/probe/probe-flaws.js"
import { probeType } from "./support/probe/probe-type.js"
import { oldState } from "./support/probe/old-state.js"

const fixture: ConversationTypeFixture = {
  beside: [InboxV1],
  commands: [{ name: "ping", body: "hello" }],
  oldStates: [oldState],
}

async function check(flaw: ProbeFlaw | undefined, ids?: readonly string[]): Promise<readonly Checked[]> {
  const others = [InboxV1, probeType(flaw, "OTHER")]
  const checks = structuralChecks.filter(({ id }) => ids === undefined || ids.includes(id))
  const { rules } = await conversationTypeConformance(probeType(flaw), fixture, { checks, others }).report()
  return rules.flatMap((rule) => rule.checks)
}

test("a sound probe holds every structural check, and each tries something", async () => {
  for (const { id, result } of await check(undefined)) {
    expect(result, `${id}: ${JSON.stringify(result)}`).toMatchObject({ verdict: "held" })
    if (result.verdict === "held") expect(result.tries, id).toBeGreaterThan(0)
  }
})

describe("a probe with one flaw is caught", () => {
  for (const [flaw, { checks: ids, words }] of Object.entries(probeFlaws))
    test(`${flaw}: ${ids.join(", ")}`, async () => {
      const checked = await check(flaw as ProbeFlaw, ids)
      expect(checked.map(({ id }) => id).sort()).toEqual([...ids].sort())
      for (const { id, result } of checked) {
        if (process.env["PRINT_FINDINGS"] !== undefined) console.log(`| ${flaw} | ${id} | ${JSON.stringify(result)} |`)
        expect(result, id).toMatchObject({ verdict: "broken", finding: expect.stringMatching(words) as unknown })
      }
    })

  test("every structural check has a flaw that it catches", () => {
    const caught = new Set<string>(Object.values(probeFlaws).flatMap(({ checks }) => checks))
    expect(structuralChecks.map(({ id }) => id).filter((id) => !caught.has(id))).toEqual([])
  })
})
