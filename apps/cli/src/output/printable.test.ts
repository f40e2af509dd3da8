import fc from "fast-check"
import { expect, test } from "vitest"
import { jsonLine, printable, printableLines, shortened } from "./printable.js"

test("terminal controls are shown, not sent", () => {
  expect(printable("a\u001b[2Jb")).toBe("a\\u{1b}[2Jb")
  expect(printable("\u009b31m\u007f\b")).toBe("\\u{9b}31m\\u{7f}\\u{8}")
  expect(printable("\u001b]52;c;aGk=\u0007")).toBe("\\u{1b}]52;c;aGk=\\u{7}")
})

test("bidirectional overrides, invisible characters and tags are shown", () => {
  for (const hidden of ["\u202e", "\u2066", "\u061c", "\u200b", "\u200f", "\ufeff", "\u00ad", "\u{e0041}", "\ud800"])
    expect(printable(`x${hidden}y`)).toBe(`x\\u{${(hidden.codePointAt(0) as number).toString(16)}}y`)
})

test("what people write stays as it is", () => {
  for (const text of ["Grüße, Raya!", "مرحبا", "नमस्ते", "👩‍👩‍👧 ❤️", "می‌خواهم", "日本語", "C:\\dir"])
    expect(printable(text)).toBe(text)
})

test("a line break begins no line", () => {
  expect(printable("one\ntwo\r\nthree\u2028four\tfive\rsix")).toBe("one two three four five six")
  expect(printableLines("one\r\ntwo\u2029\u001bthree\rfour")).toEqual(["one", "two", "\\u{1b}three\\u{d}four"])
})

test("no text keeps a character that a terminal acts on, and JSON keeps its meaning", () => {
  const acting = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}]/u
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.integer({ min: 0, max: 0x2fff }).map((c) => String.fromCharCode(c)) }),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      expect(printable(text)).not.toMatch(acting)
      for (const line of printableLines(text)) expect(line).not.toMatch(acting)
      const line = jsonLine({ text })
      expect(line).not.toMatch(acting)
      expect(JSON.parse(line)).toEqual({ text })
    }),
    { seed: 20261103, numRuns: 500 },
  )
})

test("long text is cut between characters", () => {
  expect(shortened("abcdef", 6)).toBe("abcdef")
  expect(shortened("abcdefg", 6)).toBe("abcde…")
  expect(shortened("👩👩👩", 2)).toBe("👩…")
})
