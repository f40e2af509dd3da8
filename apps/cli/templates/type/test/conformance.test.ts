import { readFileSync } from "node:fs"
import { guaranteeNames } from "@colloquy/core"
import { conversationTypeConformance } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import { describe, test } from "vitest"
import { SketchV1 } from "../src/index.js"

const document = readFileSync(new URL("../sketch-v1.md", import.meta.url), "utf8")
// Carriers run beside it: they bring the invites over.
const { cases } = conversationTypeConformance(SketchV1, { beside: [InboxV1] }, { document })

describe("each rule is checked, and each claim attacked", () => {
  test.each(cases.map(({ title, run }) => [title, run] as const))("%s", async (_, run) => {
    await run()
  })
})

const claimed = new Set(SketchV1.declaration.guarantees?.map(({ name }) => name))
for (const name of guaranteeNames) if (!claimed.has(name)) test.todo(`${name} is not claimed`)
