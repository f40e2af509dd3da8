import { create, type DescMessage, type Message, ScalarType, toBinary } from "@bufbuild/protobuf"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { everything, type FieldLine, schemaOf } from "../../test/frames-schema.js"
import { equalBytes, toHex } from "../bytes.js"
import { codeOf } from "../errors.js"
import { walkFrames } from "./frame-tree.js"
import { protobufFrames } from "./protobuf-frames.js"

const frames = protobufFrames({ schema: everything, bytesMax: 4096, descriptions: { Bare: "nothing" } })
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe("the tree of frames", () => {
  it("CT-8: walks every frame with its path, tag and fields, the nested choice included", () => {
    const walked = [...walkFrames(frames)]
    expect(walked.map(({ path, node }) => [path.join("."), node.tag])).toEqual([
      ["Root", undefined],
      ["Root.All", 2],
      ["Root.Inner", 3],
      ["Root.Inner.Bare", 1],
      ["Root.Inner.Item", 2],
      ["Root.Bare", 4],
    ])
    expect(frames.root.fields).toEqual([
      { name: "stamp", tag: 1, type: "uint32", repeated: false },
      { name: "note", tag: 20, type: "string", repeated: false },
    ])
    expect(walked.at(-1)?.node.description).toBe("nothing")
    expect(frames.root.children[0]?.fields).toContainEqual({ name: "items", tag: 30, type: "Item", repeated: true })
  })

  it.each<[string, Record<string, readonly FieldLine[]>, { syntax?: string }?]>([
    ["recursion", { Root: [["again", 1, "Root"]] }],
    ["mutual recursion", { Root: [["a", 1, "A"]], A: [["root", 1, "Root", { repeated: true }]] }],
    [
      "two choices of frames",
      {
        Root: [
          ["a", 1, "A", { oneof: "x" }],
          ["b", 2, "A", { oneof: "y" }],
        ],
        A: [],
      },
    ],
    ["proto2", { Root: [["a", 1, ScalarType.UINT32]] }, { syntax: "proto2" }],
  ])("refuses a schema with %s", (_, messages, options) => {
    expect(codeOf(thrown(() => protobufFrames({ schema: schemaOf(messages, "Root", options), bytesMax: 10 })))).toBe(
      "BAD_FRAMES",
    )
  })
})

describe("canonical encodings", () => {
  it("CT-9: are what protobuf-es writes, decode to what was encoded, and encode again to the same bytes", () => {
    fc.assert(
      fc.property(frame, (value) => {
        const encoded = frames.encode(value)
        expect(encoded).toEqual(toBinary(everything, value))
        const decoded = frames.decode(encoded)
        if (decoded.kind !== "frame") throw new Error(JSON.stringify(decoded))
        expect(decoded.frame).toEqual(value)
        expect(frames.encode(decoded.frame)).toEqual(encoded)
      }),
      { seed: 20_261_123, numRuns: 3000 },
    )
  })

  it("CT-9: a changed encoding is refused, unknown, or the one encoding of what it decodes to", () => {
    fc.assert(
      fc.property(frame, fc.array(mutation, { minLength: 1, maxLength: 3 }), (value, mutations) => {
        onlyCanonical(mutations.reduce((mutated, mutate) => mutate(mutated), frames.encode(value)))
      }),
      { seed: 20_261_124, numRuns: 20_000 },
    )
  })

  it("CT-9: so are random bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), onlyCanonical), { seed: 20_261_125, numRuns: 20_000 })
  })

  it("CT-9: truncated at each length and with each byte flipped, nothing else decodes to it", () => {
    const [value] = fc.sample(frame, { seed: 7, numRuns: 1 }) as [Message]
    const encoded = frames.encode(value)
    for (let length = 0; length < encoded.length; length++) onlyCanonical(encoded.slice(0, length))
    for (let at = 0; at < encoded.length; at++)
      for (let mask = 1; mask < 256; mask++) {
        const flipped = encoded.slice()
        flipped[at] = (flipped[at] as number) ^ mask
        onlyCanonical(flipped)
      }
  })

  it("does not alias the bytes, a Buffer's included", () => {
    const encoded = Buffer.from(
      frames.encode(root({ case: "inner", value: inner("right", { key: bytes(1, 2, 3), weight: 0 }) })),
    )
    const decoded = frames.decode(encoded)
    encoded.fill(0xff)
    expect(JSON.stringify(decoded)).toContain('"key":{"0":1,"1":2,"2":3}')
  })
})

