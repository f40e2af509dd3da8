import { builtInTypes } from "colloquy"
import { readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, test } from "vitest"
import { builtInFixtures, conversationTypeConformance, reportToJson } from "../src/index.js"

const root = join(import.meta.dirname, "../../..")
const read = (path: string): string => readFileSync(join(root, path), "utf8")

describe.each(builtInTypes)("$id conforms", (type) => {
  const { document: path } = type.declaration.specification
  const options = { others: builtInTypes, document: read(path) }
  const conformance = conversationTypeConformance(type, builtInFixtures.get(type.id), options)
  for (const { title, run } of conformance.cases) test(title, run)

  test("no rule is unmet, and the same seed gives the same report", async () => {
    const report = await conformance.report()
    expect(report.rules.filter(({ verdict }) => verdict === "unmet")).toEqual([])
    expect(report.conforms).toBe(true)
    expect(structuredClone(report)).toEqual(report)
  })

  test("the evidence in the document is what is found now: `npm run generate` finds it again", async () => {
    const evidence = join("specs", "evidence", basename(path).replace(/\.md$/, ".json"))
    expect(JSON.parse(read(evidence))).toEqual(reportToJson(await conformance.report()))
  })
})
