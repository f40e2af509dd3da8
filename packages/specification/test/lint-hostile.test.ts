import { documentCharactersMax } from "@colloquy/specification"
import fc from "fast-check"
import { expect, test } from "vitest"
import { lint, specimen } from "./specimen.js"

test("what is no document, or too much of one, is one finding and is not parsed", () => {
  const unreadable: readonly (readonly [text: string, says: string])[] = [
    ["a\0b", "no text"],
    ["a\n".repeat(documentCharactersMax), "longer than"],
    ["a".repeat(20_001), "a line"],
    ["a\n".repeat(30_001), "without a blank line"],
    [`${"> ".repeat(17)}a`, "nested"],
    [`${"- ".repeat(17)}a`, "nested"],
    ["a\n---\n\n".repeat(1001), "underlined"],
  ]
  for (const [text, says] of unreadable)
    expect(lint(text).findings, says).toMatchObject([
      { rule: "document-unreadable", severity: "error", message: expect.stringContaining(says) as string },
    ])
})

test("the bounds count documents as they are: code is no run of text, and limits themselves are allowed", () => {
  const allowed = [
    "",
    "\n".repeat(1000),
    `\`\`\`text\n${"a\n".repeat(31_000)}\`\`\`\n`,
    "a".repeat(20_000),
    `${"> ".repeat(16)}a`,
    "\ufeff# A",
    "a\r\nb\r\n",
  ]
  for (const text of allowed) expect(lint(text).findings.map(({ rule }) => rule)).not.toContain("document-unreadable")
})

test("front matter that expands, nests or is none is a finding", () => {
  const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${i === 0 ? "x" : `*a${i - 1}, *a${i - 1}`}]`).join(
    "\n",
  )
  for (const yaml of [
    bomb,
    "a: [".repeat(3000),
    "a: b: c",
    "- a\n- b",
    "a: *b",
    "a: 1\na: 2",
    `a: ${"x".repeat(17_000)}`,
    "? [a]\n: b",
  ]) {
    const { findings } = lint(`---\n${yaml}\n---\n\n# X\n`)
    expect(findings.filter(({ rule }) => rule === "document-unreadable")).toEqual([])
    if (!yaml.startsWith("?"))
      expect(
        findings.map(({ rule }) => rule),
        yaml.slice(0, 20),
      ).toContain("front-matter")
  }
})

test("protobuf of any shape is read to its end", () => {
  const blocks = [
    "message ".repeat(2000),
    "message A { ".repeat(2000),
    "{".repeat(9000),
    "}".repeat(9000),
    "message A { oneof b { ".repeat(300),
    'message A { reserved 1 to ; reserved to; reserved; reserved 1 2 3 "a }',
    "enum A { a = ; b; option c = d } ; ; enum",
    "message A { map<string, > a = 1; map< b = 2; map<a, b c = 3 }",
    "/* never closed",
    "syntax = 'proto3",
    "message A { repeated = 1; optional; required required required = 4; }",
    "message A { a b = 99999999999999999999; bytes c = -1; bytes d = 0x10; }",
    "import; package; service { rpc A(B) returns (C); }",
    "message A { bytes a = 1 [deprecated = true",
  ]
  for (const block of blocks) {
    const { findings } = lint(`# X\n\n\`\`\`proto\nmessage Good { bytes a = 1; }\n${block}\n\`\`\`\n`, {
      kind: "conversation-type",
    })
    expect(findings.length).toBeLessThanOrEqual(1000)
  }
})

test("at most 1,000 findings are listed, and the last says how many more there are", () => {
  const { findings } = lint("TODO: a\n\n".repeat(1500))
  expect(findings).toHaveLength(1000)
  expect(findings.at(-1)?.message).toMatch(/^\d+ findings more are not listed$/)
})

test("any text and any change to a document gives a report with places inside it, the same each time", () => {
  const pieces = fc.constantFrom(
    ..."# |[|]|(|)|`|```proto\n|message A {|bytes a = 1;|}|...|*|_|> |- |1. |\n|\n\n|---\n|| a | b |\n|-|-|\n|MUST|TODO|A_B|PV-1|**PV-1**|<!--|-->|[a]: b|&amp;|\\|\u{1f600}|\ud800|oneof x {|reserved 1|conversation id is|:|=".split(
      "|",
    ),
  )
  const soup = fc.array(fc.oneof(pieces, fc.string({ maxLength: 6 })), { maxLength: 60 }).map((parts) => parts.join(""))
  const mutated = fc
    .tuple(fc.nat(specimen.length), fc.nat(200), fc.oneof(pieces, fc.string({ maxLength: 4 })))
    .map(([at, length, put]) => specimen.slice(0, at) + put + specimen.slice(at + length))
  fc.assert(
    fc.property(fc.oneof(soup, mutated), (text) => {
      const report = lint(text, { kind: "conversation-type" })
      const lines = text.split("\n")
      for (const { line, column, message } of report.findings) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
        expect(message.length).toBeLessThan(500)
      }
      expect(report.typeRules.length).toBeLessThanOrEqual(17)
      expect(lint(text, { kind: "conversation-type" })).toEqual(report)
    }),
    { numRuns: 60 },
  )
})
