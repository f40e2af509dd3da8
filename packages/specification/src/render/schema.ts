import { type DescEnum, type DescField, type DescMessage, type DescOneof, ScalarType } from "@bufbuild/protobuf"

/** Everything that messages are made of, each once, in the order in which a reader meets it. */
export interface Reached {
  readonly messages: readonly DescMessage[]
  readonly enums: readonly DescEnum[]
}

export function reachedFrom(roots: readonly DescMessage[]): Reached {
  const messages = new Set<DescMessage>()
  const enums = new Set<DescEnum>()
  const visit = (message: DescMessage): void => {
    if (messages.has(message)) return
    messages.add(message)
    for (const { message: held, enum: chosen } of message.fields) {
      if (held !== undefined) visit(held)
      if (chosen !== undefined) enums.add(chosen)
    }
  }
  for (const root of roots) visit(root)
  return { messages: [...messages], enums: [...enums] }
}

/** `repeated`, `optional`, or nothing for what stands once or not at all. */
export function labelOf(field: DescField): "repeated" | "optional" | "" {
  if (field.fieldKind === "list") return "repeated"
  return field.proto.proto3Optional ? "optional" : ""
}

/** As a .proto file writes it, without its package. */
export function typeOf(field: DescField): string {
  if (field.fieldKind === "map") {
    const key = ScalarType[field.mapKey].toLowerCase()
    return `map<${key}, ${field.message?.name ?? field.enum?.name ?? scalarOf(field.scalar)}>`
  }
  return field.message?.name ?? field.enum?.name ?? scalarOf(field.scalar)
}

/** The oneof that a .proto file writes; `undefined` for the one that stands for `optional`. */
export function oneofOf(field: DescField): DescOneof | undefined {
  return field.proto.proto3Optional ? undefined : field.oneof
}

/** The messages and their enumerations as a .proto file, each message before what it holds. */
export function printProto(roots: readonly DescMessage[]): string {
  const { messages, enums } = reachedFrom(roots)
  const blocks = [...messages.map(printMessage), ...enums.map(printEnum)]
  return [`syntax = "proto3";`, ...blocks].join("\n")
}

function printMessage(message: DescMessage): string {
  const lines: string[] = []
  const printed = new Set<DescOneof>()
  for (const field of message.fields) {
    const oneof = oneofOf(field)
    if (oneof === undefined) lines.push(`  ${printField(field)}`)
    else if (!printed.has(oneof)) {
      printed.add(oneof)
      lines.push(`  oneof ${name(oneof.name)} {`, ...oneof.fields.map((member) => `    ${printField(member)}`), "  }")
    }
  }
  return [`message ${name(message.name)} {`, ...lines, "}"].join("\n")
}

function printField(field: DescField): string {
  const label = labelOf(field)
  const isPacked = field.fieldKind === "list" && "packed" in field && field.packed
  const canPack = field.fieldKind === "list" && (field.listKind === "enum" || isPackable(field.scalar))
  const options = canPack && !isPacked ? " [packed = false]" : ""
  return `${label === "" ? "" : `${label} `}${typeName(typeOf(field))} ${name(field.name)} = ${field.number}${options};`
}

function printEnum(desc: DescEnum): string {
  const values = desc.values.map((value) => `  ${name(value.name)} = ${value.number};`)
  return [`enum ${name(desc.name)} {`, ...values, "}"].join("\n")
}

function isPackable(scalar: ScalarType | undefined): boolean {
  return scalar !== undefined && scalar !== ScalarType.STRING && scalar !== ScalarType.BYTES
}

function scalarOf(scalar: ScalarType | undefined): string {
  return scalar === undefined ? "" : ScalarType[scalar].toLowerCase()
}

/** A descriptor that was made by hand may hold any text where an identifier belongs. */
function name(text: string): string {
  return text.replace(/[^A-Za-z0-9_]/g, "_")
}

function typeName(text: string): string {
  return text.replace(/[^A-Za-z0-9_<>, ]/g, "_")
}
