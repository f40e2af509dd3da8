import { conversationTypeConformance } from "@colloquy/testing"
import { expect, test } from "vitest"
import { BulletinV1 } from "../src/index.js"
import { bulletinFixture } from "./bulletin-fixture.js"

const conformance = conversationTypeConformance(BulletinV1, bulletinFixture)
for (const { title, run } of conformance.cases) test(title, run)

test("every rule is met, and every claim holds", async () => {
  const { conforms, rules, guarantees } = await conformance.report()
  expect(rules.filter(({ verdict }) => verdict === "unmet")).toEqual([])
  expect(guarantees.filter(({ verdict }) => verdict !== "held")).toEqual([])
  expect(conforms).toBe(true)
})
