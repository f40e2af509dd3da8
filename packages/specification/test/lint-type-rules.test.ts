import { requirements } from "@colloquy/core"
import { expect, test } from "vitest"
import { changed, lint, lineOf, specimen } from "./specimen.js"

/** What a document says for each rule, and what it says instead when it does not keep it. */
const cases: readonly {
  readonly id: string
  readonly changes: readonly (readonly [from: string, to: string])[]
  readonly says: string
  /** Where the rule is broken, if not in the document as a whole. */
  readonly at?: string
}[] = [
  {
    id: "CT-1",
    changes: [["is encrypted with ChaCha20-Poly1305", "is kept from others"]],
    says: "nothing names the encryption scheme",
  },
  {
    id: "CT-4",
    changes: [
      [
        "- **LA-3.** Payloads go to the topic `/lantern/1/notes/proto`. ",
        "- **LA-3.** People meet by a delivery_address. ",
      ],
    ],
    says: "nothing says which addresses are valid",
    at: "- **LA-3.**",
  },
  {
    id: "CT-5",
    changes: [["- **LA-2.** The conversation id is `/lantern/1/` and 32", "- **LA-2.** Each conversation_id has 32"]],
    says: "nothing says how one is generated",
    at: "- **LA-2.**",
  },
  {
    id: "CT-6",
    changes: [
      ["Two participants exchange", "People exchange"],
      ["A conversation has two participants. ", ""],
    ],
    says: "who can be a member",
  },
  {
    id: "CT-7",
    changes: [["It is confidential and gives forward secrecy and deniability", "It is good"]],
    says: "the guarantees are not stated",
    at: "## Security and privacy",
  },
  {
    id: "CT-8",
    changes: [
      ["## Security and", "## More\n\n```proto\nmessage Lamp { bytes oil = 1; // its oil\n}\n```\n\n## Security and"],
    ],
    says: "one section has them all",
    at: "```proto\nmessage Lamp",
  },
  {
    id: "CT-9",
    changes: [["canonical protobuf", "protobuf"]],
    says: "decodes in one way only",
    at: "## Wire format",
  },
  {
    id: "CT-13",
    changes: [[" hexadecimal digits of a BLAKE2b hash, so that ids are unique", " hexadecimal digits"]],
    says: "why ids never conflict",
  },
  {
    id: "CT-14",
    changes: [["A recipient looks the key up by its hint", "There is a key"]],
    says: "without trying every conversation",
    at: "## Wire format",
  },
  {
    id: "CT-15",
    changes: [["The topic leaks that somebody writes a note, no more.", ""]],
    says: "who can learn what",
    at: "## Security and privacy",
  },
  {
    id: "CT-16",
    changes: [["The associated data is the conversation id. ", ""]],
    says: "nothing binds a payload",
  },
]

for (const { id, changes, says, at } of cases)
  test(`${id}: ${requirements[id as keyof typeof requirements].rule}, or the document is told so`, () => {
    let text = specimen
    for (const [from, to] of changes) text = changed(from, to, text)
    const { findings, typeRules } = lint(text)
    expect(findings.filter(({ rule }) => rule === id)).toMatchObject([
      { message: expect.stringContaining(says) as string, line: at === undefined ? 2 : lineOf(at, text) },
    ])
    expect(typeRules.find((rule) => rule.id === id)).toMatchObject({ verdict: "unmet" })
    const { level } = requirements[id as keyof typeof requirements]
    expect(findings.find(({ rule }) => rule === id)?.severity).toBe(level === "must" ? "error" : "warning")
  })

test("every rule is judged, once, with the line that it rests on", () => {
  const { typeRules } = lint(specimen)
  expect(typeRules.map(({ id }) => id)).toEqual(Object.keys(requirements))
  for (const { id, verdict, line, level } of typeRules) {
    expect(level).toBe(requirements[id].level)
    if (id === "CT-12") expect({ id, verdict, line }).toEqual({ id, verdict: "review", line: undefined })
    else expect({ id, verdict, line: line !== undefined && line > 1 }).toEqual({ id, verdict: "met", line: true })
  }
  expect(typeRules.find(({ id }) => id === "CT-4")?.line).toBe(lineOf("Payloads go to", specimen))
  expect(typeRules.find(({ id }) => id === "CT-5")?.line).toBe(lineOf("The conversation id is", specimen))
})

test("CT-1: a scheme whose sections are not written is not named", () => {
  const text = changed("## Wire format", "## Ciphersuite\n\n[TODO]\n\n## Wire format")
  const { findings, typeRules } = lint(text)
  expect(typeRules.find(({ id }) => id === "CT-1")).toMatchObject({
    verdict: "unmet",
    line: lineOf("## Ciphersuite", text),
  })
  expect(findings.map(({ rule }) => rule)).toEqual(["section-empty"])
})

