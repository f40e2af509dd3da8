import type { ProtoEnum, ProtoField, ProtoMessage } from "../proto/proto.js"
import type { CheckContext } from "./check.js"
import { checkProtoTypes } from "./check-proto-types.js"

const numberMax = 536_870_911
const problemsMax = 5

/** What a protobuf compiler would refuse, and what it could not know: that a definition is not finished. */
export function checkProto(context: CheckContext): void {
  const { definitions, kind, report } = context
  for (const { file } of definitions.blocks)
    for (const { message, ...place } of file.problems.slice(0, problemsMax)) report("proto-syntax", place, message)
  checkNames(context)
  checkVersion(context)
  checkProtoTypes(context)
  for (const message of definitions.messages) {
    checkNumbers(message, context)
    checkReserved(message, context)
    if (message.elided !== undefined)
      report(
        "proto-elided",
        message.elided,
        `${message.fullName} is left open by dots: show every member, or say that there are no more`,
        kind === "conversation-type" ? "error" : "warning",
      )
  }
  for (const one of definitions.enums) checkEnum(one, context)
}

/** Without `syntax` a compiler takes proto2, which refuses fields without a label. */
function checkVersion({ definitions: { blocks, messages, isProto3 }, document, report }: CheckContext): void {
  const isUnlabelled = messages.some(({ fields }) =>
    fields.some(({ label, oneof, isMap }) => label === undefined && oneof === undefined && !isMap),
  )
  const [first] = blocks.filter(({ file }) => file.messages.length > 0)
  if (
    first === undefined ||
    !isUnlabelled ||
    isProto3 ||
    /proto2|protocol buffers? (?:v|version )?2|edition/i.test(document.source)
  )
    return
  report(
    "proto-version",
    first.block,
    "nothing says that this is proto3: without `syntax` a compiler takes proto2, and refuses fields without a label",
  )
}

function checkNumbers({ fullName, fields }: ProtoMessage, { report, definitions }: CheckContext): void {
  const numbers = new Map<number, ProtoField>()
  const names = new Map<string, ProtoField>()
  for (const field of fields) {
    const { name, number, label, oneof, isMap } = field
    if (number === undefined)
      report("proto-number", field, `${fullName}.${name} has no number: write = and one that is free`)
    else if (number < 1 || number > numberMax || (number >= 19_000 && number <= 19_999))
      report(
        "proto-number",
        field,
        `${fullName}.${name} has the number ${number}: numbers are 1 to ${numberMax}, without 19000 to 19999`,
      )
    const same = number === undefined ? undefined : numbers.get(number)
    if (same !== undefined)
      report("proto-duplicate", field, `${fullName}.${name} has the number ${number} of ${same.name}`)
    else if (number !== undefined) numbers.set(number, field)
    const namesake = names.get(name)
    if (namesake !== undefined)
      report("proto-duplicate", field, `${fullName} has two fields ${name}, the first on line ${namesake.line}`)
    else names.set(name, field)
    if (oneof !== undefined && (label !== undefined || isMap))
      report(
        "proto-syntax",
        field,
        `${fullName}.${name}: a member of a oneof is not ${isMap ? "a map" : (label ?? "")}`,
      )
    else if (label === "required" && definitions.isProto3)
      report("proto-syntax", field, `${fullName}.${name}: proto3 has no required fields`)
  }
}

function checkReserved({ fullName, fields, reserved }: ProtoMessage, { report }: CheckContext): void {
  for (const { from, to, name, ...place } of reserved) {
    if (name === undefined && (from > to || from < 1))
      report("proto-reserved", place, `${fullName} reserves the range ${from} to ${to}, which is none`)
    for (const field of fields) {
      const isTaken =
        name === undefined
          ? field.number !== undefined && field.number >= from && field.number <= to
          : field.name === name
      if (isTaken)
        report(
          "proto-reserved",
          field,
          `${fullName}.${field.name} uses ${name ?? String(field.number)}, which line ${place.line} reserves`,
        )
    }
  }
}

function checkEnum({ fullName, values, allowAlias, ...place }: ProtoEnum, { report, definitions }: CheckContext): void {
  const numbers = new Map<number, string>()
  const names = new Set<string>()
  for (const value of values) {
    if (value.number === undefined) report("proto-number", value, `${fullName}.${value.name} has no number`)
    const same = value.number === undefined ? undefined : numbers.get(value.number)
    if (same !== undefined && !allowAlias)
      report("proto-duplicate", value, `${fullName}.${value.name} has the number ${value.number} of ${same}`)
    else if (value.number !== undefined) numbers.set(value.number, value.name)
    if (names.has(value.name)) report("proto-duplicate", value, `${fullName} has two values ${value.name}`)
    names.add(value.name)
  }
  const [first] = values
  if (definitions.isProto3 && first?.number !== undefined && first.number !== 0)
    report(
      "proto-number",
      { line: place.line, column: place.column },
      `${fullName} begins with ${first.name} = ${first.number}: in proto3 the first value is 0`,
    )
}

/** The same name twice is a mistake when the two differ; a definition shown again is not. */
function checkNames({ definitions: { messages, enums }, report }: CheckContext): void {
  const first = new Map<string, { readonly line: number; readonly shape: string }>()
  const shapes = [
    ...messages.map((one) => ({
      ...one,
      shape: one.fields.map(({ type, name, number }) => `${type} ${name} ${number}`).join(";"),
    })),
    ...enums.map((one) => ({ ...one, shape: one.values.map(({ name, number }) => `${name} ${number}`).join(";") })),
  ]
  for (const one of shapes) {
    const { fullName, shape, line } = one
    const earlier = first.get(fullName)
    if (earlier === undefined) first.set(fullName, { line, shape })
    else if (earlier.shape !== shape)
      report(
        "proto-duplicate",
        { line, column: one.column },
        `${fullName} is defined here and, differently, on line ${earlier.line}`,
        "warning",
      )
  }
}
