import { expect, test } from "vitest"
import { changed, lint, lineOf, specimen } from "./specimen.js"

/** The findings of a specimen in which one thing is changed, as rule and line; the line is counted from the text. */
function found(from: string, to: string, text = specimen): { readonly list: string[]; readonly text: string } {
  const after = changed(from, to, text)
  return { list: lint(after).findings.map(({ rule, line }) => `${rule}:${line}`), text: after }
}

const note = "- **text:** this field is what the sender wrote."

test("a name that is a field but for one letter is a slip; a plural, and a name with a value, are not", () => {
  const { list, text } = found(note, `${note}\n- It has \`sent_at\`, or \`sents_at\` and \`sents_at > 1\`.`)
  expect(list).toEqual([`field-unknown:${lineOf("or `sents_at`", text)}`])
  expect(lint(text).findings[0]?.message).toBe("`sents_at` (2 times) is no field: Note has `sent_at`")
  for (const fine of [
    "the `sent_ats` of all",
    "`sen_at` = 3",
    "a sents_at in words",
    "a **sents_at** in bold",
    "`other_at`",
    "`x.sents_at()`",
    "`sents_at` (2 to 9) is the other one",
  ])
    expect(found(note, `${note}\n- It has ${fine}.`).list, fine).toEqual([])
  const plural = changed("uint64 sent_at", "repeated uint64 sent_ats").replaceAll("NOTES_MAX", "N_MAX")
  expect(found(note, `${note}\n- Each \`sent_at\` counts.`, plural).list).toEqual([])
  const twins = changed("// 64 bytes", "// 64 bytes\n  bytes sent_ab = 4; // who")
  expect(found(note, `${note}\n- It has \`sent_at\` and \`sent_ab\`.`, twins).list).toEqual([])
  const choice = changed("  oneof frame {", "  oneof sent_it {")
  expect(found(note, `${note}\n- It has \`sent_it\`.`, choice).list).toEqual([])
})

test("a table that breaks a bound of the document is found, at the bound itself is not", () => {
  const table = (value: string): string => `| lamp_id | of |\n| ------- | -- |\n| ${value} | Raya |\n\n## Security`
  for (const [bound, bad, good] of [
    ["a positive integer", "0", "1"],
    ["greater than 7", "7", "8"],
    ["greater than zero", "0", "1"],
    ["at least 3", "2", "3"],
    ["non-zero", "0", "5"],
  ] as const) {
    const text = changed("There is no protection", `A \`lamp_id\` MUST be ${bound}. There is no protection`)
    const { list, text: broken } = found("## Security", table(bad), text)
    expect(list, bound).toEqual([`value-conflict:${lineOf(`| ${bad} | Raya`, broken)}`])
    expect(
      found("## Security", table(good), text).list.filter((one) => one.startsWith("value")),
      bound,
    ).toEqual([])
    expect(found("## Security", table("none"), text).list.filter((one) => one.startsWith("value"))).toEqual([])
  }
})

test("BLAKE2 without a length of its output is found, once; with one it is not", () => {
  const call = "The key is `blake2b(a || (b))`, and `blake2b(c)`."
  const { list, text } = found("The code is short.", call, changed("of a BLAKE2b hash", "of a hash"))
  expect(list.filter((one) => !one.startsWith("CT-"))).toEqual([`hash-length:${lineOf("The key is", text)}`])
  for (const said of [
    "The key is `blake2b(a, 16)`.",
    "The key is `blake2b(a, size=16)`.",
    `${call} BLAKE2b has an output of 128 bits.`,
    `${call} It is blake2b-256.`,
  ])
    expect(found("The code is short.", said).list, said).toEqual([])
})

test("what breaks off and what a comment asks for is not finished", () => {
  const dots = found("The code is short.", "The code is short.\n\n- The lamp MUST ...")
  expect(dots.list.filter((one) => one.startsWith("unres"))).toEqual([
    `unresolved-mark:${lineOf("- The lamp", dots.text)}`,
  ])
  for (const fine of ["Raya waits. And then ...", "one, two: and so on ...", "0, 1, ... 9"])
    expect(found("The code is short.", fine).list, fine).toEqual([])
  const wish = found("// 64 bytes", "// Replace with a hash to save bytes")
  expect(wish.list).toEqual([`unresolved-mark:${lineOf("Replace with", wish.text)}`])
  expect(found("// 64 bytes", "// Replaces the one before").list).toEqual([])
  // A wish describes nothing.
  const silent = changed("- **text:** this field is what the sender wrote.\n\n", "")
    .replace("bytes text = 1; // UTF-8, at most 1,024 bytes", "bytes body = 1; // Remove this body")
    .replace("`Note.text`", "`Note`")
  expect(
    lint(silent)
      .findings.map(({ rule }) => rule)
      .sort(),
  ).toEqual(["field-undescribed", "unresolved-mark"])
})

test("protobuf of no version is found where it matters", () => {
  const { list, text } = found('syntax = "proto3";\n', "")
  expect(list).toEqual([`proto-version:${lineOf("```protobuf", text)}`])
  for (const said of ["The code is proto2.", "The code is proto3.", "Protocol buffers v3."])
    expect(found("The code is short.", said, text).list, said).toEqual([])
  const labelled = text.replaceAll(/^ {2}(bytes|uint64) /gm, "  optional $1 ")
  expect(lint(labelled).findings).toEqual([])
})

test("a category that is nearly one of the template's is found; other people's words are not", () => {
  const category = (value: string): string[] => found("status: raw", `category: ${value}`).list
  expect(category("Information")).toEqual(["front-matter:5"])
  for (const fine of ["Informational", "standards track", "Best Current Practice", "application"])
    expect(category(fine), fine).toEqual([])
})

test("requirements among suggestions are found, once; weaker words and mentions are none", () => {
  const { list, text } = found("The code is short.", "The code is short. It MUST NOT leak.\n\nIt MUST be small.")
  expect(list).toEqual([`keywords-misplaced:${lineOf("It MUST NOT leak", text)}`])
  for (const fine of [
    "It SHOULD be short and MAY be small.",
    "“MUST” is a word that is spoken of here.",
    "`MUST` is code.",
  ])
    expect(found("The code is short.", fine).list, fine).toEqual([])
})