test("CT-3: frames in a table want an encoding that is named", () => {
  const table = "| frame | fields |\n| ----- | ------ |\n| Note  | text   |\n\n"
  const without = (encoding: string): string =>
    specimen.slice(0, specimen.indexOf("The encoding is")) +
    encoding +
    table +
    specimen.slice(specimen.indexOf("## Security"))
  expect(lint(without("The encoding is compact.\n\n")).findings.map(({ rule }) => rule)).toEqual(["CT-3", "CT-9"])
  expect(lint(without("The encoding is canonical CBOR.\n\n")).findings).toEqual([])
})

test("CT-2: a document without frames is told so", () => {
  const start = specimen.indexOf("```protobuf")
  const end = specimen.indexOf("## Security")
  const { findings, typeRules } = lint(specimen.slice(0, start) + specimen.slice(end))
  expect(findings).toMatchObject([{ rule: "CT-2", severity: "error" }])
  expect(typeRules.filter(({ verdict }) => verdict === "unmet").map(({ id }) => id)).toEqual(["CT-2", "CT-8"])
})

test("CT-4, CT-5: what is left to implementations is not said, and is found once", () => {
  const text = changed(
    "- **LA-2.** The conversation id is `/lantern/1/` and 32 hexadecimal digits of a BLAKE2b hash, so that ids are unique.",
    "- **LA-2.** It has a conversation_id, and its derivation is left to implementations.",
  )
  expect(lint(text).findings).toMatchObject([{ rule: "CT-5", line: lineOf("**LA-2.**", text) }])
  const other = changed(
    "Payloads go to the topic `/lantern/1/notes/proto`. ",
    "How payloads are sent is deliberately not specified. ",
  )
  expect(lint(other).findings).toMatchObject([{ rule: "CT-4", line: lineOf("**LA-3.**", other) }])
})

test("CT-8: frames that are left open or use what is not defined are not all defined", () => {
  for (const [from, to] of [
    ["    Shade shade = 2;", "    Shade shade = 2;\n    // ..."],
    ["    Note note = 1;", "    Placeholder note = 1;"],
  ] as const)
    expect(lint(changed(from, to)).typeRules.find(({ id }) => id === "CT-8")?.verdict).toBe("unmet")
})

test("CT-10, CT-11: the identifier comes from title, file and version; what disagrees is found", () => {
  const named = (text: string, path: string): unknown => {
    const { type, findings } = lint(text, { path, kind: "conversation-type" })
    return {
      type,
      findings: findings
        .filter(({ rule }) => /^CT-1[01]$/.test(rule))
        .map(({ rule, severity }) => `${rule} ${severity}`),
    }
  }
  expect(named(specimen, "a/b/lantern-v1.md")).toEqual({ type: "LanternV1", findings: [] })
  expect(named(specimen, "lamp.md")).toEqual({ type: "LampV1", findings: ["CT-10 warning", "CT-10 error"] })
  expect(named(changed("type: LanternV1", "type: LanternV2"), "lantern.md")).toEqual({
    type: "LanternV1",
    findings: ["CT-10 error"],
  })
  const second = changed("version: 1", "version: 2").replaceAll("LanternV1", "LanternV2")
  expect(named(second, "lantern.md")).toEqual({ type: "LanternV2", findings: [] })
  expect(named(changed("version: 1", "version: 2").replace("type: LanternV1\n", ""), "lantern.md")).toEqual({
    type: "LanternV2",
    findings: ["CT-11 error"],
  })
  const unversioned = changed("version: 1\ntype: LanternV1\n", "").replaceAll("LanternV1", "Lantern")
  expect(named(unversioned, "lantern.md")).toEqual({ type: "LanternV1", findings: ["CT-11 warning"] })
  expect(named(changed("title: LANTERN", 'title: "???"'), "???.md")).toEqual({
    type: undefined,
    findings: ["CT-10 error"],
  })
  // A title with a number and a file with a version are one name.
  const title = changed("title: LANTERN", "title: LANTERN1").replace("version: 1\n", "")
  expect(named(title, "lanternv1.md")).toEqual({ type: "LanternV1", findings: [] })
})

test("CT-12: holes anywhere keep the definition from being complete; without one a person has to tell", () => {
  const verdict = (text: string): unknown => lint(text).typeRules.find(({ id }) => id === "CT-12")
  expect(verdict(specimen)).toMatchObject({ verdict: "review" })
  const text = changed("The code is short.", "TODO: code")
  expect(verdict(text)).toMatchObject({
    verdict: "unmet",
    line: lineOf("TODO", text),
    message: expect.stringContaining("1 hole") as string,
  })
})

test("CT-17: without suggestions there is a note, no more", () => {
  const { findings } = lint(changed("## Implementation suggestions\n\nThe code is short.", "## Lamps\n\nThey burn."))
  expect(findings).toMatchObject([{ rule: "CT-17", severity: "note" }])
})

