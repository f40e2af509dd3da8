import fc from "fast-check"
import { expect, test } from "vitest"
import { checkDocument, type Mismatch, renderDocument, rewriteDocument, type Subject } from "../src/index.js"
import { noteFacts, NoteV1 } from "./note-type.js"

const subject: Subject = { type: NoteV1, facts: noteFacts }
const rules = `- **NO1-1.** A text has at most 64 KiB.
- **NO1-2.** After 2 and 10 minutes the key is made with "note/1/key".
`
const document = renderDocument(NoteV1, { facts: noteFacts }).replace(/TODO: how a conversation begins.*/, rules.trim())
const sources = [{ path: "src/note.ts", text: "/** NO1-1: so long. */\n// NO1-1 to NO1-2\n" }]

const check = (text: string): readonly Mismatch[] => checkDocument({ path: "docs/note-v1.md", text, subject, sources })
const codes = (text: string): readonly string[] => check(text).map(({ code }) => code)

/** The document with one thing changed, which has to be there. */
function changed(before: string | RegExp, after: string): string {
  const text = document.replace(before, after)
  expect(text).not.toBe(document)
  return text
}

/** The one mismatch, which names the line on which the changed thing stands. */
function only(text: string, on: string): Mismatch {
  const [first, ...others] = check(text)
  expect(others).toEqual([])
  expect(first && text.split("\n")[first.line - 1]).toContain(on)
  return first as Mismatch
}

test("what was rendered says what the code says, also where the declaration is hostile", () => {
  expect(check(document)).toEqual([])
  expect(document).toContain("<!-- generated: guarantees -->")
})

test("a generated section that was changed is reported with both texts, and written anew", () => {
  const text = changed("whoever comes", "nobody")
  const { code, message } = only(text, "nobody")
  expect(code).toBe("SECTION_DIFFERS")
  expect(message).toMatch(/^ {2}- .*nobody/m)
  expect(message).toMatch(/^ {2}\+ .*whoever comes/m)
  expect(rewriteDocument(text, subject)).toBe(document)
})

test("any change to any line of a generated section is noticed", () => {
  const lines = document.split("\n")
  const generated = lines.flatMap((line, index) => {
    const before = lines.slice(0, index).filter((other) => /^<!-- (generated|end)/.test(other))
    return before.at(-1)?.startsWith("<!-- generated") === true && line !== "" && line !== "<!-- end -->" ? [index] : []
  })
  expect(generated.length).toBeGreaterThan(30)
  fc.assert(
    fc.property(fc.constantFrom(...generated), fc.nat(), fc.constantFrom("x", "7", "`", "|"), (at, place, mark) => {
      const line = lines[at] as string
      const where = place % (line.length + 1)
      const text = [...lines.slice(0, at), line.slice(0, where) + mark + line.slice(where), ...lines.slice(at + 1)]
      expect(check(text.join("\n"))).not.toEqual([])
      expect(codes([...lines.slice(0, at), ...lines.slice(at + 1)].join("\n"))).not.toEqual([])
    }),
  )
})

test("how the cells of a table are aligned is no difference", () => {
  const loose = document.replace(/ {2,}\|/g, " |").replace(/-{4,}/g, "---")
  expect(loose).not.toBe(document)
  expect(check(loose)).toEqual([])
  expect(rewriteDocument(loose, subject)).toBe(document)
})

test("lines may end as they do elsewhere", () => {
  const text = document.replaceAll("\n", "\r\n")
  expect(check(text)).toEqual([])
  expect(rewriteDocument(text, subject)).toBe(text)
  expect(rewriteDocument(text.replace("whoever comes", "nobody"), subject)).toBe(text)
})

test("markers that are missing, unknown, doubled or left open are reported", () => {
  expect(codes(changed("<!-- generated: topics -->", ""))).toEqual(["SECTION_MISSING"])
  expect(codes(changed("generated: topics", "generated: toppings"))).toEqual(["SECTION_MISSING", "SECTION_BAD"])
  expect(codes(`${document}\n<!-- generated: topics -->\n\n<!-- end -->\n`)).toEqual(["SECTION_BAD"])
  expect(codes(`${document}\n<!-- generated: flow -->\n\n<!-- end -->\n`)).toEqual(["SECTION_BAD"])
  expect(codes(document.replace(/(generated: guarantees[^]*?)<!-- end -->/, "$1"))).toEqual(["SECTION_BAD"])
})

test("markers in a fence are not markers", () => {
  expect(check(`${document}\n\`\`\`text\n<!-- generated: x -->\n\`\`\`\n`)).toEqual([])
})

test("CT-10: the title stands in the front matter, the first heading and the declaration", () => {
  expect(codes(changed("title: NOTE", "title: NOTES"))).toEqual(["TITLE", "TITLE"])
  expect(only(changed("# NOTE", "# NOTES"), "# NOTES").message).toContain("+ NOTE")
})

