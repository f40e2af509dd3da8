import { expect, test } from "vitest"
import { changed, lint, lineOf, specimen } from "./specimen.js"

interface Case {
  readonly rule: string
  readonly title: string
  readonly from: string
  readonly to: string
  /** The text whose first line is where the finding stands. */
  readonly at: string
  readonly says: string
}

const cases: readonly Case[] = [
  // Front matter, title, template
  {
    rule: "front-matter",
    title: "broken front matter",
    from: "status: raw",
    to: "status: [raw",
    at: "editor: Saro",
    says: "the front matter: Flow sequence",
  },
  {
    rule: "front-matter",
    title: "an empty field",
    from: "editor: Saro",
    to: "editor:",
    at: "editor:",
    says: "`editor` is empty",
  },
  {
    rule: "template-leftover",
    title: "the template's choices",
    from: "status: raw",
    to: "status: raw/draft/stable",
    at: "status: raw/draft",
    says: "choose one",
  },
  {
    rule: "template-leftover",
    title: "the template's (optional)",
    from: "## Implementation suggestions",
    to: "## Implementation suggestions (optional)",
    at: "(optional)",
    says: "“(optional)”",
  },
  {
    rule: "template-leftover",
    title: "the template's sentence",
    from: "The code is short.",
    to: "A list of references.",
    at: "A list of references.",
    says: "write the section",
  },
  // Sections
  {
    rule: "section-missing",
    title: "no abstract",
    from: "## Abstract",
    to: "## Lanterns",
    at: "title: LANTERN",
    says: "“Abstract”",
  },
  {
    rule: "section-missing",
    title: "no background",
    from: "## Background",
    to: "## Lanterns",
    at: "title: LANTERN",
    says: "“Background / Rationale / Motivation”",
  },
  {
    rule: "section-missing",
    title: "no security considerations",
    from: "## Security and privacy considerations",
    to: "## Lanterns",
    at: "title: LANTERN",
    says: "“Security/Privacy Considerations”",
  },
  {
    rule: "section-missing",
    title: "no copyright",
    from: "## Copyright",
    to: "## Lanterns",
    at: "title: LANTERN",
    says: "“Copyright”",
  },
  {
    rule: "section-empty",
    title: "a heading with nothing under it",
    from: "The code is short.",
    to: "",
    at: "## Implementation suggestions",
    says: "has nothing in it",
  },
  {
    rule: "section-empty",
    title: "a heading with TODO under it, once",
    from: "The code is short.",
    to: "[TODO]",
    at: "## Implementation suggestions",
    says: "says only that it is missing",
  },
  {
    rule: "section-nesting",
    title: "a section of the template inside another",
    from: "## Copyright",
    to: "### Copyright",
    at: "### Copyright",
    says: "“Implementation suggestions”",
  },
  // Marks
  {
    rule: "unresolved-mark",
    title: "TODO with what is to be done",
    from: "The code is short.",
    to: "The code is short. !TODO: choose a language",
    at: "!TODO",
    says: "“TODO: choose a language”",
  },
  {
    rule: "unresolved-mark",
    title: "TBD in a comment of the definitions",
    from: "// 64 bytes",
    to: "// 64 bytes, TBD",
    at: "TBD",
    says: "TBD",
  },
  {
    rule: "unresolved-mark",
    title: "FIXME in a comment of the document",
    from: "The code is short.",
    to: "The code is short.\n\n<!-- FIXME: say where it is -->",
    at: "<!-- FIXME",
    says: "say where it is",
  },
  {
    rule: "unresolved-mark",
    title: "what is still to be defined",
    from: "The code is short.",
    to: "The limit is still to be decided.",
    at: "The limit",
    says: "still to be decided",
  },
  {
    rule: "unresolved-mark",
    title: "a blank",
    from: "The code is short.",
    to: "The code is a _______.",
    at: "The code is a",
    says: "a blank",
  },
  {
    rule: "unresolved-mark",
    title: "an empty list item",
    from: "The code is short.",
    to: "- The code is short.\n-\n",
    at: "-\n\n\n## Copyright",
    says: "a list item is empty",
  },
  // Completeness
  {
    rule: "left-open",
    title: "what is left to implementations",
    from: "- **LA-5.**",
    to: "- **LA-6.** The order of notes is left to implementations.\n- **LA-5.**",
    at: "**LA-6.**",
    says: "“The order of notes is left to implementations.”",
  },
  {
    rule: "left-open",
    title: "what is out of scope and nowhere else",
    from: "- **LA-5.**",
    to: "- **LA-6.** How people find one another is out of scope.\n- **LA-5.**",
    at: "**LA-6.**",
    says: "name the document",
  },
  // Protobuf
  {
    rule: "proto-syntax",
    title: "a field without its semicolon",
    from: "Shade shade = 2;",
    to: "Shade shade = 2",
    at: "Shade shade = 2",
    says: "not ended by ;",
  },
  {
    rule: "proto-syntax",
    title: "a repeated member of a oneof",
    from: "    Note note = 1;",
    to: "    repeated Note note = 1;",
    at: "repeated Note",
    says: "a member of a oneof is not repeated",
  },
  {
    rule: "proto-syntax",
    title: "a required field of proto3",
    from: "bytes text = 1;",
    to: "required bytes text = 1;",
    at: "required bytes",
    says: "no required fields",
  },
  {
    rule: "proto-syntax",
    title: "a message that is not closed",
    from: "  SHADE_DIM = 1;\n}",
    to: "  SHADE_DIM = 1;",
    at: "SHADE_DIM = 1;",
    says: "not closed",
  },
  {
    rule: "proto-number",
    title: "a field without a number",
    from: "uint64 sent_at = 2;",
    to: "uint64 sent_at;",
    at: "uint64 sent_at",
    says: "Note.sent_at has no number",
  },
  {
    rule: "proto-number",
    title: "a number that is not allowed",
    from: "uint64 sent_at = 2;",
    to: "uint64 sent_at = 19500;",
    at: "uint64 sent_at",
    says: "19500",
  },
  {
    rule: "proto-number",
    title: "an enum of proto3 that does not begin with 0",
    from: "  SHADE_NONE = 0;\n",
    to: "",
    at: "enum Shade",
    says: "the first value is 0",
  },
  {
    rule: "proto-duplicate",
    title: "a number twice, across a oneof",
    from: "Shade shade = 2;",
    to: "Shade shade = 1;",
    at: "Shade shade",
    says: "has the number 1 of note",
  },
  {
    rule: "proto-duplicate",
    title: "a name twice",
    from: "bytes signature = 3;",
    to: "bytes text = 3;",
    at: "bytes text = 3",
    says: "two fields text",
  },
  {
    rule: "proto-duplicate",
    title: "a message twice, differently",
    from: "enum Shade",
    to: "message Note { bytes text = 4; }\nenum Shade",
    at: "message Note { bytes text = 4",
    says: "differently",
  },
  {
    rule: "proto-duplicate",
    title: "an enum's number twice",
    from: "SHADE_DIM = 1;",
    to: "SHADE_DIM = 0;",
    at: "SHADE_DIM",
    says: "of SHADE_NONE",
  },
  {
    rule: "proto-reserved",
    title: "a reserved number",
    from: "reserved 9;",
    to: "reserved 2 to 4, 9;",
    at: "Shade shade",
    says: "which line 40 reserves",
  },
  {
    rule: "proto-reserved",
    title: "a reserved name",
    from: "reserved 9;",
    to: 'reserved "shade";',
    at: "Shade shade",
    says: "uses shade",
  },
  {
    rule: "proto-reserved",
    title: "a range upside down",
    from: "reserved 9;",
    to: "reserved 12 to 9;",
    at: "reserved 12",
    says: "12 to 9",
  },
  {
    rule: "proto-undefined",
    title: "a type that is nearly one",
    from: "    Note note = 1;",
    to: "    Notes note = 1;",
    at: "Notes note",
    says: "did you mean Note?",
  },
  {
    rule: "proto-undefined",
    title: "a type of no document",
    from: "    Note note = 1;",
    to: "    invite.Offer note = 1;",
    at: "invite.Offer",
    says: "is not defined: define it, or say which document does",
  },
  {
    rule: "proto-undefined",
    title: "a nested type out of its scope",
    from: "message Note {",
    to: "message Lamp { message Wick { bytes text = 1; } }\nmessage Note {\n  Wick wick = 7; // the wick",
    at: "Wick wick",
    says: "write Lamp.Wick",
  },
  {
    rule: "proto-undefined",
    title: "a scalar that protobuf lacks",
    from: "uint64 sent_at",
    to: "uint8 sent_at",
    at: "uint8",
    says: "write uint32",
  },
  {
    rule: "proto-elided",
    title: "dots instead of members",
    from: "    Shade shade = 2;",
    to: "    Shade shade = 2;\n    // ....",
    at: "// ....",
    says: "left open by dots",
  },
  {
    rule: "proto-elided",
    title: "dots and words instead of members",
    from: "    Shade shade = 2;",
    to: "    Shade shade = 2;\n    ... supported frames",
    at: "... supported",
    says: "left open by dots",
  },
  // Text and definitions
  {
    rule: "message-undefined",
    title: "an encoded message that nothing defines",
    from: "a serialized `Note`",
    to: "a serialized `Notes`",
    at: "a serialized",
    says: "did you mean Note?",
  },
  {
    rule: "message-undefined",
    title: "a field that the message lacks",
    from: "`Note.text`",
    to: "`Note.texts`",
    at: "`Note.texts`",
    says: "did you mean text?",
  },
  {
    rule: "field-unknown",
    title: "a description of no field",
    from: "- **text:** this",
    to: "- **key_ref:** this",
    at: "**key_ref:**",
    says: "no message has it",
  },
  {
    rule: "field-undescribed",
    title: "fields without a word about them",
    from: "bytes signature = 3; // 64 bytes",
    to: "bytes signature = 3; // 64 bytes\n  bytes wick_length = 4;",
    at: "bytes wick_length",
    says: "Note: nothing says what `wick_length` is",
  },
  {
    rule: "signature-scope",
    title: "a signature of nobody knows what",
    from: "The signature covers the bytes of `Note.text`.",
    to: "The signature protects.",
    at: "bytes signature",
    says: "which bytes",
  },
  {
    rule: "unit-missing",
    title: "a time without a unit",
    from: "// milliseconds since 1970",
    to: "// when it was written",
    at: "uint64 sent_at",
    says: "in which unit",
  },
  // Constants
  {
    rule: "constant-undefined",
    title: "a constant without a value",
    from: "At most `NOTES_MAX` notes",
    to: "At most `NOTE_MAX` notes",
    at: "At most `NOTE_MAX`",
    says: "did you mean NOTES_MAX?",
  },
  {
    rule: "constant-conflict",
    title: "a constant with two values",
    from: "At most `NOTES_MAX` notes are kept.",
    to: "`NOTES_MAX` = 1,000, later `NOTES_MAX` = 64.",
    at: "later `NOTES_MAX`",
    says: "is 64 here and 1000 on line 25",
  },
  // Links and references
  {
    rule: "link-broken",
    title: "an anchor that no heading gives",
    from: "](#frames)",
    to: "](#frame)",
    at: "](#frame)",
    says: "did you mean #frames?",
  },
  {
    rule: "link-broken",
    title: "a link to nowhere",
    from: "](#frames)",
    to: "]()",
    at: "]()",
    says: "without a target",
  },
  {
    rule: "link-broken",
    title: "a link to be filled in",
    from: "](#frames)",
    to: "](TODO)",
    at: "](TODO)",
    says: "target is “TODO”",
  },
  {
    rule: "link-branch",
    title: "a link into a working branch",
    from: "](#frames)",
    to: "](https://github.com/saro/specs/blob/saro/lantern/lantern.md)",
    at: "saro/lantern/",
    says: "the branch saro/lantern",
  },
  {
    rule: "reference-undefined",
    title: "a reference that is not defined",
    from: "[the frames](#frames)",
    to: "[the frames][wire]",
    at: "[wire]",
    says: "[wire] is not defined",
  },
  {
    rule: "reference-undefined",
    title: "a citation of nothing",
    from: "with ChaCha20-Poly1305",
    to: "with ChaCha20-Poly1305 [RFC 8439]",
    at: "[RFC 8439]",
    says: "refers to nothing",
  },
  {
    rule: "requirement-undefined",
    title: "a requirement that is not there",
    from: "(LA-2)",
    to: "(LA-7)",
    at: "(LA-7)",
    says: "LA-7 is mentioned",
  },
  {
    rule: "requirement-duplicate",
    title: "a requirement twice",
    from: "**LA-5.**",
    to: "**LA-4.**",
    at: "**LA-4.** At most",
    says: "LA-4 is defined on line 24 already",
  },
  // Key words and wording
  {
    rule: "keywords-unexplained",
    title: "key words without the notice",
    from: "The words MUST, MUST NOT, SHOULD and MAY are used as RFC 2119 defines them.",
    to: "A note MUST be short.",
    at: "A note MUST",
    says: "MUST (once), and nothing says",
  },
  {
    rule: "keywords-unexplained",
    title: "a key word that the notice does not list",
    from: "The code is short.",
    to: "The code SHOULD NOT be long.",
    at: "The code SHOULD NOT",
    says: "SHOULD NOT is used",
  },
  {
    rule: "keywords-misused",
    title: "MAY NOT",
    from: "The code is short.",
    to: "The code MAY NOT be long.",
    at: "The code MAY NOT",
    says: "“MAY NOT” is no key word",
  },
  {
    rule: "keywords-misused",
    title: "half a key word",
    from: "There is no protection",
    to: "Notes MUST not be long. There is no protection",
    at: "Notes MUST not",
    says: "write MUST NOT",
  },
  {
    rule: "diagram-unknown",
    title: "a message of a drawing that the text does not know",
    from: "The code is short.",
    to: "The code is short.\n\n```mermaid\nsequenceDiagram\n  S ->> R : IntroBundle\n```",
    at: "S ->> R",
    says: "what IntroBundle is",
  },
  {
    rule: "doubled-word",
    title: "a word twice",
    from: "The code is short.",
    to: "The code is in\nin the house.",
    at: "The code is in",
    says: "“in in”",
  },
  {
    rule: "list-marker",
    title: "a list item without a space",
    from: "The code is short.",
    to: "The code is short:\n-**Software**: short",
    at: "-**Software**",
    says: "not followed by a space",
  },
]

