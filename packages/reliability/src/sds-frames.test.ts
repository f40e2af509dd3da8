import { codeOf, equalBytes, fromHex, toHex } from "@colloquy/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sdsFrames } from "./sds-frames.js"
import { acknowledgedRangesMax, type SdsMessage, type SequenceRange } from "./sds-message.js"

const frames = sdsFrames({ bytesMax: 65_536 })
const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", "")) as Uint8Array

describe("the SDS message", () => {
  it("CT-9: decodes to what was encoded, and encodes again to the same bytes", () => {
    fc.assert(
      fc.property(message, (value) => {
        const encoded = frames.encode(value)
        const decoded = frames.decode(encoded)
        expect(decoded).toEqual({ kind: "frame", frame: value })
        if (decoded.kind === "frame") expect(equalBytes(frames.encode(decoded.frame), encoded)).toBe(true)
      }),
      { seed: 1, numRuns: 2000 },
    )
  })

  it("CT-9, RL-6: with bytes flipped or truncated, is refused or the one encoding of another message", () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.integer({ min: 0, max: 255 }), (value, at, mask) => {
        const encoded = frames.encode(value)
        const changed =
          mask === 0
            ? encoded.slice(0, at % (encoded.length + 1))
            : encoded.map((byte, i) => (i === at % encoded.length ? byte ^ mask : byte))
        const decoded = frames.decode(changed)
        if (decoded.kind === "frame" && !equalBytes(frames.encode(decoded.frame), changed))
          throw new Error(toHex(changed))
      }),
      { seed: 2, numRuns: 20_000 },
    )
  })

  it("uses the published field numbers of SDS", () => {
    const value: SdsMessage = {
      senderId: "s",
      messageId: "m",
      channelId: "c",
      lamport: 300,
      causalHistory: [{ messageId: "h", retrievalHint: Uint8Array.of(9), senderId: "p" }],
      bloomFilter: Uint8Array.of(7),
      repairRequest: [{ messageId: "r" }],
      content: Uint8Array.of(1, 2),
    }
    const encoded = hex("0a0173 12016d 1a0163 50ac02 5a09 0a0168 120109 1a0170 620107 6a03 0a0172 a201020102")
    expect(toHex(frames.encode(value))).toBe(toHex(encoded))
    expect(frames.decode(encoded)).toEqual({ kind: "frame", frame: value })
  })

  it("costs 15 bytes beside its content in the compact profile", () => {
    const encoded = frames.encode({
      lamport: 1000,
      sequence: 500,
      acknowledged: [{ first: 0, last: 90 }],
      content: new Uint8Array(100),
    })
    expect(encoded.length - 100).toBe(15)
  })

  it("is a tree of one frame with every field", () => {
    expect(frames.root.children).toEqual([])
    expect(frames.root.fields.map(({ tag }) => tag)).toEqual([
      1, 2, 3, 10, 11, 12, 13, 20, 1001, 1002, 1003, 1004, 1005, 1006, 1007,
    ])
  })

  it.each<[string, string]>([
    ["a Lamport time of 2^53", "50 8080808080808010"],
    ["a sequence of 2^53", "c83e 8080808080808010"],
    ["half a range", "d23e 01 01"],
    ["half a requested range", "f23e 01 01"],
    ["half an unavailable range", "fa3e 01 01"],
    ["a range that ends past 2^53 - 1", "d23e 09 01 ffffffffffffff0f"],
    ["a segment without a count", "d83e 00"],
    ["a count without a segment", "e03e 02"],
    ["a digest without a segment", `ea3e20${"00".repeat(32)}`],
    ["a segment past the count", "d83e 02 e03e 02"],
    ["one segment of one", "d83e 00 e03e 01"],
    ["65,537 segments", "d83e 00 e03e 818004"],
    ["a digest of 31 bytes", `d83e 00 e03e 02 ea3e1f${"00".repeat(31)}`],
    ["65 ranges", `d23e 8201 ${"01".repeat(130)}`],
    ["65 entries of history", "5a00".repeat(65)],
    ["65 requests for repair", "6a00".repeat(65)],
  ])("refuses %s", (_, encoded) => {
    expect(frames.decode(hex(encoded))).toEqual({ kind: "refused", code: "FRAME_MALFORMED" })
  })

  it.each<[string, SdsMessage]>([
    ["a negative Lamport time", { lamport: -1 }],
    ["a sequence that is not safe", { sequence: 2 ** 53 }],
    ["ranges out of order", { acknowledged: [range(5, 6), range(1, 2)] }],
    ["ranges that touch", { acknowledged: [range(1, 2), range(3, 4)] }],
    ["a range that ends before it begins", { acknowledged: [range(2, 1)] }],
    [
      "too many ranges",
      { acknowledged: Array.from({ length: acknowledgedRangesMax + 1 }, (_, i) => range(3 * i, 3 * i)) },
    ],
    ["a segment past the count", { segment: { index: 2, count: 2 } }],
    ["too much history", { causalHistory: Array.from({ length: 65 }, () => ({ messageId: "m" })) }],
  ])("does not encode %s", (_, value) => {
    expect(codeOf(thrown(() => frames.encode(value)))).toBe("FRAME_VALUE")
  })

  it("does not grow past its limit", () => {
    const small = sdsFrames({ bytesMax: 10 })
    expect(codeOf(thrown(() => small.encode({ content: new Uint8Array(10) })))).toBe("FRAME_TOO_LONG")
    expect(small.decode(new Uint8Array(11))).toEqual({ kind: "refused", code: "FRAME_TOO_LONG" })
  })
})

function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

function range(first: number, last: number): SequenceRange {
  return { first, last }
}

const number = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat())
const text = fc.string({ minLength: 1, maxLength: 20 })
const octets = fc.uint8Array({ maxLength: 40 })
const entry = fc.record({ messageId: text, retrievalHint: octets, senderId: text }, { requiredKeys: ["messageId"] })
const history = fc.array(entry, { minLength: 1, maxLength: 3 })
const ranges = fc
  .uniqueArray(fc.nat({ max: 500 }), { minLength: 1, maxLength: 8 })
  .map((edges) => edges.sort((a, b) => a - b))
  .map((edges) =>
    Array.from({ length: Math.ceil(edges.length / 2) }, (_, i) =>
      range((edges[2 * i] as number) * 2, (edges[2 * i + 1] ?? (edges[2 * i] as number)) * 2),
    ),
  )
const segment = fc
  .record({
    index: fc.nat({ max: 100 }),
    more: fc.integer({ min: 1, max: 100 }),
    digest: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
  })
  .map(({ index, more, digest }) => {
    const count = Math.max(2, index + more)
    return digest === null ? { index, count } : { index, count, digest }
  })
const message: fc.Arbitrary<SdsMessage> = fc.record(
  {
    senderId: text,
    messageId: text,
    channelId: text,
    lamport: number,
    causalHistory: history,
    bloomFilter: octets,
    repairRequest: history,
    content: octets,
    sequence: number,
    acknowledged: ranges,
    segment,
    requested: ranges,
    unavailable: ranges,
  },
  { requiredKeys: [] },
)