describe("decoding refuses", () => {
  const all = (...body: number[]): Uint8Array => bytes(0x12, body.length, ...body)
  it.each<[string, Uint8Array, string]>([
    ["nothing", bytes(), "FRAME_EMPTY"],
    ["a root without a choice", bytes(0x08, 1), "FRAME_EMPTY"],
    ["a nested choice that is empty", bytes(0x1a, 0), "FRAME_EMPTY"],
    ["too many bytes", new Uint8Array(4097), "FRAME_TOO_LONG"],
    ["a length past the end", bytes(0x22, 1), "FRAME_TRUNCATED"],
    ["a tag without a value", bytes(0x08), "FRAME_TRUNCATED"],
    ["a default value without presence", bytes(0x08, 0, 0x22, 0), "FRAME_NOT_MINIMAL"],
    ["a default number as text", all(0x98, 1, 0), "FRAME_NOT_MINIMAL"],
    ["a varint with a zero at its end", bytes(0x08, 0x81, 0, 0x22, 0), "FRAME_NOT_MINIMAL"],
    ["a tag that is not minimal", bytes(0x88, 0, 1, 0x22, 0), "FRAME_NOT_MINIMAL"],
    ["a length that is not minimal", bytes(0x22, 0x80, 0), "FRAME_NOT_MINIMAL"],
    ["a number past 32 bits", bytes(0x08, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x22, 0), "FRAME_MALFORMED"],
    ["a number past 64 bits", all(0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2), "FRAME_MALFORMED"],
    ["a negative int32 in five bytes", all(0x28, 0xff, 0xff, 0xff, 0xff, 0x0f), "FRAME_MALFORMED"],
    ["a bool of 2", all(0x40, 2), "FRAME_MALFORMED"],
    ["a field twice", bytes(0x08, 1, 0x08, 2, 0x22, 0), "FRAME_DUPLICATE_FIELD"],
    ["a choice twice", bytes(0x22, 0, 0x22, 0), "FRAME_DUPLICATE_FIELD"],
    ["fields out of order", bytes(0x22, 0, 0x08, 1), "FRAME_FIELD_ORDER"],
    ["two members of a choice", bytes(0x12, 0, 0x22, 0), "FRAME_TWO_CHOICES"],
    ["two members of a plain oneof", all(0xa2, 0x1f, 0, 0xc0, 0xb8, 2, 1), "FRAME_TWO_CHOICES"],
    ["an undeclared field in a frame", bytes(0x22, 2, 0x0a, 0), "FRAME_UNDECLARED_FIELD"],
    ["an undeclared field beside a choice", bytes(0x22, 0, 0x2a, 0), "FRAME_UNDECLARED_FIELD"],
    ["an undeclared member of a nested choice", bytes(0x1a, 2, 0x1a, 0), "FRAME_UNDECLARED_FIELD"],
    ["an undeclared field beside a nested choice", bytes(0x1a, 4, 0x0a, 0, 0x1a, 0), "FRAME_UNDECLARED_FIELD"],
    ["an undeclared number in place of a choice", bytes(0x28, 1), "FRAME_UNDECLARED_FIELD"],
    ["two undeclared members", bytes(0x2a, 0, 0x32, 0), "FRAME_UNDECLARED_FIELD"],
    ["an undeclared member twice", bytes(0x2a, 0, 0x2a, 0), "FRAME_DUPLICATE_FIELD"],
    ["an undeclared member past the end", bytes(0x2a, 1), "FRAME_TRUNCATED"],
    ["malformed bytes after an undeclared member", bytes(0x2a, 0, 0xa2, 1, 1, 0xff), "FRAME_MALFORMED"],
    ["a group", bytes(0x23, 0x24), "FRAME_MALFORMED"],
    ["wire type 6", bytes(0x26), "FRAME_MALFORMED"],
    ["field number 0", bytes(0x02, 0), "FRAME_MALFORMED"],
    ["another wire type", bytes(0x0a, 1, 1), "FRAME_MALFORMED"],
    ["text that is not UTF-8", bytes(0x22, 0, 0xa2, 1, 1, 0xff), "FRAME_MALFORMED"],
    ["a surrogate in UTF-8", bytes(0x22, 0, 0xa2, 1, 3, 0xed, 0xa0, 0x80), "FRAME_MALFORMED"],
    ["an empty packed field", all(0x82, 2, 0), "FRAME_NOT_MINIMAL"],
    ["a packed field that is not packed", all(0x80, 2, 1), "FRAME_MALFORMED"],
    ["a packed item past its field", all(0x82, 2, 1, 0x81, 1), "FRAME_TRUNCATED"],
    ["a loose field that is packed", all(0x8a, 2, 1, 1), "FRAME_MALFORMED"],
    ["a NaN in another form", all(0x15, 1, 0, 0xc0, 0x7f), "FRAME_NOT_MINIMAL"],
  ])("%s", (_, encoded, code) => {
    expect(frames.decode(encoded)).toEqual({ kind: "refused", code })
  })

  it("nothing of an undeclared member of the root's choice but its number", () => {
    expect(frames.decode(bytes(0x2a, 2, 0xff, 0xff))).toEqual({ kind: "unknown", tag: 5 })
    expect(frames.decode(bytes(0x08, 1, 0x2a, 0, 0xa2, 1, 1, 0x41))).toEqual({ kind: "unknown", tag: 5 })
    expect(frames.decode(bytes(0x22, 0)).kind).toBe("frame")
  })
})

