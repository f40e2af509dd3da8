import type { ProtoDefinitions } from "../proto/definitions.js"
import type { ProtoEnum, ProtoField, ProtoMessage } from "../proto/proto.js"
import { isScalar, isWellKnown } from "../proto/scalars.js"
import { excerpt, nearest } from "../words.js"
import type { CheckContext } from "./check.js"

const numberMax = 536_870_911
const problemsMax = 5

/** What a protobuf compiler would refuse, and what it could not know: that a definition is not finished. */
export function checkProto(context: CheckContext): void {
  const { definitions, kind, report } = context
  for (const { file } of definitions.blocks)
    for (const { message, ...place } of file.problems.slice(0, problemsMax)) report("proto-syntax", place, message)
  checkNames(context)
  for (const message of definitions.messages) {
    checkNumbers(message, context)
    checkReserved(message, context)
    for (const field of message.fields) checkType(field, message, context)
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
      )
  }
}

function checkType(field: ProtoField, message: ProtoMessage, { definitions, document, report }: CheckContext): void {
  const type = field.type.replace(/^\./, "")
  if (isScalar(type) || isWellKnown(type)) return
  if (isVisible(type, message.fullName, definitions)) return
  const known = [...definitions.names]
  const holder = known.find((name) => name.endsWith(`.${type}`))
  if (holder !== undefined) {
    report("proto-undefined", field.typePlace, `${excerpt(type, 60)} is not visible here: write ${holder}`)
    return
  }
  const imports = definitions.blocks.flatMap(({ file }) => file.imports)
  const near = nearestOf(type, known, message.fullName)
  const scalar = /^(u?int)(8|16)$/.exec(type)?.[1]
  if (scalar !== undefined) {
    report("proto-undefined", field.typePlace, `protobuf has no ${type}: write ${scalar}32, and say the range`)
    return
  }
  const hint = near === undefined ? "define it, or say which document does" : `did you mean ${near}?`
  const isElsewhere = imports.length > 0 || isLinked(type, document)
  report(
    "proto-undefined",
    field.typePlace,
    `${excerpt(type, 60)}, the type of ${message.fullName}.${field.name}, is not defined: ${hint}`,
    isElsewhere ? "note" : "error",
  )
}

/** From the innermost scope outwards, as protobuf looks names up. */
function isVisible(type: string, scope: string, { blocks, names }: ProtoDefinitions): boolean {
  for (let around = scope; ; around = around.slice(0, around.lastIndexOf("."))) {
    if (names.has(`${around}.${type}`)) return true
    if (!around.includes(".")) break
  }
  if (names.has(type)) return true
  const packages = blocks.flatMap(({ file: { packageName } }) => (packageName === undefined ? [] : [packageName]))
  return packages.some((name) => type.startsWith(`${name}.`) && names.has(type.slice(name.length + 1)))
}

/** Whether the text names the type next to a link, where it is presumably defined. */
function isLinked(type: string, { prose }: CheckContext["document"]): boolean {
  const name = lastOf(type)
  return prose.some(({ text, spans }) => spans.some(({ kind }) => kind === "link") && text.includes(name))
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1)
}

/** By its whole name, or by the last part of it. */
function nearestOf(type: string, known: readonly string[], not: string): string | undefined {
  const others = known.slice(0, 300).filter((name) => name !== not)
  const byLast = new Map(others.map((name) => [lastOf(name), name]))
  return nearest(type, others) ?? byLast.get(nearest(type, byLast.keys()) ?? "")
}
