import { conversationTypeConformance } from "@colloquy/testing"
import { builtInTypes } from "colloquy"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { BoardV1, ChannelV1 } from "../src/index.js"
import { channelFixture } from "./channel-fixture.js"

const document = join(import.meta.dirname, "..", "channel-v1.md")

describe("CH1-1, CH1-19: ChannelV1 conforms", () => {
  const conformance = conversationTypeConformance(ChannelV1, channelFixture, {
    document: readFileSync(document, "utf8"),
    others: [...builtInTypes, BoardV1],
  })
  for (const { title, run } of conformance.cases) test(title, run)

  test("no rule is unmet, and each claim has its evidence", async () => {
    const { conforms, rules, guarantees } = await conformance.report()
    expect(rules.filter(({ verdict }) => verdict === "unmet")).toEqual([])
    expect(guarantees.filter(({ verdict }) => verdict !== "held").map(({ name }) => name)).toEqual([])
    expect(conforms).toBe(true)
  })
})
