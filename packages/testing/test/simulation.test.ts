import { describe, expect, test } from "vitest"
import { describeWeather, report, simulate, type SimulationOptions } from "../src/index.js"

const seeds = 30

async function run(seed: number, options: SimulationOptions): Promise<void> {
  const result = await simulate(seed, options)
  expect.soft(result.violations, report(result)).toEqual([])
}

describe("two real clients over a hostile delivery service, on a virtual clock", () => {
  test(`agree when nothing is lost: seeds 1 to ${seeds}`, async () => {
    for (let seed = 1; seed <= seeds; seed++) await run(seed, { climate: "gentle" })
  })

  const onceFailed: readonly (readonly [seed: number, why: string, options: SimulationOptions])[] = [
    [
      32,
      "a start that reused a thread was said twice after a crash",
      { climate: "gentle", weather: { crashes: 60, awayMaxMs: 3000 } },
    ],
  ]
  for (const [seed, why, options] of onceFailed) test(`seed ${seed} no longer fails: ${why}`, () => run(seed, options))

  test("go the same way again for the same seed, line by line", async () => {
    for (const seed of [3, 4, 22, 70]) {
      const [one, other] = [await simulate(seed, { climate: "gentle" }), await simulate(seed, { climate: "gentle" })]
      expect(one.trace.lines.length).toBeGreaterThan(50)
      expect(other.trace.diagram()).toBe(one.trace.diagram())
      expect(describeWeather(other.weather)).toBe(describeWeather(one.weather))
    }
  })

  test("a service that loses everything is found out: the simulator can fail", async () => {
    const result = await simulate(5, { climate: "gentle", weather: { loss: 1 }, settleMaxMs: 3_600_000 })
    expect(result.violations.join("\n")).toMatch(/convergence/)
    expect(report(result)).toMatch(/seed 5 failed[^]*is lost/)
  })
})
