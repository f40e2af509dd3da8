import { expect, test } from "vitest"
import type { Checked, ConformanceReport } from "../report.js"
import { reportToJson } from "./report-to-json.js"
import { reportToMarkdown } from "./report-to-markdown.js"
import { reportToTable } from "./report-to-table.js"

const held: Checked = {
  id: "CT-9.round-trip",
  title: "decodes equal",
  result: { verdict: "held", tries: 1200, facts: { frames: 3 } },
}
const broken: Checked = {
  id: "CT-9.random",
  title: "random bytes are refused",
  result: {
    verdict: "broken",
    finding: `payload 7 (${"ab".repeat(90)}…) is | accepted\n by <raya>`,
    facts: { seed: 4 },
  },
}
const asked: Checked = {
  id: "CT-16.version",
  title: "bound",
  result: { verdict: "review", question: "what binds it?" },
}

const report: ConformanceReport = {
  type: "ProbeV1" as ConformanceReport["type"],
  title: "PROBE",
  document: "probe-v1.md",
  seed: 4,
  conforms: false,
  exceptions: [
    { name: "lostKeysKeptMs", of: ["forward-secrecy"], leavesOut: "For 9 days | keys stay.", reason: "late payloads" },
  ],
  rules: [
    {
      id: "CT-1",
      level: "must",
      rule: "names its encryption",
      verdict: "met",
      evidence: ["The scheme is `none`."],
      checks: [],
    },
    {
      id: "CT-9",
      level: "should",
      rule: "decodes along a deterministic tree",
      verdict: "unmet",
      evidence: ["It says canonical.", "CT-9.round-trip: decodes equal (1200 tries).", "CT-9.random is broken: it."],
      checks: [held, broken],
    },
    { id: "CT-16", level: "should", rule: "weighs channel binding", verdict: "review", evidence: [], checks: [asked] },
  ],
  guarantees: [
    {
      name: "integrity",
      scope: "every payload",
      except: "none",
      verdict: "held",
      checks: [{ ...held, id: "integrity.altered" }],
    },
    { name: "ordering", scope: "within a direction", verdict: "untested", checks: [] },
  ],
}

test("the table fits 100 columns, and names what is broken, by what", () => {
  const table = reportToTable(report)
  for (const line of table.split("\n")) expect(Array.from(line).length, line).toBeLessThanOrEqual(100)
  expect(table).toContain("CT-9   should  unmet")
  expect(table).toContain("CT-9.random broken: payload 7")
  expect(table).toContain("CT-16.version by review: what binds it?")
  expect(table).toContain("integrity                      held            1 check")
  expect(table).toContain("ordering                       untested        no check")
  expect(table).toContain("ProbeV1 does not conform: 4 checks, 1 broken; 1 exception stated; unmet: CT-9.")
  expect(table).toMatch(
    /^Not attacked\n {2}lostKeysKeptMs +forward-secrecy\n +For 9 days \| keys stay. Why: late payloads$/m,
  )
  expect(table).not.toContain("CT-9.round-trip")
})

test("JSON names its form, and is the report", () => {
  const json = reportToJson(report)
  expect(json.format).toBe("colloquy/conformance-report/1")
  expect(JSON.parse(JSON.stringify(json))).toEqual({ format: json.format, ...report })
  expect(structuredClone(json)).toEqual(json)
})

test("Markdown keeps every cell in its cell", () => {
  const markdown = reportToMarkdown(report, { level: 3 })
  expect(markdown).toContain("### Conformance of ProbeV1")
  expect(markdown).toContain("is \\| accepted by \\<raya\\>")
  expect(markdown).toContain("### Not attacked".replace("###", "####"))
  expect(markdown).toContain("For 9 days \\| keys stay.")
  const tables = markdown.split("\n").filter((line) => line.startsWith("|"))
  for (const line of tables)
    expect([4, 5, 6].map((columns) => columns + 1)).toContain(line.split(/(?<!\\)\|/).length - 1)
  const rule = tables.find((line) => line.startsWith("| CT-9 ")) as string
  expect(rule).toContain("It says canonical. 1 check held. Broken: CT-9.random.")
  expect(rule).not.toContain("decodes equal")
  expect(markdown).toContain("| CT-9.round-trip   | decodes equal            | held      | 1,200 tries, frames: 3")
})
