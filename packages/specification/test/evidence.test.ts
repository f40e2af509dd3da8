import { expect, test } from "vitest"
import { checkDocument, renderDocument, type Report } from "../src/index.js"
import { NoteV1 } from "./note-type.js"

const report: Report = {
  type: "NoteV1",
  seed: 7,
  conforms: false,
  rules: [
    {
      id: "CT-1",
      level: "must",
      rule: "names its encryption scheme, or says `none` and what follows",
      verdict: "met",
      evidence: ["The scheme is none.", "CT-1.x: it is | so (3 tries)."],
      checks: [
        { id: "CT-1.x", title: "it is | so", result: { verdict: "held", tries: 3 } },
        { id: "CT-1.y", title: "no", result: { verdict: "broken", finding: "<!-- end -->\n# x" } },
      ],
    },
    { id: "CT-12", level: "must", rule: "complete", verdict: "review", evidence: ["A person must judge."], checks: [] },
  ],
  guarantees: [
    {
      name: "integrity",
      scope: "none | at all",
      except: "[everything](javascript:1)",
      verdict: "broken",
      checks: [
        {
          id: "a",
          title: "altered",
          result: { verdict: "held", tries: 12_345, facts: { payloads: 5000, from: "a|b" } },
        },
        { id: "b", title: "cut", result: { verdict: "broken", finding: "payload 3 opens", facts: { payload: 3 } } },
        { id: "c", title: "late", result: { verdict: "not-applicable", reason: "nothing is kept" } },
      ],
    },
    { name: "ordering", scope: "by arrival", verdict: "untested", checks: [] },
  ],
}

const document = renderDocument(NoteV1, { report })
const rows = document
  .slice(document.indexOf("<!-- generated: evidence -->"))
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) => line.replace(/ +/g, " "))
const check = (changed: Report) =>
  checkDocument({ path: "docs/note-v1.md", text: document, subject: { type: NoteV1, report: changed } })

test("each attack has a row, and what is broken, left out or untested says so", () => {
  expect(rows).toContain("| integrity | broken | altered | 12,345 | payloads: 5,000; from: a\\|b |")
  expect(rows).toContain("| | | cut: broken, payload 3 opens | | payload: 3 |")
  expect(rows).toContain("| | | late: not applicable, nothing is kept | | |")
  expect(rows).toContain("| ordering | untested | | | |")
  expect(document).toContain("`NoteV1` does not conform: the conformance kit, seed 7.")
})

test("each rule has a row with what it rests on, how many checks were made and which are broken", () => {
  const rule = "names its encryption scheme, or says `none` and what follows"
  const broken = "The scheme is none. CT-1.y is broken: \\<!-- end --> # x."
  expect(rows).toContain(`| CT-1 | must | ${rule} | met | ${broken} | 1 | 3 |`)
  expect(rows).toContain("| CT-12 | must | complete | by review | A person must judge. | | |")
})

test("a document agrees with the report that it shows", () => {
  expect(check(report)).toEqual([])
  const [found, ...others] = check({ ...report, seed: 8 })
  expect(others).toEqual([])
  expect(found?.code).toBe("SECTION_DIFFERS")
})

test("a report about other claims than the declaration's is stale", () => {
  const [first, second] = report.guarantees
  if (first === undefined || second === undefined) throw new Error("there are two claims")
  const stale = (guarantees: Report["guarantees"], type = "NoteV1") =>
    check({ ...report, type, guarantees }).some(({ code }) => code === "EVIDENCE_STALE")
  expect(stale([first, second])).toBe(false)
  expect(stale([first])).toBe(true)
  expect(stale([first, { ...second, scope: "always" }])).toBe(true)
  expect(stale([{ ...first, except: "nothing" }, second])).toBe(true)
  expect(stale([first, second], "NoteV2")).toBe(true)
})
