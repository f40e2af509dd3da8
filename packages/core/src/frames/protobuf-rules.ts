import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf"
import { ColloquyError } from "../errors.js"

/** A scalar's own number, or that of an enumeration or a message in protobuf's numbering of types. */
export type Kind = ScalarType | typeof enumKind | typeof messageKind

export const messageKind = 11
export const enumKind = 14

const wireVarint = 0
export const wire64 = 1
export const wireLength = 2
export const wire32 = 5

/** What the reader and the writer need to know about one field, computed once. */
export interface FieldRules {
  readonly name: string
  readonly number: number
  readonly kind: Kind
  readonly wire: number
  /** The tag's varint, with the field's wire type. */
  readonly tag: number
  readonly list: boolean
  readonly packed: boolean
  /** Without presence: the default value is never on the wire. */
  readonly implicit: boolean
  readonly longAsString: boolean
  /** The position of its oneof among the message's, and that oneof's name. */
  readonly oneofIndex: number
  readonly oneof: string
  readonly message: MessageRules | undefined
}

/** One message: its fields in ascending order of their numbers. */
export interface MessageRules {
  readonly typeName: string
  readonly fields: readonly FieldRules[]
  readonly oneofs: readonly string[]
  /** The oneof that holds the next level of frames: one whose members are all messages. It is always set. */
  readonly choice: string | undefined
  readonly choiceIndex: number
  readonly choices: ReadonlySet<string>
  readonly lists: readonly string[]
  /** Every property that a decoded message has, so that all of them share one hidden class. */
  readonly blank: Readonly<Record<string, unknown>>
}

/** The name of the oneof of frames in a message, if it has one. */
export function choiceOf(message: DescMessage): DescMessage["oneofs"][number] | undefined {
  return message.oneofs.find((oneof) => oneof.fields.every((field) => field.fieldKind === "message"))
}

/** Throws `BAD_FRAMES` for a schema whose encoding would not be canonical or whose nesting would not be bounded. */
export function messageRules(message: DescMessage, above: readonly DescMessage[] = []): MessageRules {
  if (above.includes(message)) bad(message.typeName, "contains itself")
  if (Number(message.file.edition) !== proto3) bad(message.typeName, "is not proto3")
  if (message.typeName.startsWith("google.protobuf.")) bad(message.typeName, "has a form of its own in protobuf-es")
  if (message.oneofs.length > 30) bad(message.typeName, "has more than 30 oneofs")
  if (message.oneofs.filter((oneof) => oneof.fields.every(({ fieldKind }) => fieldKind === "message")).length > 1)
    bad(message.typeName, "has more than one choice of frames")
  const fields = message.fields
    .map((field) => fieldRules(field, [...above, message]))
    .sort((a, b) => a.number - b.number)
  const choice = choiceOf(message)
  return {
    typeName: message.typeName,
    fields,
    oneofs: message.oneofs.map(({ localName }) => localName),
    choice: choice?.localName,
    choiceIndex: choice === undefined ? -1 : message.oneofs.indexOf(choice),
    choices: new Set(choice?.fields.map(({ localName }) => localName)),
    lists: fields.filter(({ list }) => list).map(({ name }) => name),
    blank: blank(message),
  }
}

const proto3 = 999
const presenceImplicit = 2

function fieldRules(field: DescField, above: readonly DescMessage[]): FieldRules {
  const name = `${field.parent.typeName}.${field.name}`
  if (field.fieldKind === "map") return bad(name, "is a map, which has no one order")
  const item = field.fieldKind === "list" ? field.listKind : field.fieldKind
  if (field.message !== undefined && "delimitedEncoding" in field && field.delimitedEncoding) bad(name, "is a group")
  const kind: Kind = item === "scalar" ? (field.scalar as ScalarType) : item === "enum" ? enumKind : messageKind
  const list = field.fieldKind === "list"
  const packed = list && field.packed
  const wire = packed ? wireLength : wireOf(kind)
  return {
    name: field.localName,
    number: field.number,
    kind,
    wire,
    tag: field.number * 8 + wire,
    list,
    packed,
    implicit: !list && kind !== messageKind && Number(field.presence) === presenceImplicit,
    longAsString: "longAsString" in field && field.longAsString,
    oneofIndex: field.oneof === undefined ? -1 : field.parent.oneofs.indexOf(field.oneof),
    oneof: field.oneof?.localName ?? "",
    message: field.message === undefined ? undefined : messageRules(field.message, above),
  }
}

function wireOf(kind: Kind): number {
  switch (kind) {
    case messageKind:
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return wireLength
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return wire64
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return wire32
    default:
      return wireVarint
  }
}

/** Whether a field without presence leaves this value out. -0 is a value of its own to a float alone. */
export function isDefault(field: FieldRules, value: unknown): boolean {
  if (typeof value === "number")
    return value === 0 && (Object.is(value, 0) || (field.kind !== ScalarType.DOUBLE && field.kind !== ScalarType.FLOAT))
  if (typeof value === "object") return value instanceof Uint8Array && value.length === 0
  return (
    value === (field.kind === ScalarType.STRING || !field.longAsString ? "" : "0") || value === false || value === 0n
  )
}

function blank(message: DescMessage): Record<string, unknown> {
  const properties: Record<string, unknown> = { $typeName: message.typeName }
  for (const member of message.members) {
    const isPresent =
      member.kind === "field" && member.fieldKind !== "list" && Number(member.presence) === presenceImplicit
    properties[member.localName] = isPresent ? zero(member) : undefined
  }
  return properties
}

function zero(field: DescField): unknown {
  if (field.fieldKind !== "scalar") return 0
  switch (field.scalar) {
    case ScalarType.BOOL:
      return false
    case ScalarType.STRING:
      return ""
    case ScalarType.BYTES:
      return new Uint8Array(0)
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
    case ScalarType.SINT64:
      return field.longAsString ? "0" : 0n
    default:
      return 0
  }
}

function bad(name: string, reason: string): never {
  throw new ColloquyError("BAD_FRAMES", `${name} ${reason}`)
}
