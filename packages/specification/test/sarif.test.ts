import { toSarif } from "@colloquy/specification"
import { expect, test } from "vitest"
import { changed, lint } from "./specimen.js"

interface Log {
  readonly version: string
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
    readonly artifacts: readonly { readonly location: { readonly uri: string } }[]
    readonly results: readonly {
      readonly ruleId: string
      readonly ruleIndex: number
      readonly level: string
      readonly message: { readonly text: string }
      readonly locations: readonly [
        {
          readonly physicalLocation: {
            readonly artifactLocation: { readonly uri: string; readonly index: number }
            readonly region: { readonly startLine: number; readonly startColumn: number }
          }
        },
      ]
    }[]
  }[]
}

test("findings of all documents become one SARIF log, each with its rule and place", () => {
  const first = lint(changed("The code is short.", "The code is TODO."), { path: "specs/a b#c.md" })
  const second = lint(changed("canonical protobuf", "protobuf"), { path: "/somewhere/lantern.md" })
  const log = toSarif([first, second], "1.2.3") as Log
  expect(log.version).toBe("2.1.0")
  const [run] = log.runs
  expect(run?.artifacts.map(({ location }) => location.uri)).toEqual([
    "specs/a%20b%23c.md",
    "file:///somewhere/lantern.md",
  ])
  const results = run?.results ?? []
  expect(results).toHaveLength(first.findings.length + second.findings.length)
  for (const { ruleId, ruleIndex } of results) expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
  const todo = results.find(({ ruleId }) => ruleId === "unresolved-mark")
  expect(todo).toMatchObject({ level: "error", message: { text: "unresolved: “TODO”" } })
  expect(todo?.locations[0].physicalLocation).toMatchObject({
    artifactLocation: { index: 0 },
    region: { startLine: 67, startColumn: 13 },
  })
  expect(results.find(({ ruleId }) => ruleId === "CT-9")?.locations[0].physicalLocation.artifactLocation.index).toBe(1)
  expect(JSON.parse(JSON.stringify(log))).toEqual(log)
})

test("a rule has one id, and says what holds", () => {
  const { rules } = (toSarif([], "1") as Log).runs[0]?.tool.driver ?? { rules: [] }
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
  for (const rule of rules)
    expect(rule).toMatchObject({ shortDescription: { text: expect.stringMatching(/^[A-Z\d a-z].{5}/) as string } })
})
