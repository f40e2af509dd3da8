import { describe, expect, test } from "vitest"
import { describeWeather, report, simulate, type SimulationOptions, type Weather } from "../src/simulator/index.js"

const seeds = 30

/** 10 % lost, 10 % doubled, any order, delays of hours, corruption, partitions, both sides crashing at random, for three days. */
const storm: Partial<Weather> = {
  spanMs: 72 * 3_600_000,
  messagesEach: 40,
  loss: 0.1,
  duplication: 0.1,
  corruption: 0.05,
  forgery: 0.1,
  replay: 0.05,
  delayMaxMs: 4 * 3_600_000,
  publishFailure: 0.2,
  partitions: 4,
  partitionMaxMs: 12 * 3_600_000,
  crashes: 10,
}

async function run(seed: number, options: SimulationOptions): Promise<void> {
  const result = await simulate(seed, options)
  expect.soft(result.violations, report(result)).toEqual([])
}

describe("two real clients over a hostile delivery service, on a virtual clock", () => {
  test(`agree when nothing is lost: seeds 1 to ${seeds}`, async () => {
    for (let seed = 1; seed <= seeds; seed++) await run(seed, { climate: "gentle" })
  })

  test(`agree at last when payloads are lost, altered and forgotten as well: seeds 1 to ${seeds}`, async () => {
    for (let seed = 1; seed <= seeds; seed++) await run(seed, { climate: "hostile" })
  })

  test("agree after the storm that issue 3 asks for: seeds 101 to 106", async () => {
    for (let seed = 101; seed <= 106; seed++) await run(seed, { weather: storm })
  })

  const onceFailed: readonly (readonly [seed: number, why: string, options: SimulationOptions])[] = [
    [
      32,
      "a start that reused a thread was said twice after a crash",
      { climate: "gentle", weather: { crashes: 60, awayMaxMs: 3000 } },
    ],
    [17, "an invite that was lost was not published again", {}],
    [1072, "an introduction that was asked for while the client closed was never made", {}],
  ]
  for (const [seed, why, options] of onceFailed) test(`seed ${seed} no longer fails: ${why}`, () => run(seed, options))

  test("go the same way again for the same seed, line by line", async () => {
    for (const seed of [3, 4, 22, 70]) {
      const [one, other] = [await simulate(seed), await simulate(seed)]
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