test("a document that keeps all rules has no findings", () => {
  const report = lint(specimen)
  expect(report.findings).toEqual([])
  expect(report).toMatchObject({ kind: "conversation-type", type: "LanternV1", title: "LANTERN" })
})

for (const { rule, title, from, to, at, says } of cases)
  test(`${rule}: ${title}`, () => {
    const text = changed(from, to)
    const { findings } = lint(text)
    const of = findings.filter((finding) => finding.rule === rule)
    expect(of.map(({ line }) => line)).toEqual([lineOf(at, text)])
    expect(of[0]?.message).toContain(says)
    expect([...new Set(findings.map((finding) => finding.rule))]).toEqual([rule])
  })

test("title-missing: neither front matter nor a heading names the document", () => {
  const text = "## Abstract\n\nA text.\n"
  const rules = lint(text, { kind: "other" }).findings.map(({ rule }) => rule)
  expect(rules).toContain("title-missing")
})

test("a column is that of the word, also behind what Markdown takes away", () => {
  const text = changed("The code is short.", "> - **The** [code](#frames) \\* is &amp; `short`, TODO")
  expect(lint(text).findings).toMatchObject([{ rule: "unresolved-mark", column: 50 }])
  expect(text.split("\n")[lineOf("TODO", text) - 1]?.slice(49)).toBe("TODO")
})

