import { codeOf, concat, empty, fromHex, utf8 } from "@colloquy/core"
import { publishedFrames, publishedPieces } from "@colloquy/reliability"
import { describe, expect, it } from "vitest"

const { channel, sent, wanted } = publishedPieces

/** The bytes of a row of `sent`: attempts, when due, a text, and no message. */
function sentRow(possibly: string): Uint8Array {
  return concat(Uint8Array.of(1, 2, possibly.length), utf8(possibly))
}

function code(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

describe("what a codec of the published profile did not write is damage", () => {
  it.each(["", "{", "1", "[]", '{"by":[]}', '{"by":[1],"doubt":0}', '{"by":["a"], "doubt":0}', " null"])(
    "a row that says %j of its acknowledgements",
    (possibly) => {
      expect(code(() => sent.codec.decode(sentRow(possibly), 1))).toBe("STATE_DAMAGED")
      expect(sent.codec.decode(sentRow('{"by":["a"],"doubt":0.5}'), 1).possibly).toEqual({ by: ["a"], doubt: 0.5 })
      expect(sent.codec.decode(sentRow("null"), 1).possibly).toBeNull()
    },
  )

  it.each([
    ["counts more entries than an array can have", "0000000000000000a0f1c2b134"],
    ["counts a thousand million entries", "0000000000000080a8d6b907"],
    ["has more new entries than entries", "00000000000000010000"],
    ["ends in what is no message", "00000000000000000000ff"],
    ["ends in a message that says more", "0000000000000000000a0161"],
  ])("a channel that %s", (_, hex) => {
    expect(code(() => channel.codec.decode(fromHex(hex) ?? empty, 1))).toBe("STATE_DAMAGED")
  })

  it("a wanted message that is reported by half, or is two", () => {
    const one = { messageId: "m" }
    const row = (reported: number, ...entries: readonly (typeof one)[]): Uint8Array =>
      concat(Uint8Array.of(1, 2, reported), publishedFrames.encode({ causalHistory: entries }))
    expect(wanted.codec.decode(row(1, one), 1)).toMatchObject({ reported: true, entry: one })
    expect(code(() => wanted.codec.decode(row(2, one), 1))).toBe("STATE_DAMAGED")
    expect(code(() => wanted.codec.decode(row(0, one, one), 1))).toBe("STATE_DAMAGED")
    expect(code(() => wanted.codec.decode(row(0), 1))).toBe("STATE_DAMAGED")
  })
})
