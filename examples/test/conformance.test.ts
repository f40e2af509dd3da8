import { builtInTypes, InboxV1 } from "colloquy"
import { type ConversationTypeFixture, conversationTypeConformance } from "@colloquy/testing"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { BoardV1 } from "../src/index.js"

const time = fc.nat({ max: Number.MAX_SAFE_INTEGER })

const fixture: ConversationTypeFixture = {
  beside: [InboxV1],
  commands: [
    { name: "pin", body: { text: "milk" } },
    { name: "unpin", body: { row: "nowhere-1" } },
  ],
  frames: fc.oneof(
    fc.record({
      kind: fc.constant("entry"),
      lamport: time,
      sentAtMs: time,
      content: fc.uint8Array({ maxLength: 100 }),
    }),
    fc.record({ kind: fc.constant("pin"), text: fc.string({ unit: "grapheme", maxLength: 40 }) }),
    fc.record({ kind: fc.constant("unpin"), row: fc.string({ minLength: 1, maxLength: 32 }) }),
  ),
}

describe("BoardV1, which nobody here was made for, conforms", () => {
  const conformance = conversationTypeConformance(BoardV1, fixture, { others: builtInTypes })
  for (const { title, run } of conformance.cases) test(title, run)

  test("no rule is unmet", async () => {
    const { conforms, rules } = await conformance.report()
    expect(rules.filter(({ verdict }) => verdict === "unmet")).toEqual([])
    expect(conforms).toBe(true)
  })
})