test("what is quoted, linked or spoken of is not taken for a mistake", () => {
  for (const good of [
    "The mark `TODO` is not for documents.",
    "“MUST” is a word, and `MAY NOT` another.",
    "The formula a[i][j] has no link, nor has x[0].",
    "See \\[Analysis\\]\\[wire\\].",
    "The limit is [NOTES_MIN](https://example.org/constants).",
    "A note that is too long is refused with `NOTE_TOO_LONG`, or is `NOTE_BAD`, `NOTE_OLD` (it has expired) or `NOTE_NEW`.",
    "How people meet is out of scope, and stands in [another document](https://example.org).",
    "A tag is a commit: [code](https://github.com/saro/lantern/blob/v1.2.0/lantern.md), or [so](https://github.com/saro/lantern/blob/main/a.md).",
    "SHA-256 and AES-1 are no requirements.",
    "The formula $[a](1-q)(1-p)$ is none either.",
  ])
    expect(lint(changed("The code is short.", good)).findings, good).toEqual([])
})

test("what an author allows is not reported: in the block that follows, in its own, or everywhere", () => {
  const rules = (put: string): readonly string[] =>
    lint(changed("The code is short.", put)).findings.map(({ rule }) => rule)
  const todo = "TODO: a\nTODO: b"
  expect(rules(todo)).toEqual(["unresolved-mark", "unresolved-mark"])
  expect(rules(`<!-- spec-lint-allow: left-open, unresolved-mark -->\n\n${todo}\n\nTODO: c`)).toEqual([
    "unresolved-mark",
  ])
  expect(rules(`${todo} <!-- spec-lint-allow unresolved-mark -->`)).toEqual([])
  expect(rules(`<!-- spec-lint-allow-document: unresolved-mark -->\n\nA.\n\n${todo}`)).toEqual([])
  expect(rules(`<!-- spec-lint-allow: doubled-word -->\n\n${todo}`)).toEqual(["unresolved-mark", "unresolved-mark"])
  expect(rules("<!-- spec-lint-allow: unresolved-mark -->")).toEqual([])
})
