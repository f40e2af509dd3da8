import { be64, concat, lengthPrefixed } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { inboxState } from "../src/state.js"

const late = Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0)
const topic = "/colloquy/1/inbox-0a/proto"

describe("a row with an impossible time is damage", () => {
  it.each(["offers", "introductions", "consumed"] as const)("in %s", (name) => {
    const { codec } = inboxState[name]
    const length = { offers: 96, introductions: 128, consumed: 32 }[name]
    expect(codec.decode(concat(be64(Number.MAX_SAFE_INTEGER), new Uint8Array(length)), 1)).toBeDefined()
    expect(() => codec.decode(concat(late, new Uint8Array(length)), 1)).toThrow(damage)
  })

  it.each([0, 1, 2])("in sent, its number %i", (wrong) => {
    const row = (...numbers: readonly Uint8Array[]): Uint8Array =>
      concat(...numbers, new Uint8Array(32), lengthPrefixed(topic, Uint8Array.of(1)))
    const { codec } = inboxState.sent
    const good = [be64(1), be64(2), be64(3)]
    expect(codec.decode(row(...good), 1)).toMatchObject({ expiresAtMs: 1, againAtMs: 2, times: 3 })
    expect(() => codec.decode(row(...good.with(wrong, late)), 1)).toThrow(damage)
  })
})

const damage = expect.objectContaining({ code: "STATE_DAMAGED" }) as Error
