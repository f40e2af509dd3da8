import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf"
import { parseProto } from "../lint/proto/parse-proto.js"
import type { ProtoEnum, ProtoField, ProtoMessage } from "../lint/proto/proto.js"
import { labelOf, oneofOf, reachedFrom, typeOf } from "../render/schema.js"
import type { Mismatch, MismatchCode } from "./mismatch.js"
import type { FencedBlock, Scan } from "./scan.js"

const languages: ReadonlySet<string> = new Set(["protobuf", "proto", "proto3"])

/** The protobuf blocks define the messages and enumerations of the code, all of them and no others, field by field. */
export function checkMessages(file: string, { blocks }: Scan, roots: readonly DescMessage[]): readonly Mismatch[] {
  const found: Mismatch[] = []
  const report: Report = (line, message, code = "MESSAGES_DIFFER") => found.push({ file, line, code, message })
  const messages: ProtoMessage[] = []
  const enums: ProtoEnum[] = []
  for (const block of blocks.filter(({ language }) => languages.has(language.toLowerCase()))) {
    const proto = parseProto(block.text, placeIn(block))
    for (const { line, message } of proto.problems) report(line, message, "MESSAGES_BAD")
    messages.push(...proto.messages)
    enums.push(...proto.enums)
  }
  const reached = reachedFrom(roots)
  const first = blocks.find(({ language }) => languages.has(language.toLowerCase()))?.line ?? 1
  compare(messages, reached.messages, "message", first, report, compareFields)
  compare(enums, reached.enums, "enum", first, report, compareValues)
  return found
}

type Report = (line: number, message: string, code?: MismatchCode) => void

function placeIn({ line, text }: FencedBlock): (index: number) => { readonly line: number; readonly column: number } {
  return (index) => {
    const before = text.slice(0, index).split("\n")
    return { line: line + before.length - 1, column: (before.at(-1) ?? "").length + 1 }
  }
}

/** Both ways, by name; what both have is compared further. */
function compare<
  Written extends { readonly name: string; readonly line: number },
  Known extends { readonly name: string },
>(
  written: readonly Written[],
  known: readonly Known[],
  what: string,
  line: number,
  report: Report,
  further: (written: Written, known: Known, report: Report) => void,
): void {
  const seen = new Set<string>()
  for (const one of written) {
    const match = known.find(({ name }) => name === one.name)
    if (seen.has(one.name)) report(one.line, `the ${what} ${one.name} is defined twice`)
    else if (match === undefined) report(one.line, `the code has no ${what} ${one.name}`)
    else further(one, match, report)
    seen.add(one.name)
  }
  for (const { name } of known) if (!seen.has(name)) report(line, `the ${what} ${name} is missing`)
}

function compareFields(written: ProtoMessage, known: DescMessage, report: Report): void {
  const where = (name: string): string => `${written.name}.${name}`
  compare(
    written.fields.map((field) => ({ ...field, name: field.name })),
    known.fields,
    `field of ${written.name},`,
    written.line,
    report,
    (field, desc) => {
      const [before, after] = [writtenField(field), knownField(desc)]
      if (before !== after) report(field.line, `the field ${where(field.name)} differs\n  - ${before}\n  + ${after}`)
    },
  )
}

function compareValues(written: ProtoEnum, known: DescEnum, report: Report): void {
  compare(written.values, known.values, `value of ${written.name},`, written.line, report, (value, desc) => {
    if (value.number !== desc.number)
      report(value.line, `the value ${value.name} differs\n  - ${value.number ?? "no number"}\n  + ${desc.number}`)
  })
}

function writtenField({ label, type, name, number, oneof, isMap }: ProtoField): string {
  return fieldText(label ?? "", isMap ? `map of ${lastName(type)}` : lastName(type), name, number, oneof)
}

function knownField(field: DescField): string {
  const type = field.fieldKind === "map" ? `map of ${typeOf(field).replace(/^map<.*, (.*)>$/, "$1")}` : typeOf(field)
  return fieldText(labelOf(field), type, field.name, field.number, oneofOf(field)?.name)
}

function fieldText(label: string, type: string, name: string, number: number | undefined, oneof: string | undefined) {
  const words = [label, type, name, "=", String(number ?? "no number"), oneof === undefined ? "" : `in oneof ${oneof}`]
  return words.filter((word) => word !== "").join(" ")
}

/** Documents may write a type with its package. */
function lastName(type: string): string {
  return type.slice(type.lastIndexOf(".") + 1)
}
