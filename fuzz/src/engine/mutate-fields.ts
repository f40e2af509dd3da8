import { concat } from "@colloquy/core"
import { mutateBytes } from "./mutate-bytes.js"
import type { Random } from "./random.js"
import { varint, varintAt, varints } from "./varint.js"

/** A field of protobuf: its value as a number, as bytes, or as fields within. */
interface Field {
  readonly number: number
  readonly wire: number
  readonly value: bigint | Uint8Array | readonly Field[]
}

const depthMax = 5

/**
 * One change of a message written in protobuf that keeps the lengths around it right, so that it is not refused at once: a field dropped, doubled,
 * moved, renumbered, with another value, or taken from another message. Bytes that are no protobuf are changed as bytes.
 */
export function mutateFields(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const fields = random.oneIn(8) ? undefined : parse(input, 0, input.length, 0)
  if (fields === undefined) return mutateBytes(input, random, other)
  const mutated = mutate(fields, random, parse(other, 0, other.length, 0) ?? [], other)
  return write(random.oneIn(3) ? mutated : sorted(mutated))
}

function parse(bytes: Uint8Array, from: number, to: number, depth: number): readonly Field[] | undefined {
  const fields: Field[] = []
  let at = from
  while (at < to) {
    const tag = varintAt(bytes, at)
    if (tag === undefined || tag.end > to) return undefined
    const number = Number(tag.value >> 3n)
    const wire = Number(tag.value & 7n)
    if (number === 0 || number > 0x1fff_ffff) return undefined
    at = tag.end
    if (wire === 0) {
      const read = varintAt(bytes, at)
      if (read === undefined || read.end > to) return undefined
      fields.push({ number, wire, value: read.value })
      at = read.end
    } else if (wire === 2) {
      const length = varintAt(bytes, at)
      if (length === undefined || length.value > BigInt(to - length.end)) return undefined
      const end = length.end + Number(length.value)
      const inner = depth < depthMax && length.value > 0n ? parse(bytes, length.end, end, depth + 1) : undefined
      fields.push({ number, wire, value: inner ?? bytes.slice(length.end, end) })
      at = end
    } else if (wire === 1 || wire === 5) {
      const end = at + (wire === 1 ? 8 : 4)
      if (end > to) return undefined
      fields.push({ number, wire, value: bytes.slice(at, end) })
      at = end
    } else return undefined
  }
  return fields
}

function write(fields: readonly Field[]): Uint8Array {
  return concat(
    ...fields.flatMap(({ number, wire, value }) => {
      const tag = varint((BigInt(number) << 3n) | BigInt(wire))
      if (typeof value === "bigint") return [tag, varint(value)]
      const body = value instanceof Uint8Array ? value : write(value)
      return wire === 2 ? [tag, varint(BigInt(body.length)), body] : [tag, body]
    }),
  )
}

function sorted(fields: readonly Field[]): readonly Field[] {
  return [...fields].sort((a, b) => a.number - b.number)
}

function mutate(
  fields: readonly Field[],
  random: Random,
  others: readonly Field[],
  other: Uint8Array,
): readonly Field[] {
  const at = random.below(fields.length + 1)
  const field = fields[at]
  const nested = others.filter(({ value }) => typeof value !== "bigint" && !(value instanceof Uint8Array))
  if (field === undefined || random.oneIn(12)) {
    const from = random.oneIn(4) ? nested.flatMap(({ value }) => value as readonly Field[]) : others
    return [...fields, from.length > 0 && !random.oneIn(3) ? random.pick(from) : invented(random)]
  }
  const replaced = (...by: readonly Field[]): readonly Field[] => [
    ...fields.slice(0, at),
    ...by,
    ...fields.slice(at + 1),
  ]
  switch (random.below(12)) {
    case 0:
      return replaced()
    case 1:
      return replaced(field, field)
    case 2: {
      const rest = replaced()
      const to = random.below(rest.length + 1)
      return [...rest.slice(0, to), field, ...rest.slice(to)]
    }
    case 3:
      return replaced({ ...field, number: numberNear(field.number, random) })
    case 4: {
      const same = others.filter(({ number }) => number === field.number)
      return replaced(same.length === 0 ? field : random.pick(same))
    }
    case 5: {
      const times = random.small(random.oneIn(8) ? 300 : 8)
      return replaced(...Array.from({ length: times }, () => field))
    }
    default:
      return replaced(withValue(field, random, nested, other))
  }
}

function withValue(field: Field, random: Random, nested: readonly Field[], other: Uint8Array): Field {
  const { value } = field
  if (typeof value === "bigint") {
    const drawn = random.below(4)
    if (drawn === 0) return { ...field, value: random.pick(varints) }
    if (drawn === 1) return { ...field, value: BigInt.asUintN(64, value + BigInt(random.below(9) - 4)) }
    if (drawn === 2) return { ...field, value: BigInt.asUintN(64, value ^ (1n << BigInt(random.below(64)))) }
    return { ...field, wire: 2, value: varint(value) }
  }
  if (value instanceof Uint8Array) {
    if (random.oneIn(10)) return { ...field, value: new Uint8Array(0) }
    if (random.oneIn(10)) return { ...field, wire: 0, value: random.pick(varints) }
    if (random.oneIn(10)) return { ...field, value: random.bytes(value.length) }
    return { ...field, value: mutateBytes(value, random, other) }
  }
  if (random.oneIn(12)) return { ...field, value: new Uint8Array(0) }
  const inner = nested.length === 0 ? [] : (random.pick(nested).value as readonly Field[])
  const mutated = mutate(value, random, inner, other)
  return { ...field, value: random.oneIn(3) ? mutated : sorted(mutated) }
}

function numberNear(number: number, random: Random): number {
  return random.oneIn(4)
    ? 1 + random.below(random.oneIn(4) ? 0x1fff_ffff : 40)
    : Math.max(1, number + random.below(7) - 3)
}

function invented(random: Random): Field {
  const number = numberNear(8, random)
  return random.oneIn(2)
    ? { number, wire: 0, value: random.pick(varints) }
    : { number, wire: 2, value: random.bytes(random.pick([0, 1, 8, 16, 32, 64])) }
}