describe("encoding refuses", () => {
  const chosen = { case: "bare", value: create(child("Bare")) }
  it.each<[string, () => Message, string]>([
    ["a root without a choice", () => root({ case: undefined }), "FRAME_UNDECLARED"],
    ["a choice that is not declared", () => root({ case: "other", value: {} }), "FRAME_UNDECLARED"],
    ["fields kept from elsewhere", () => ({ ...root(chosen), $unknown: [] }), "FRAME_UNDECLARED"],
    ["another message", () => create(child("Bare")), "FRAME_VALUE"],
    ["a number out of range", () => ({ ...root(chosen), stamp: 2 ** 32 }) as Message, "FRAME_VALUE"],
    ["half a number", () => ({ ...root(chosen), stamp: 0.5 }) as Message, "FRAME_VALUE"],
    ["a lone surrogate", () => ({ ...root(chosen), note: "\ud800" }) as Message, "FRAME_VALUE"],
    ["a text of another type", () => ({ ...root(chosen), note: 1 }) as unknown as Message, "FRAME_VALUE"],
    [
      "a long out of range",
      () => root({ case: "all", value: create(child("All"), { fUint64: -1n } as never) }),
      "FRAME_VALUE",
    ],
    [
      "a float that is none",
      () => root({ case: "all", value: create(child("All"), { fFloat: 0.1 } as never) }),
      "FRAME_VALUE",
    ],
    ["too many bytes", () => ({ ...root(chosen), note: "x".repeat(4097) }) as Message, "FRAME_TOO_LONG"],
    ["one byte too many", () => ({ ...root(chosen), note: "x".repeat(4096 - 5) }) as Message, "FRAME_TOO_LONG"],
  ])("%s", (_, make, code) => {
    expect(codeOf(thrown(() => frames.encode(make())))).toBe(code)
    expect(frames.encode(root(chosen))).toEqual(bytes(0x22, 0))
  })

  it("nothing at the limit itself", () => {
    const encoded = frames.encode({ ...root(chosen), note: "x".repeat(4096 - 6) } as Message)
    expect(encoded).toHaveLength(4096)
    expect(frames.decode(encoded).kind).toBe("frame")
  })
})

