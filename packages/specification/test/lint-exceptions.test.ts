import { expect, test } from "vitest"
import { changed, lint, lineOf, specimen } from "./specimen.js"

const short = "The code is short."

/** The rules that find something when a text stands in the theory. */
function inTheory(put: string, text = specimen): readonly string[] {
  return lint(changed("## Wire format", `${put}\n\n## Wire format`, text)).findings.map(({ rule }) => rule)
}

function judged(id: string, text: string): object | undefined {
  return lint(text).typeRules.find((rule) => rule.id === id)
}

test("marks count once a line, and not where code quotes them", () => {
  expect(inTheory("TODO, then FIXME, then TBD.")).toEqual(["unresolved-mark"])
  expect(inTheory('```ts\nprint("TODO: not one")\n```')).toEqual([])
  expect(inTheory("```ts\nprint() // TODO: one\n```")).toEqual(["unresolved-mark"])
})

test("words in brackets that are no citations, and numbers of others, refer to nothing", () => {
  expect(inTheory("A remark [NOTE] and [WIP], but [LAMP].")).toEqual(["reference-undefined"])
  expect(inTheory("**RFC-1.** One.\n\n**RFC-2.** Two.\n\nAnd RFC-9.")).toEqual([])
  expect(inTheory("**LX-1.** One.\n\n**LX-2.** Two.\n\nAnd LX-9.")).toEqual(["requirement-undefined"])
})

test("symbols with an index are no constants, and a removed line has no value", () => {
  expect(inTheory("The keys are D_2 and SPK_B, mixed with LAMP_OIL.")).toEqual(["constant-undefined"])
  expect(inTheory("```text\n- NOTES_MAX = 1\n+ NOTES_MAX = 64\n```")).toEqual([])
  expect(inTheory("```text\nNOTES_MAX = 1\nNOTES_MAX = 64\n```")).toContain("constant-conflict")
})

test("a packaged name is taken for the message of that name, another qualified one is not", () => {
  const typed = (type: string, said = short): readonly string[] =>
    lint(changed(short, said, changed("    Note note = 1;", `    ${type} note = 1;`))).findings.map(
      ({ rule, severity }) => `${rule} ${severity}`,
    )
  expect(typed("lantern.v1.Note")).toEqual([])
  expect(typed("Lamp.Note")).toEqual(["proto-undefined error"])
  expect(typed("Wick")).toEqual(["proto-undefined error"])
  expect(typed("Wick", "A Wick stands in [another document](https://example.org).")).toEqual(["proto-undefined note"])
})

test("fields are described by their numbers, by the document they are from, and once", () => {
  const wick = changed("// 64 bytes", "// 64 bytes\n  bytes wick = 4;\n  bytes oil = 5;")
  expect(inTheory("", wick)).toEqual(["field-undescribed"])
  expect(inTheory("The fields 4 to 5 are bytes of the lamp.", wick)).toEqual([])
  expect(inTheory("The fields 4 to 4 are bytes of the lamp.", wick)).toEqual(["field-undescribed"])
  const quoted = "The encoding is canonical protobuf, used without modification from [there](https://example.org)."
  expect(inTheory("", changed("The encoding is canonical protobuf.", quoted, wick))).toEqual([])
  const timed = (field: string): readonly string[] => inTheory("", changed("// 64 bytes", `// 64 bytes\n  ${field}`))
  expect(timed("uint64 burn_time = 4;")).toEqual(["field-undescribed"])
  expect(timed("uint64 burn_time = 4; // of the lamp")).toEqual(["unit-missing"])
  expect(timed("uint64 timeout_ms = 4; // of the lamp")).toEqual([])
})

test("the notice of key words is no use of them", () => {
  const notice = "The words MUST, MUST NOT, SHOULD and MAY are"
  const all = changed(notice, "The words MUST, MUST NOT, SHOULD, MAY and MAY NOT are")
  expect(lint(all).findings).toEqual([])
})

