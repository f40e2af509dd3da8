import { builtInTypes } from "colloquy"
import { describe, expect, test } from "vitest"
import { builtInFixtures, conversationTypeConformance } from "../src/index.js"

describe.each(builtInTypes)("$id conforms", (type) => {
  const conformance = conversationTypeConformance(type, builtInFixtures.get(type.id), { others: builtInTypes })
  for (const { title, run } of conformance.cases) test(title, run)

  test("no rule is unmet, and the same seed gives the same report", async () => {
    const report = await conformance.report()
    expect(report.rules.filter(({ verdict }) => verdict === "unmet")).toEqual([])
    expect(report.conforms).toBe(true)
    expect(structuredClone(report)).toEqual(report)
  })
})
