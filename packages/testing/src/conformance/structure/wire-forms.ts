import type { DescField, DescMessage } from "@bufbuild/protobuf"
import { concat } from "@colloquy/core"
import { choiceOf } from "./arbitrary-frames.js"

/** One field as it stands in an encoded message. */
interface Part {
  readonly field: DescField
  readonly wire: number
  readonly tag: Uint8Array
  /** What follows the tag, before the value: the length of what has one. */
  readonly length: Uint8Array
  readonly value: Uint8Array
  /** Of a message: its fields. */
  readonly inner: readonly Part[] | undefined
}

/** Another form of a frame that means the same, or a frame that is none: a reader along the tree refuses it. */
export interface WireForm {
  readonly kind: WireFormKind
  readonly where: string
  readonly bytes: Uint8Array
}

export const wireFormKinds = [
  "duplicate-fields",
  "two-choices",
  "non-minimal-varints",
  "field-order",
  "undeclared-fields",
  "default-values",
] as const
export type WireFormKind = (typeof wireFormKinds)[number]

/** Every such form of one canonical encoding, at every depth. */
export function wireForms(message: DescMessage, bytes: Uint8Array): WireForm[] {
  return formsOf(message, parse(message, bytes), message.name)
}

function formsOf(message: DescMessage, parts: readonly Part[], where: string): WireForm[] {
  const forms: WireForm[] = []
  const add = (kind: WireFormKind, what: string, changed: readonly (Part | Uint8Array)[]): void => {
    forms.push({ kind, where: `${where}${what}`, bytes: concat(...changed.map(write)) })
  }
  for (const [index, part] of parts.entries()) {
    const [before, after] = [parts.slice(0, index), parts.slice(index + 1)]
    const name = `.${part.field.name}`
    if (part.field.fieldKind !== "list") add("duplicate-fields", name, [...before, part, part, ...after])
    for (const [what, form] of nonMinimal(part))
      add("non-minimal-varints", `${name} ${what}`, [...before, form, ...after])
    const next = after[0]
    if (next !== undefined && next.field !== part.field)
      add("field-order", name, [...before, next, part, ...after.slice(1)])
    if (part.inner === undefined || part.field.message === undefined) continue
    for (const form of formsOf(part.field.message, part.inner, `${where}${name}`))
      forms.push({
        ...form,
        bytes: concat(...before.map(write), write({ ...part, ...lengthened(form.bytes) }), ...after.map(write)),
      })
  }
  for (const oneof of message.oneofs) {
    const chosen = parts.find(({ field }) => field.oneof === oneof)
    const other = oneof.fields.find((field) => field !== chosen?.field)
    if (chosen === undefined || other === undefined) continue
    const both = [...parts, emptyPart(other)].sort((a, b) => numberOf(a) - numberOf(b))
    add("two-choices", `.${oneof.name}`, both)
  }
  const undeclared = undeclaredNumber(message)
  add("undeclared-fields", "", [...parts, concat(varint(BigInt(undeclared) * 8n + 2n), Uint8Array.of(1, 0))])
  for (const field of message.fields) {
    const isImplicit = field.fieldKind === "scalar" && Number(field.presence) === 2
    if (!isImplicit || parts.some((part) => part.field === field)) continue
    const written = [...parts, emptyPart(field)].sort((a, b) => numberOf(a) - numberOf(b))
    add("default-values", `.${field.name}`, written)
  }
  return forms
}

/** A field number that the message does not have: above all of them. */
function undeclaredNumber(message: DescMessage): number {
  return Math.max(0, ...message.fields.map(({ number }) => number)) + 1000
}

/** A member of the root's choice that the tree does not declare; `undefined` where the root has no choice. */
export function undeclaredFrame(
  message: DescMessage,
): { readonly tag: number; readonly bytes: Uint8Array } | undefined {
  if (choiceOf(message) === undefined) return undefined
  const tag = undeclaredNumber(message)
  return { tag, bytes: concat(varint(BigInt(tag) * 8n + 2n), Uint8Array.of(3, 1, 2, 3)) }
}

/** Reads what this package has just had written: no checks. */
function parse(message: DescMessage, bytes: Uint8Array): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = take(bytes, at)
    at += tag.length
    const number = Number(valueOf(tag) >> 3n)
    const wire = Number(valueOf(tag) & 7n)
    const field = message.fields.find((one) => one.number === number) as DescField
    const length = wire === 2 ? take(bytes, at) : new Uint8Array(0)
    at += length.length
    const end = at + (wire === 0 ? take(bytes, at).length : wire === 1 ? 8 : wire === 5 ? 4 : Number(valueOf(length)))
    const value = bytes.subarray(at, end)
    const inner = field.message === undefined ? undefined : parse(field.message, value)
    parts.push({ field, wire, tag, length, value, inner })
    at = end
  }
  return parts
}

function* nonMinimal(part: Part): Generator<[string, Part]> {
  yield ["tag", { ...part, tag: longer(part.tag) }]
  if (part.wire === 2) yield ["length", { ...part, length: longer(part.length) }]
  if (part.wire === 0) yield ["value", { ...part, value: longer(part.value) }]
}

/** The same number in one byte more. */
function longer(number: Uint8Array): Uint8Array {
  const last = number.length - 1
  return concat(number.subarray(0, last), Uint8Array.of((number[last] as number) | 0x80, 0))
}

function emptyPart(field: DescField): Part {
  const scalar = field.fieldKind === "scalar" ? Number(field.scalar) : 0
  const wire = field.fieldKind === "enum" ? 0 : wireOf(scalar)
  const tag = varint(BigInt(field.number) * 8n + BigInt(wire))
  const value = new Uint8Array(wire === 0 ? 1 : wire === 1 ? 8 : wire === 5 ? 4 : 0)
  return { field, wire, tag, length: wire === 2 ? Uint8Array.of(0) : new Uint8Array(0), value, inner: undefined }
}

/** By protobuf's numbering of scalar types; 0 stands for a message. */
function wireOf(scalar: number): number {
  if ([0, 9, 12].includes(scalar)) return 2
  if ([1, 6, 16].includes(scalar)) return 1
  return [2, 7, 15].includes(scalar) ? 5 : 0
}

function lengthened(value: Uint8Array): Pick<Part, "length" | "value"> {
  return { length: varint(BigInt(value.length)), value }
}

function write(part: Part | Uint8Array): Uint8Array {
  return part instanceof Uint8Array ? part : concat(part.tag, part.length, part.value)
}

function numberOf({ field }: Part): number {
  return field.number
}

function take(bytes: Uint8Array, at: number): Uint8Array {
  let end = at
  while ((bytes[end] as number) > 0x7f) end++
  return bytes.subarray(at, end + 1)
}

function valueOf(number: Uint8Array): bigint {
  return number.reduceRight((value, byte) => (value << 7n) | BigInt(byte & 0x7f), 0n)
}

function varint(number: bigint): Uint8Array {
  const bytes: number[] = []
  for (let rest = number; ; rest >>= 7n) {
    if (rest < 0x80n) return Uint8Array.of(...bytes, Number(rest))
    bytes.push(Number(rest & 0x7fn) | 0x80)
  }
}