test("references may stand inside another section, the template's other sections not; a comment fills a section", () => {
  const end = specimen.slice(specimen.indexOf("## Copyright"))
  const within = (heading: string): readonly string[] =>
    lint(changed(end, `${end}\n### ${heading}\n\nThe code is short.\n`)).findings.map(({ rule }) => rule)
  expect(within("References")).toEqual([])
  expect(
    lint(changed("## Security and privacy considerations", "### Security considerations")).findings.map(
      ({ rule }) => rule,
    ),
  ).toEqual(["section-nesting"])
  expect(lint(changed(short, "<!-- filled in by a tool -->")).findings.map(({ rule }) => rule)).not.toContain(
    "section-empty",
  )
  expect(lint(changed(short, "")).findings.map(({ rule }) => rule)).toContain("section-empty")
})

test("what is left open is so in the normative part, without a link, and in a type", () => {
  const open = "The colour is left to implementations."
  expect(inTheory(open)).toEqual(["left-open"])
  expect(inTheory("The colour is left to implementations, see [there](https://example.org).")).toEqual([])
  expect(lint(changed(short, open)).findings).toEqual([])
  expect(lint(changed("People who share a house leave notes.", open)).findings).toEqual([])
  const scope = changed("## Wire format", "The colour is out of scope.\n\n## Wire format")
  expect(lint(scope).findings.map(({ rule }) => rule)).toEqual(["left-open"])
  expect(lint(scope, { kind: "protocol" }).findings).toEqual([])
  const hole = changed("## Wire format", `${open}\n\n## Wire format`)
  expect(judged("CT-12", hole)).toMatchObject({ verdict: "unmet", line: lineOf(open, hole) })
})

test("CT-5: a section about ids need not name them again", () => {
  const bare = changed("The conversation id is `/lantern/1/` and 32 hexadecimal", "It has 32 hexadecimal")
  const section = "## Conversation id\n\nIt is derived from the two keys.\n\n## Wire format"
  const text = changed("## Wire format", section, bare)
  expect(judged("CT-5", text)).toMatchObject({ verdict: "met", line: lineOf("It is derived", text) })
  const other = changed("## Wire format", section.replace("Conversation id", "Lamps"), bare)
  expect(judged("CT-5", other)).toMatchObject({ verdict: "unmet" })
})

test("CT-6: what the motivation says of others proves nothing; what only the abstract says does", () => {
  const bare = changed(
    "Two participants exchange",
    "People exchange",
    changed("A conversation has two participants. ", ""),
  )
  const motive = "In a conversation two participants leave notes."
  const inBackground = changed("People who share a house leave notes.", motive, bare)
  expect(judged("CT-6", inBackground)).toMatchObject({ verdict: "unmet" })
  const inAbstract = changed("that only they can read.", `that only they can read. ${motive}`, bare)
  expect(judged("CT-6", inAbstract)).toMatchObject({ verdict: "met", line: lineOf(motive, inAbstract) })
})

test("a lone heading of the first level is the title, unless it is the abstract; of several the first may be", () => {
  const title = (text: string): string | undefined => lint(text, { kind: "other" }).title
  expect(title("# Wire format\n\nA.\n\n## Abstract\n\nB.")).toBe("Wire format")
  expect(title("# Abstract\n\nA.\n")).toBeUndefined()
  expect(title("# Wire format\n\nA.\n\n# Abstract\n\nB.")).toBeUndefined()
  expect(title("# Lamps\n\nA.\n\n# Abstract\n\nB.")).toBe("Lamps")
})

test("one rule for conversation types makes no document of rules, two do", () => {
  const rule = "A conversation type MUST burn."
  const kind = (text: string): string => lint(`# Lamps\n\n## Wire\n\n${text}\n`, { path: "lamps.md" }).kind
  expect(kind(rule)).toBe("protocol")
  expect(kind(`${rule}\n\n${rule}`)).toBe("other")
})