test("CT-11: the version and the type are the declaration's", () => {
  expect(only(changed("version: 1", "version: 2"), "version: 2").message).toContain("+ 1")
  expect(only(changed("type: NoteV1", "type: NoteV2"), "type: NoteV2").message).toContain("+ NoteV1")
  expect(codes(document.replace(/^---[^]*?---\n/, ""))).toEqual(["TITLE"])
  expect(codes(document.replace(/^---/, "---\n: [\n"))).toEqual(["TITLE"])
})

test.each([
  ["a number", "string text = 1;", "string text = 5;", /- string text = 5\n {2}\+ string text = 1/],
  ["a type", "bytes row = 1;", "string row = 1;", /- string row/],
  ["a label", "repeated string tags", "string tags", /\+ repeated string tags/],
  ["presence", "optional uint64 lead", "uint64 lead", /\+ optional uint64 lead/],
  ["a name", "Removal removal = 2;", "Removal removed = 2;", /the code has no field of NoteFrame, removed/],
  ["a choice", "  oneof frame {\n    Note note = 1;\n", "  Note note = 1;\n  oneof frame {\n", /in oneof frame/],
  ["a value", "COLOUR_RED = 1;", "COLOUR_RED = 2;", /COLOUR_RED differs\n {2}- 2/],
  ["another message", "message Removal {", "message Extra {}\nmessage Removal {", /has no message Extra/],
])("CT-8: a protobuf block that has %s differently is reported on its line", (_, before, after, message) => {
  // The block is the author's own: only then can it differ without its section differing.
  const text = document.replace(/<!-- generated: protobuf -->\n([^]*?)<!-- end -->\n/, "$1")
  expect(check(text)).toEqual([])
  const differing = text.replace(before, after)
  expect(differing).not.toBe(text)
  const found = check(differing)
  expect(found.map(({ code }) => code)).toContain("MESSAGES_DIFFER")
  expect(found.map((one) => one.message).join("\n")).toMatch(message)
  const lines = differing.split("\n")
  const start = lines.indexOf("```protobuf")
  for (const { line } of found) expect(line).toBeGreaterThan(start)
})

test("CT-8: a message that is not in the document is reported", () => {
  const text = document.replace(/### Messages[^]*?(?=### Frames)/, "")
  expect(codes(text)).toEqual(["MESSAGES_DIFFER", "MESSAGES_DIFFER", "MESSAGES_DIFFER", "MESSAGES_DIFFER"])
})

test("a rule says the value of its constants, in any way that people write it", () => {
  expect(check(changed("64 KiB", "65,536 bytes"))).toEqual([])
  expect(check(changed("64 KiB", "2^16 bytes"))).toEqual([])
  expect(only(changed("64 KiB", "64 MiB"), "NO1-1").message).toContain("+ 65,536")
  expect(only(changed("64 KiB", "165,536 bytes"), "NO1-1").code).toBe("CONSTANT_DIFFERS")
  expect(only(changed("2 and 10 minutes", "2 and 11 minutes"), "NO1-2").message).toContain("+ 600,000")
})

test("a label stands in both the document and the code", () => {
  expect(codes(changed('"note/1/key"', '"note/2/key"'))).toEqual(["CONSTANT_DIFFERS", "CONSTANT_DIFFERS"])
})

test("rules are defined once, and named by the code or its tests; no other is named anywhere", () => {
  expect(only(changed("- **NO1-2.**", "- **NO1-1.** Again, 64 KiB.\n- **NO1-2.**"), "Again").code).toBe("RULE_BAD")
  expect(only(changed("64 KiB.", "64 KiB.\n- **NO1-3.** More."), "More").code).toBe("RULE_UNTESTED")
  expect(only(changed("64 KiB.", "64 KiB, see NO1-4."), "see NO1-4").message).toContain("NO1-4")
  const stray = [{ path: "src/x.ts", text: "\n// NO1-9" }, ...sources]
  expect(checkDocument({ path: "docs/note-v1.md", text: document, subject, sources: stray })).toEqual([
    { file: "src/x.ts", line: 2, code: "RULE_BAD", message: "NO1-9 is not a rule of docs/note-v1.md" },
  ])
})

test("no document makes it throw or take long", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("---\n", "```protobuf\n", "```\n", "<!-- generated: frames -->\n", "<!-- end -->\n", "# x\n"),
    fc.constantFrom("message A {", "oneof x {", "}\n", "- **NO1-1.** ", "\n", "title: x\n"),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join("")
      check(text)
      const once = rewriteDocument(text, subject)
      expect(rewriteDocument(once, subject)).toBe(once)
    }),
  )
})