function onlyCanonical(encoded: Uint8Array): void {
  const decoded = frames.decode(encoded)
  if (decoded.kind === "frame" && !equalBytes(frames.encode(decoded.frame), encoded))
    throw new Error(`${toHex(encoded)} decodes to what ${toHex(frames.encode(decoded.frame))} encodes`)
}

function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

function child(name: string): DescMessage {
  const found = everything.file.messages.find((message) => message.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

function root(frame: object, more: object = {}): Message {
  return { ...create(everything, more as never), frame } as Message
}

function inner(side: string, value: object): Message {
  const name = side === "left" ? "Bare" : "Item"
  return create(child("Inner"), { side: { case: side, value: create(child(name), value as never) } } as never)
}

const long = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min: -3n < min ? min : -3n, max: 3n }), fc.bigInt({ min, max }))
const text = fc.string({ unit: "binary", maxLength: 80 }).filter((value) => !/\p{Surrogate}/u.test(value))
const octets = fc.uint8Array({ maxLength: 90 })
const item = fc.record({ key: octets, weight: fc.integer() }).map((value) => create(child("Item"), value as never))
const uint32 = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 0xffffffff }))
const int64 = long(-(2n ** 63n), 2n ** 63n - 1n)
const uint64 = long(0n, 2n ** 64n - 1n)
const values = fc.record(
  {
    fDouble: fc.double(),
    fFloat: fc.float(),
    fInt64: int64,
    fUint64: uint64,
    fInt32: fc.integer(),
    fFixed64: uint64,
    fFixed32: uint32,
    fBool: fc.boolean(),
    fString: text,
    fBytes: octets,
    fUint32: uint32,
    fSfixed32: fc.integer(),
    fSfixed64: int64,
    fSint32: fc.integer(),
    fSint64: int64,
    textLong: uint64.map(String),
    oUint32: uint32,
    oBytes: octets,
    items: fc.array(item, { maxLength: 3 }),
    names: fc.array(text, { maxLength: 3 }),
    packed: fc.array(uint32, { maxLength: 9 }),
    loose: fc.array(int64, { maxLength: 3 }),
    flags: fc.array(fc.boolean(), { maxLength: 3 }),
    item,
    plain: fc.oneof(
      text.map((value) => ({ case: "asText", value })),
      uint32.map((value) => ({ case: "asNumber", value })),
    ),
    far: uint32,
  },
  { requiredKeys: [] },
)
const frame = fc
  .record({
    stamp: uint32,
    note: fc.option(text, { nil: undefined }),
    frame: fc.oneof(
      { weight: 4, arbitrary: values.map((value) => ({ case: "all", value: create(child("All"), value as never) })) },
      {
        weight: 1,
        arbitrary: fc.oneof(
          fc.constant({ case: "inner", value: inner("left", {}) }),
          item.map((value) => ({ case: "inner", value: inner("right", value) })),
          fc.constant({ case: "bare", value: create(child("Bare")) }),
        ),
      },
    ),
  })
  .map((value) => create(everything, value as never))

/** What an attacker or a careless encoder does to an encoding. */
const mutation = fc.oneof(
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(
    ([at, mask]) =>
      (encoded: Uint8Array) =>
        encoded.map((byte, index) => (index === at % encoded.length ? byte ^ mask : byte)),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 })).map(([at, inserted]) => (encoded: Uint8Array) => {
    const cut = at % (encoded.length + 1)
    return Uint8Array.from([...encoded.slice(0, cut), ...inserted, ...encoded.slice(cut)])
  }),
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: 4 })).map(([at, count]) => (encoded: Uint8Array) => {
    const cut = at % (encoded.length + 1)
    return Uint8Array.from([...encoded.slice(0, cut), ...encoded.slice(cut + count)])
  }),
  fc.constant((encoded: Uint8Array) => Uint8Array.from([...encoded, ...encoded])),
)
