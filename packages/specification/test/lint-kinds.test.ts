import { expect, test } from "vitest"
import { lint, specimen } from "./specimen.js"

const head = "# THING\n\n## Abstract\n\n"

test("what defines a type is told from what speaks of types", () => {
  const kinds: readonly (readonly [kind: string, text: string])[] = [
    ["conversation-type", specimen],
    ["conversation-type", `${head}THING is a conversation type for two people.`],
    ["conversation-type", `${head}This conversation type has one frame.`],
    ["conversation-type", "---\nkind: conversation-type\n---\n# X"],
    ["conversation-type", `${head}A thing.\n\n\`\`\`proto\nmessage ThingV1Frame { bytes a = 1; }\n\`\`\``],
    ["protocol", `${head}It labels content.\n\n\`\`\`proto\nmessage ThingFrame { bytes a = 1; }\n\`\`\``],
    [
      "protocol",
      `${head}It is used by every conversation type, and OtherV1 is a conversation type.\n\n\`\`\`\nmessage A { bytes a = 1; }\n\`\`\``,
    ],
    ["protocol", `${head}A MUST.\n\nB MUST.\n\nC MUST NOT.`],
    [
      "other",
      `${head}A conversation type MUST name its frames. A conversation type SHOULD be short.\n\nA conversation type MUST be immutable.`,
    ],
    ["other", "# SHARED-DEFINITIONS\n\n## Abstract\n\n**Sender**: who sends. It MUST be one.\n\nMUST.\n\nMUST."],
    [
      "other",
      "# A framework for chat\n\n## Abstract\n\nThis specification defines a framework. MUST.\n\nMUST.\n\nMUST.",
    ],
    ["other", "# Notes\n\nWhat came to mind."],
  ]
  for (const [kind, text] of kinds)
    expect({ kind: lint(text, { path: "thing.md" }).kind, text }).toEqual({ kind, text })
})

test("only types are asked for the rules for types", () => {
  const { typeRules, findings, type } = lint(specimen, { kind: "protocol" })
  expect({ typeRules, findings, type }).toEqual({ typeRules: [], findings: [], type: undefined })
  const asked = lint("# A framework\n\nWords.", { kind: "conversation-type" })
  expect(asked.typeRules).toHaveLength(17)
  expect(asked.kindReason).toBe("it was said")
})

test("the sections that are asked for depend on the kind, and what they weigh on the status", () => {
  const missing = (text: string): readonly string[] =>
    lint(text)
      .findings.filter(({ rule }) => rule === "section-missing")
      .map(({ severity, message }) => `${severity} ${/“(.*?)”/.exec(message)?.[1]}`)
  expect(missing("---\ntitle: X\nkind: other\n---\n")).toEqual(
    [
      "warning Abstract",
      "warning Copyright",
      "note Background / Rationale / Motivation",
      "warning Security/Privacy Considerations",
    ].sort((a, b) => order(a) - order(b)),
  )
  expect(missing("---\ntitle: X\nkind: protocol\nstatus: stable\n---\n")).toContain(
    "error Wire Format Specification / Syntax",
  )
  expect(missing("---\ntitle: X\nkind: protocol\nstatus: raw\n---\n")).toContain(
    "warning Wire Format Specification / Syntax",
  )
  expect(missing("---\ntitle: X\nkind: other\ncategory: Informational\n---\n")).toContain(
    "note Security/Privacy Considerations",
  )
})

function order(text: string): number {
  return ["Abstract", "Background", "Security", "Copyright"].findIndex((word) => text.includes(word))
}

test("front matter is read from YAML and from a table", () => {
  const table =
    "# LANTERN\n\n| Field | Value |\n| --- | --- |\n| Name | Lanterns |\n| Version | 3 |\n| Editor | |\n\n## Abstract\n\nThis conversation type is short.\n"
  const { title, type, findings } = lint(table)
  expect({ title, type }).toEqual({ title: "LANTERN", type: "LanternV3" })
  expect(findings.find(({ rule }) => rule === "front-matter")).toMatchObject({
    line: 7,
    message: expect.stringContaining("`editor`") as string,
  })
})

test("links are judged by what stands around the document, and not without it", () => {
  const text =
    "# X\n\n## A b\n\n[a](other.md) [b](other.md#there) [c](other.md#nowhere) [d](my%20file.md) ![e](no.png) [f](#a-b) [g](/root.md) [h](mailto:a@b.c)\n"
  const links = (input: object): unknown =>
    lint(text, input)
      .findings.filter(({ rule }) => rule === "link-broken")
      .map(({ column }) => column)
  const asked: string[] = []
  const exists = (link: string): boolean => {
    asked.push(link)
    return link !== "no.png"
  }
  expect(links({})).toEqual([])
  expect(links({ exists })).toEqual([75])
  expect(asked).toEqual(["other.md", "other.md", "other.md", "my file.md", "no.png"])
  expect(links({ exists, read: () => "# There\n" })).toEqual([35, 75])
})
