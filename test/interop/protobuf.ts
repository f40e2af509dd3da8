import { bytes, join } from "./bytes.js"

/** Just enough protobuf to write canonical messages and to read them. */
export type Fields = readonly (readonly [number: number, value: bigint | Uint8Array])[]

export function varint(number: number | bigint): Uint8Array {
  const out: number[] = []
  let rest = BigInt(number)
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  return Uint8Array.from([...out, Number(rest)])
}

/** A field without presence is absent when it is empty; one with presence, or a member of a oneof, is not. */
export function field(number: number, value: Uint8Array | string, presence = false): Uint8Array {
  const body = bytes(value)
  return body.length === 0 && !presence ? body : join(varint(number * 8 + 2), varint(body.length), body)
}

export function numberField(number: number, value: number, presence = false): Uint8Array {
  return value === 0 && !presence ? new Uint8Array(0) : join(varint(number * 8), varint(value))
}

export function doubleField(number: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value, true)
  return value === 0 ? new Uint8Array(0) : join(varint(number * 8 + 1), new Uint8Array(view.buffer))
}

export function doubleOf(fields: Fields, number: number): number {
  const [found] = all(fields, number)
  return found ? new DataView(found.buffer, found.byteOffset).getFloat64(0, true) : 0
}

export function readVarints(packed: Uint8Array): number[] {
  const numbers: number[] = []
  let [value, scale] = [0, 1]
  for (const byte of packed) {
    value += (byte & 127) * scale
    scale *= 128
    if (byte >= 128) continue
    numbers.push(value)
    ;[value, scale] = [0, 1]
  }
  return numbers
}

export function read(message: Uint8Array): Fields {
  const fields: [number, bigint | Uint8Array][] = []
  let at = 0
  const next = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]
      if (byte === undefined) throw new Error("truncated")
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  const take = (length: number): Uint8Array => message.slice(at, (at += length))
  while (at < message.length) {
    const tag = Number(next())
    const wire = tag & 7
    if (wire === 0) fields.push([tag >> 3, next()])
    else if (wire === 1) fields.push([tag >> 3, take(8)])
    else if (wire === 2) fields.push([tag >> 3, take(Number(next()))])
    else throw new Error("no such wire type")
  }
  return fields
}

/** The bytes of a field; empty where it is absent. */
export function bytesOf(fields: Fields, number: number): Uint8Array {
  return all(fields, number)[0] ?? new Uint8Array(0)
}

export function all(fields: Fields, number: number): Uint8Array[] {
  return fields.flatMap(([name, value]) => (name === number && value instanceof Uint8Array ? [value] : []))
}

export function has(fields: Fields, number: number): boolean {
  return fields.some(([name]) => name === number)
}

export function numberOf(fields: Fields, number: number): number {
  const found = fields.find(([name]) => name === number)?.[1]
  return typeof found === "bigint" ? Number(found) : 0
}
