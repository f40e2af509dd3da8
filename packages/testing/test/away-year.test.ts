import { expect, test } from "vitest"
import { type Plan, planOf, report, runPlan } from "../src/simulator/index.js"

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const leavesMs = 5 * dayMs
const backMs = leavesMs + 365 * dayMs

/** Saro and Raya meet; then Raya is away for a year, in which Saro writes each month, over a service that keeps payloads for 11 days. */
function year(kind: "close" | "cut"): Plan {
  const { weather } = planOf(1, {
    scenario: "pair",
    climate: "gentle",
    weather: {
      spanMs: backMs + 2 * dayMs,
      duplication: 0,
      forgery: 0,
      replay: 0,
      delayMaxMs: 1000,
      publishFailure: 0,
      commitFailure: 0,
      commitMaxMs: 0,
      rollback: 0,
      retentionMs: 11 * dayMs,
    },
  })
  const say = (who: number, what: string, atMs: number) => {
    const words = `${who === 0 ? "Saro" : "Raya"} says ${what} in 0.`
    return { kind: "say", who, talk: 0, words, keyed: true, bytes: 0, atMs } as const
  }
  return {
    seed: 1,
    scenario: "pair",
    people: [
      { name: "Saro", store: "memory", skewMs: 0 },
      { name: "Raya", store: "memory", skewMs: 0 },
    ],
    talks: [{ type: "PrivateV1", members: [0, 1] }],
    weather,
    actions: [
      {
        kind: "meet",
        who: 0,
        talk: 0,
        with: 1,
        words: "Saro says hello in 0.",
        handMs: 10,
        allowMs: minuteMs,
        atMs: 0,
      },
      say(1, "hello Saro", dayMs),
      { kind, who: 1, forMs: backMs - leavesMs, atMs: leavesMs },
      ...Array.from({ length: 10 }, (_, month) => say(0, `month ${month}`, leavesMs + (1 + 30 * month) * dayMs)),
      say(0, "welcome back", backMs + dayMs),
      say(1, "I am back", backMs + dayMs),
    ],
  }
}

for (const kind of ["close", "cut"] as const)
  test(`PV1-47: to one who is away for a year (${kind}) fewer than 180 payloads go besides the messages, and all goes on within minutes`, async () => {
    const run = await runPlan(year(kind))
    expect(run.violations, report(run, 60)).toEqual([])
    const since = (line: { readonly atMs: number }): number => line.atMs - run.trace.beginMs
    const during = run.trace.lines.filter((line) => since(line) > leavesMs && since(line) < backMs)
    const published = during.filter(({ place, text }) => place === "Saro" && text.startsWith("publishes"))
    expect(published.length).toBeGreaterThan(40)
    expect(published.length).toBeLessThan(10 + 180)
    expect(during.filter(({ place, text }) => place === "Raya" && text.startsWith("reads"))).toEqual([])

    const learned = run.trace.lines.filter(
      ({ place, text }) => place === "Raya" && /^learns message .*month/.test(text),
    )
    expect(learned).toHaveLength(10)
    // The application is slow to read at times: a minute for an event.
    for (const line of learned) expect(since(line) - backMs).toBeLessThan(15 * minuteMs)
    const acknowledged = run.trace.lines.filter(({ place, text }) => place === "Saro" && text.endsWith("acknowledged"))
    expect(acknowledged).toHaveLength(12)
  })
