import { ColloquyError, concat, equalBytes, toHex, utf8 } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { Fuzzer, failureOf } from "../src/engine/fuzzer.js"
import { mutate } from "../src/engine/mutate.js"
import { Random } from "../src/engine/random.js"
import { shrink } from "../src/engine/shrink.js"
import { decodeSteps, encodeSteps } from "../src/engine/steps.js"
import { checkDecoder, type Decoder } from "../src/properties/decoder.js"
import type { Opened, Target } from "../src/target.js"

const target: Target = {
  name: "planted",
  holds: "nothing",
  form: "fields",
  bytesMax: 200,
  runs: 1,
  open: async () => ({ seeds: [], check: () => undefined }),
}
const seed = Uint8Array.of(0x0a, 3, 1, 2, 3, 0x10, 5)

/** Reads a length and so many bytes; every other is refused. */
const honest: Decoder<Uint8Array> = {
  codes: /^BAD$/,
  canonical: true,
  decode: (bytes) =>
    bytes[0] === bytes.length - 1 ? { value: new Uint8Array(bytes.subarray(1)) } : { refused: "BAD" },
  encode: (value) => concat(Uint8Array.of(value.length), value),
}

async function found(check: Opened["check"], seeds: readonly Uint8Array[] = [seed]): Promise<string[]> {
  const fuzzer = new Fuzzer({ target, opened: { seeds, check }, random: new Random(1), corpus: [] })
  await fuzzer.replay()
  await fuzzer.runTimes(3000)
  return fuzzer.failures.map(({ what, input }) => `${what.split("\n")[0]} ${toHex(input)}`)
}

describe("a planted fault is found", () => {
  it.each<[string, Partial<Decoder<Uint8Array>>, RegExp]>([
    [
      "an exception without a code",
      { decode: (bytes) => (bytes[2] === 0xff ? (JSON.parse("{") as never) : { refused: "BAD" }) },
      /SyntaxError/,
    ],
    ["a code that is not documented", { decode: (bytes) => ({ refused: bytes.length > 9 ? "LONG" : "BAD" }) }, /LONG/],
    [
      "an error with a code that is not documented",
      {
        decode: (bytes) => {
          throw new ColloquyError(bytes.length > 9 ? "LONG" : "BAD", "")
        },
      },
      /LONG/,
    ],
    [
      "a result that aliases the input",
      { decode: (bytes) => (bytes[0] === bytes.length - 1 ? { value: bytes.subarray(1) } : { refused: "BAD" }) },
      /aliases/,
    ],
    [
      "a slice that aliases a Buffer",
      { decode: (bytes) => (bytes[0] === bytes.length - 1 ? { value: bytes.slice(1) } : { refused: "BAD" }) },
      /aliases a larger buffer/,
    ],
    [
      "reading from the beginning of a larger buffer",
      {
        plain: true,
        decode: (bytes) =>
          bytes.length > 3 ? { value: new Uint8Array(bytes.buffer.slice(0, 2)) } : { refused: "BAD" },
      },
      /differently/,
    ],
    [
      "two encodings of one value",
      { decode: (bytes) => (bytes.length === 0 ? { refused: "BAD" } : { value: new Uint8Array(bytes.subarray(1)) }) },
      /encodes to/,
    ],
    [
      "writing to the input",
      {
        decode: (bytes) => {
          bytes[0] = 0
          return { refused: "BAD" }
        },
      },
      /writes/,
    ],
    [
      "a result far longer than the input",
      {
        decode: (bytes) => ({ value: new Uint8Array(100 * (bytes[1] ?? 0)) }),
        canonical: false,
        encode: undefined as never,
      },
      /become/,
    ],
  ])("%s", async (_, planted, expected) => {
    const { encode, ...rest } = { ...honest, ...planted }
    const decoder = encode === undefined ? rest : { ...rest, encode }
    expect((await found((input) => void checkDecoder(decoder, input))).join("\n")).toMatch(expected)
    expect(await found((input) => void checkDecoder(honest, input), [Uint8Array.of(2, 5, 6), seed])).toEqual([])
  })
})

describe("a failure", () => {
  it("is made small", async () => {
    const input = concat(utf8("a long beginning "), Uint8Array.of(7, 8), new Uint8Array(50))
    const holds = async (bytes: Uint8Array): Promise<boolean> =>
      bytes.some((byte, at) => byte === 7 && bytes[at + 1] === 8)
    expect(await shrink(input, holds)).toEqual(Uint8Array.of(7, 8))
  })

  it("is reported once for each kind, with what it takes to see it again", async () => {
    const check = (input: Uint8Array): void => {
      if (input.length > 10) throw new RangeError(`${input.length} bytes`)
    }
    const fuzzer = new Fuzzer({ target, opened: { seeds: [seed], check }, random: new Random(2), corpus: [] })
    await fuzzer.replay()
    await fuzzer.runTimes(2000)
    expect(fuzzer.failures).toHaveLength(1)
    const [failure] = fuzzer.failures
    expect(failure?.input).toEqual(new Uint8Array(11))
    const again = await failureOf({ seeds: [], check }, new Uint8Array(11))
    expect(again?.split("\n")[0]).toBe("RangeError: 11 bytes")
  })

  it("is the same for the same seed", async () => {
    const inputs = async (from: number): Promise<string[]> => {
      const seen: string[] = []
      const opened = { seeds: [seed], check: (input: Uint8Array) => void seen.push(toHex(input)) }
      const fuzzer = new Fuzzer({ target, opened, random: new Random(from), corpus: [] })
      await fuzzer.replay()
      await fuzzer.runTimes(100)
      return seen
    }
    expect(await inputs(5)).toEqual(await inputs(5))
    expect(await inputs(5)).not.toEqual(await inputs(6))
  })
})

describe("mutations", () => {
  it.each(["bytes", "fields", "text", "steps"] as const)(
    "of %s stay within the bound and leave their input alone",
    (form) => {
      const random = new Random(3)
      const kept = seed.slice()
      const seen = new Set<string>()
      for (let i = 0; i < 2000; i++) {
        const mutated = mutate({ form, bytesMax: 60 }, seed, random, () => seed)
        expect(mutated.length).toBeLessThanOrEqual(60)
        seen.add(toHex(mutated))
      }
      expect(equalBytes(seed, kept)).toBe(true)
      expect(seen.size).toBeGreaterThan(300)
    },
  )

  it("of fields keep the lengths around what they change", () => {
    const random = new Random(4)
    const nested = Uint8Array.of(0x12, 4, 0x0a, 2, 0x08, 1)
    let whole = 0
    for (let i = 0; i < 500; i++) {
      const mutated = mutate({ form: "fields", bytesMax: 60 }, nested, random, () => nested)
      if (mutated[0] === 0x12 && mutated[1] === mutated.length - 2 && mutated.length !== nested.length) whole++
    }
    expect(whole).toBeGreaterThan(25)
  })

  it("of steps read as steps whatever they are", () => {
    const steps = [
      { operation: 3, body: seed },
      { operation: 255, body: new Uint8Array(0) },
    ]
    expect(decodeSteps(encodeSteps(steps))).toEqual(steps)
    expect(decodeSteps(Uint8Array.of(1, 255, 255, 9))).toEqual([{ operation: 1, body: Uint8Array.of(9) }])
  })
})