test("a row of a rendered declaration that names the rule meets it", () => {
  const bare = changed(
    "A conversation has two participants. ",
    "",
    changed("Two participants exchange", "People exchange"),
  )
  const table = (declared: string): string =>
    `| what | rule | declared |\n| --- | --- | --- |\n| participants | CT-6 | ${declared} |\n\n### Frames`
  expect(lint(changed("### Frames", table("at least 1, at most 101"), bare)).findings.map(({ rule }) => rule)).toEqual(
    [],
  )
  expect(lint(changed("### Frames", table("-"), bare)).findings.map(({ rule }) => rule)).toEqual(["CT-6"])
})

test("a word, a heading or a drawing proves nothing: a reader has to tell, and is told where to look", () => {
  const judged = (id: string, from: string, to: string, text = specimen): object => {
    const changedText = changed(from, to, text)
    const { typeRules, findings } = lint(changedText)
    expect(findings.map(({ rule }) => rule)).not.toContain(id)
    const { verdict, line, message } = typeRules.find((rule) => rule.id === id) ?? {}
    expect(message).toMatch(/a reader has to see/)
    return { verdict, isThere: line === lineOf(to.trim().split("\n")[0] as string, changedText) }
  }
  const isReview = { verdict: "review", isThere: true }
  const cipher = "is encrypted with ChaCha20-Poly1305"
  for (const words of ["is encrypted by the Double Ratchet", "is sealed, and unlike others not by AES-GCM"])
    expect(judged("CT-1", cipher, words), words).toEqual(isReview)
  expect(
    judged("CT-1", "## Wire format", "## Encryption\n\nIt is strong.\n\n## Wire format", changed(cipher, "is kept")),
  ).toEqual(isReview)
  const people = changed("Two participants exchange", "People send")
  expect(judged("CT-6", "A conversation has two participants. ", "Here two clients race. ", people)).toEqual(isReview)
  const decoding = "The encoding is canonical protobuf."
  for (const words of ["The encoding is protobuf along a parse tree.", "A canonical encoding is NOT REQUIRED."])
    expect(judged("CT-9", decoding, words), words).toEqual(isReview)
  expect(judged("CT-13", "of a BLAKE2b hash, so that ids are unique", "and ids MUST be unique")).toEqual(isReview)
  expect(judged("CT-14", "A recipient looks the key up by its hint", "There are hints")).toEqual(isReview)
  expect(judged("CT-15", "The topic leaks that somebody writes a note, no more.", "The topic hides little.")).toEqual(
    isReview,
  )
  for (const words of ["There is no associated data. ", "The associated data comes first. "])
    expect(judged("CT-16", "The associated data is the conversation id. ", words), words).toEqual(isReview)
  expect(
    judged("CT-7", "It is confidential and gives forward secrecy and deniability", "Integrity, then authentication"),
  ).toEqual(isReview)
})

test("CT-4: a section about topics that names none is for a reader", () => {
  const text = changed("Payloads go to the topic `/lantern/1/notes/proto`. ", "")
  const { typeRules, findings } = lint(changed("## Wire format", "## Topics\n\nThey matter.\n\n## Wire format", text))
  expect(findings.map(({ rule }) => rule)).not.toContain("CT-4")
  expect(typeRules.find(({ id }) => id === "CT-4")).toMatchObject({ verdict: "review" })
})

test("CT-4: what refers back to an address leaves the address open, and is found once", () => {
  const text = changed(
    "Payloads go to the topic `/lantern/1/notes/proto`. ",
    "People know the delivery_address. How this occurs is out of scope. ",
  )
  expect(lint(text).findings).toMatchObject([
    { rule: "CT-4", line: lineOf("**LA-3.**", text), message: expect.stringContaining("left to others") as string },
  ])
})

test("CT-15: to say that a topic hides nothing weighs it", () => {
  const text = changed("The topic leaks that somebody writes a note, no more.", "It gives no privacy by its topic.")
  expect(lint(text).typeRules.find(({ id }) => id === "CT-15")).toMatchObject({ verdict: "met" })
})

test("CT-5, CT-13: a row of a rendered declaration says how ids are made", () => {
  const row = (declared: string): string =>
    `## Wire format\n\n| what | rule | declared |\n| --- | --- | --- |\n| ids | CT-5, CT-13 | ${declared} |`
  const bare = changed(
    "The conversation id is `/lantern/1/` and 32 hexadecimal digits of a BLAKE2b hash, so that ids are unique.",
    "",
  )
  const verdicts = (text: string): unknown =>
    lint(text).typeRules.flatMap(({ id, verdict }) => (id === "CT-5" || id === "CT-13" ? [verdict] : []))
  expect(verdicts(changed("## Wire format", row("`/lantern/1/<ident>`, from a secret"), bare))).toEqual(["met", "met"])
  expect(verdicts(changed("## Wire format", row("-"), bare))).toEqual(["unmet", "unmet"])
})

test("CT-9: a drawing of the tree is for a reader", () => {
  const text = changed(
    "The encoding is canonical protobuf.",
    "It is protobuf.\n\n```mermaid\nflowchart LR\n  a --> b\n```",
  )
  expect(lint(text).typeRules.find(({ id }) => id === "CT-9")).toMatchObject({
    verdict: "review",
    line: lineOf("```mermaid", text),
  })
})
