import { codeOf, equalBytes, fromHex, toHex } from "@colloquy/core"
import fc from "fast-check"
import { readFileSync } from "node:fs"
import { describe, expect, expectTypeOf, it } from "vitest"
import {
  type Content,
  contentBytesMax,
  contentCodec,
  contentRegistry,
  encodeContent,
  isMalformedContent,
  isUnknownContent,
  text,
} from "./index.js"

interface Vectors {
  readonly text: readonly { readonly text: string; readonly frame: string }[]
  readonly unknown: readonly {
    readonly name: string
    readonly domain: number
    readonly tag: number
    readonly body: string
    readonly fallback: string
    readonly frame: string
  }[]
  readonly malformed: readonly { readonly name: string; readonly code: string; readonly frame: string }[]
}

const vectors = JSON.parse(readFileSync(new URL("../test/vectors/content.json", import.meta.url), "utf8")) as Vectors
const registry = contentRegistry([text])
const hex = (digits: string): Uint8Array => fromHex(digits) as Uint8Array

describe("text", () => {
  it.each(vectors.text)("CON-3: is written and read as in the vector: $text", ({ text: value, frame }) => {
    expect(toHex(encodeContent(text(value)))).toBe(frame)
    const content = registry.decode(hex(frame))
    if (!text.is(content)) throw new Error(content.type)
    expectTypeOf(content.text).toBeString()
    expect(content.text).toBe(value)
    expect(content).toEqual(text(value))
  })

  it("is narrowed by its codec alone", () => {
    const content: Content = text("hello")
    expect(text.is(content)).toBe(true)
    expect(isUnknownContent(content) || isMalformedContent(content)).toBe(false)
    expect(text.is({ ...content, tag: 2 })).toBe(false)
    expectTypeOf(content).not.toHaveProperty("text")
    expectTypeOf(text("hello").text).toBeString()
    expectTypeOf(text("hello").type).toEqualTypeOf<"text">()
  })

  it("CON-3: with half a surrogate pair cannot be made", () => {
    for (const value of ["\ud800", "a\udc00b", "\udc00\ud800"])
      expect(codeOf(thrown(() => text(value)))).toBe("BAD_CONTENT")
  })
})

describe("content of an unknown type", () => {
  it.each(vectors.unknown)(
    "CON-4: is kept as bytes, with its fallback: $name",
    ({ frame, body, domain, tag, fallback }) => {
      const content = registry.decode(hex(frame))
      expect(content).toEqual({ type: "unknown", domain, tag, body: hex(body), fallback })
      expect(isUnknownContent(content)).toBe(true)
      expect(toHex(encodeContent(content))).toBe(frame)
    },
  )

  it("CON-4: is what text is to a registry without text", () => {
    const content = contentRegistry([]).decode(encodeContent(text("hello", { fallback: "a word" })))
    expect(content).toEqual({ type: "unknown", domain: 49_169, tag: 1, body: text("hello").body, fallback: "a word" })
    expect(text.is(content)).toBe(false)
  })
})

describe("malformed content", () => {
  it.each(vectors.malformed)("CON-5: is a value and no exception: $name", ({ frame, code }) => {
    const content = registry.decode(hex(frame))
    expect(isMalformedContent(content) && content.code).toBe(code)
    expect(text.is(content)).toBe(false)
    expect(codeOf(thrown(() => encodeContent(content)))).toBe("BAD_CONTENT")
  })

  it("CON-5: is what a codec refuses or throws at", () => {
    const picky = contentCodec({
      domain: 1,
      tag: 1,
      name: "picky",
      encode: () => new Uint8Array(1),
      decode(body) {
        if (body.length === 1) return undefined
        throw new Error("no")
      },
    })
    for (const body of [new Uint8Array(1), new Uint8Array(2)]) {
      const sent = encodeContent({ type: "unknown", domain: 1, tag: 1, body, fallback: "instead" })
      const read = contentRegistry([picky]).decode(sent)
      expect(read).toEqual({ type: "malformed", code: "CONTENT_BODY", domain: 1, tag: 1, body, fallback: "instead" })
    }
  })

  it("CON-1: is what is too long, and its bytes are not kept", () => {
    const content = registry.decode(new Uint8Array(contentBytesMax + 1))
    expect(content).toMatchObject({ type: "malformed", code: "CONTENT_TOO_LONG", body: new Uint8Array(0) })
  })
})

