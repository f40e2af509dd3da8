import { BinaryReader, WireType } from "@bufbuild/protobuf/wire"

/**
 * Whether a message has at most this many elements, counted without building anything: a few bytes on the wire become an object each,
 * so that a message within its size could still fill the memory. False also for bytes that are no protobuf.
 */
export function isBounded(bytes: Uint8Array, elementsMax: number): boolean {
  try {
    return count(new BinaryReader(bytes), bytes.length, elementsMax) <= elementsMax
  } catch {
    return false
  }
}

/** The fields of the message and of what its fields hold: one level is the choice, the next one its repeated fields. */
function count(outer: BinaryReader, length: number, elementsMax: number): number {
  let elements = 0
  while (outer.pos < length && elements <= elementsMax) {
    const [, wireType] = outer.tag()
    elements++
    if (wireType !== WireType.LengthDelimited) {
      outer.skip(wireType)
      continue
    }
    const inner = new BinaryReader(outer.bytes())
    while (inner.pos < inner.len && elements <= elementsMax) {
      const [, innerType] = inner.tag()
      elements++
      // A packed number has at least one byte.
      if (innerType === WireType.LengthDelimited) inner.bytes()
      else inner.skip(innerType)
    }
  }
  return elements
}