describe("a ContentFrame", () => {
  it("CON-2: decodes to what was encoded, truncated, flipped or random bytes to something, and never throws", () => {
    const changed = fc.tuple(
      fc.constantFrom(...vectors.text, ...vectors.unknown),
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      changed.map(([{ frame }, at, mask]) => {
        const valid = hex(frame)
        if (mask === 0 || valid.length === 0) return valid.slice(0, at % (valid.length + 1))
        return valid.map((byte, index) => (index === at % valid.length ? byte ^ mask : byte))
      }),
    )
    fc.assert(
      fc.property(bytes, (input) => {
        const content = registry.decode(input)
        expect(structuredClone(content)).toEqual(content)
        if (!isMalformedContent(content)) expect(equalBytes(encodeContent(content), input)).toBe(true)
      }),
      { seed: 4, numRuns: 5000 },
    )
  })

  it("CON-1: is not written with values out of bounds", () => {
    const base = { type: "unknown", domain: 1, tag: 1, body: new Uint8Array(0), fallback: "" }
    for (const bad of [
      { domain: 65_536 },
      { domain: -1 },
      { domain: 0.5 },
      { tag: 2 ** 32 },
      { fallback: "x".repeat(1025) },
      { fallback: "é".repeat(513) },
      { fallback: "\ud800" },
    ])
      expect(codeOf(thrown(() => encodeContent({ ...base, ...bad })))).toBe("BAD_CONTENT")
    const room = contentBytesMax - 9
    expect(encodeContent({ ...base, body: new Uint8Array(room) })).toHaveLength(contentBytesMax)
    for (const length of [room + 1, contentBytesMax, contentBytesMax + 1])
      expect(codeOf(thrown(() => encodeContent({ ...base, body: new Uint8Array(length) })))).toBe("CONTENT_TOO_LONG")
  })

  it("does not alias what it was read from", () => {
    for (const frame of [encodeContent(text("hello")), hex("08"), encodeContent({ ...text("x"), tag: 9 })]) {
      const buffer = Buffer.from(frame)
      const before = structuredClone(registry.decode(frame))
      const content = registry.decode(buffer)
      buffer.fill(0)
      expect(content).toEqual(before)
    }
  })
})

describe("a codec of an application", () => {
  const reaction = contentCodec<"reaction", { readonly emoji: string }>({
    domain: 5000,
    tag: 2,
    name: "reaction",
    encode: ({ emoji }) => new TextEncoder().encode(emoji),
    decode: (body) => ({ emoji: new TextDecoder().decode(body) }),
    fallback: ({ emoji }) => `reacted with ${emoji}`,
  })

  it("gives its value under its name, and its fallback to those who don't know it", () => {
    const sent = encodeContent(reaction({ emoji: "+" }))
    const known = contentRegistry([text, reaction]).decode(sent)
    if (!reaction.is(known)) throw new Error(known.type)
    expectTypeOf(known.reaction).toEqualTypeOf<{ readonly emoji: string }>()
    expect(known.reaction).toEqual({ emoji: "+" })
    expect(registry.decode(sent).fallback).toBe("reacted with +")
    expect(reaction({ emoji: "+" }, { fallback: "plus" }).fallback).toBe("plus")
    expect(codeOf(thrown(() => reaction({ emoji: "+" }, { fallback: "x".repeat(1025) })))).toBe("BAD_CONTENT")
  })

  it("shares neither name nor domain and tag with another in one registry", () => {
    const none = { encode: () => new Uint8Array(0), decode: () => 0 }
    const sameName = contentCodec({ ...none, domain: 1, tag: 1, name: "reaction" })
    const sameTag = contentCodec({ ...none, domain: 5000, tag: 2, name: "other" })
    for (const other of [sameName, sameTag])
      expect(codeOf(thrown(() => contentRegistry([reaction, other])))).toBe("BAD_CONTENT_CODEC")
  })

  it.each(["", "Text", "a b", "unknown", "malformed", "type", "fallback", "body", "__proto__"])(
    "is not called %j",
    (name) => {
      const make = () => contentCodec({ domain: 1, tag: 1, name, encode: () => new Uint8Array(0), decode: () => 0 })
      expect(codeOf(thrown(make))).toBe("BAD_CONTENT_CODEC")
    },
  )

  it("has a domain of 16 bits and a tag of 32", () => {
    for (const [domain, tag] of [
      [65_536, 1],
      [1, 2 ** 32],
      [-1, 1],
      [1, 1.5],
    ] as const) {
      const make = () => contentCodec({ domain, tag, name: "x", encode: () => new Uint8Array(0), decode: () => 0 })
      expect(codeOf(thrown(make))).toBe("BAD_CONTENT")
    }
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
