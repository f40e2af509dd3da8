import { ScalarType } from "@bufbuild/protobuf"
import { empty } from "../bytes.js"
import type { FrameRefusal } from "./frame-tree.js"
import {
  enumKind,
  type FieldRules,
  isDefault,
  messageKind,
  type MessageRules,
  wire32,
  wire64,
  wireLength,
} from "./protobuf-rules.js"

const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

type Message = Record<string, unknown>

/**
 * One pass over wire bytes that checks and builds at once. It accepts exactly what the writer makes: tags ascending, singular fields once,
 * one member of a oneof, minimal varints, no default value without presence, packed as the schema says, valid UTF-8, canonical NaN.
 * A method that fails sets `refusal` and returns `undefined`, or -1 for a length or tag.
 */
export class CanonicalReader {
  refusal: FrameRefusal | undefined
  /** The number of the root's one undeclared member, else 0. */
  unknownTag = 0
  #bytes: Uint8Array = empty
  #at = 0
  #low = 0
  #high = 0

  /** The root message, or `undefined` with a refusal, or without one when the root holds an undeclared member. */
  read(rules: MessageRules, bytes: Uint8Array): Message | undefined {
    this.refusal = undefined
    this.unknownTag = 0
    // Plain bytes, so that `slice` copies: Buffer's own aliases.
    const isPlain = Object.getPrototypeOf(bytes) === Uint8Array.prototype
    this.#bytes = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = 0
    const message = this.#message(rules, bytes.length, true)
    this.#bytes = empty
    return message
  }

  #fail(code: FrameRefusal): undefined {
    this.refusal = code
    return undefined
  }

  #message(rules: MessageRules, end: number, isRoot: boolean): Message | undefined {
    const message: Message = { ...rules.blank }
    const fields = rules.fields
    let last = 0
    let index = 0
    let taken = 0
    while (this.#at < end) {
      const tag = this.#varint32(end)
      if (tag < 0) return undefined
      const number = tag >>> 3
      const wire = tag & 7
      if (number === 0 || (wire !== 0 && wire !== wireLength && wire !== wire32 && wire !== wire64))
        return this.#fail("FRAME_MALFORMED")
      if (number < last) return this.#fail("FRAME_FIELD_ORDER")
      while (index < fields.length && (fields[index] as FieldRules).number < number) index++
      const field = fields[index]
      if (number === last && (field?.number !== number || !field.list || field.packed))
        return this.#fail("FRAME_DUPLICATE_FIELD")
      if (field?.number !== number) {
        if (!isRoot || rules.choice === undefined || wire !== wireLength || this.unknownTag !== 0)
          return this.#fail("FRAME_UNDECLARED_FIELD")
        const length = this.#length(end)
        if (length < 0) return undefined
        this.#at += length
        this.unknownTag = number
        last = number
        continue
      }
      if (field.wire !== wire) return this.#fail("FRAME_MALFORMED")
      last = number
      if (field.list) {
        if (!this.#item(field, message, end)) return undefined
        continue
      }
      const value = this.#value(field, end)
      if (value === undefined) return undefined
      if (field.oneofIndex >= 0) {
        const bit = 1 << field.oneofIndex
        if ((taken & bit) !== 0) return this.#fail("FRAME_TWO_CHOICES")
        taken |= bit
        message[field.oneof] = { case: field.name, value }
      } else message[field.name] = value
    }
    return this.#finish(rules, message, taken, isRoot)
  }

  #finish(rules: MessageRules, message: Message, taken: number, isRoot: boolean): Message | undefined {
    if (rules.choice !== undefined) {
      const isChosen = (taken & (1 << rules.choiceIndex)) !== 0
      if (isRoot && this.unknownTag !== 0) {
        if (!isChosen) return undefined
        return this.#fail("FRAME_UNDECLARED_FIELD")
      }
      if (!isChosen) return this.#fail("FRAME_EMPTY")
    }
    for (const list of rules.lists) if (message[list] === undefined) message[list] = []
    for (const oneof of rules.oneofs) if (message[oneof] === undefined) message[oneof] = { case: undefined }
    return message
  }

  #item(field: FieldRules, message: Message, end: number): boolean {
    let list = message[field.name] as unknown[] | undefined
    if (list === undefined) message[field.name] = list = []
    if (!field.packed) {
      const value = this.#value(field, end)
      if (value === undefined) return false
      list.push(value)
      return true
    }
    const length = this.#length(end)
    if (length < 0) return false
    if (length === 0) return this.#fail("FRAME_NOT_MINIMAL") !== undefined
    const itemsEnd = this.#at + length
    while (this.#at < itemsEnd) {
      const value = this.#value(field, itemsEnd)
      if (value === undefined) return false
      list.push(value)
    }
    return true
  }

  #value(field: FieldRules, end: number): unknown {
    const value = field.kind === messageKind ? this.#nested(field, end) : this.#scalar(field, end)
    if (field.implicit && value !== undefined && isDefault(field, value)) return this.#fail("FRAME_NOT_MINIMAL")
    return value
  }

  #nested(field: FieldRules, end: number): Message | undefined {
    const length = this.#length(end)
    return length < 0 ? undefined : this.#message(field.message as MessageRules, this.#at + length, false)
  }

  #scalar(field: FieldRules, end: number): unknown {
    switch (field.kind) {
      case ScalarType.BYTES:
        return this.#octets(end)
      case ScalarType.STRING:
        return this.#text(end)
      case ScalarType.UINT32: {
        const value = this.#varint32(end)
        return value < 0 ? undefined : value
      }
      case ScalarType.SINT32: {
        const value = this.#varint32(end)
        return value < 0 ? undefined : (value >>> 1) ^ -(value & 1)
      }
      case ScalarType.BOOL: {
        const value = this.#varint32(end)
        if (value > 1) return this.#fail("FRAME_MALFORMED")
        return value < 0 ? undefined : value === 1
      }
      case ScalarType.INT32:
      case enumKind:
        if (!this.#varint64(end)) return undefined
        // A negative number is written in ten bytes, its sign in all the upper bits.
        if (this.#high !== (this.#low > 0x7fffffff ? 0xffffffff : 0)) return this.#fail("FRAME_MALFORMED")
        return this.#low | 0
      case ScalarType.UINT64:
        return this.#varint64(end) ? this.#long(field, false) : undefined
      case ScalarType.INT64:
        return this.#varint64(end) ? this.#long(field, true) : undefined
      case ScalarType.SINT64: {
        if (!this.#varint64(end)) return undefined
        const sign = (this.#low & 1) === 0 ? 0 : 0xffffffff
        const low = (((this.#low >>> 1) | (this.#high << 31)) ^ sign) >>> 0
        this.#high = ((this.#high >>> 1) ^ sign) >>> 0
        this.#low = low
        return this.#long(field, true)
      }
      default:
        return this.#fixed(field, end)
    }
  }

  #fixed(field: FieldRules, end: number): unknown {
    const length =
      field.kind === ScalarType.DOUBLE || field.kind === ScalarType.FIXED64 || field.kind === ScalarType.SFIXED64
        ? 8
        : 4
    if (end - this.#at < length) return this.#fail("FRAME_TRUNCATED")
    for (let i = 0; i < length; i++) scratch[i] = this.#bytes[this.#at + i] as number
    this.#at += length
    this.#low = scratchView.getUint32(0, true)
    this.#high = scratchView.getUint32(4, true)
    switch (field.kind) {
      case ScalarType.FIXED32:
        return this.#low
      case ScalarType.SFIXED32:
        return this.#low | 0
      case ScalarType.FIXED64:
        return this.#long(field, false)
      case ScalarType.SFIXED64:
        return this.#long(field, true)
      case ScalarType.FLOAT: {
        const value = scratchView.getFloat32(0, true)
        return Number.isNaN(value) && this.#low !== 0x7fc00000 ? this.#fail("FRAME_NOT_MINIMAL") : value
      }
      default: {
        const value = scratchView.getFloat64(0, true)
        const isCanonical = !Number.isNaN(value) || (this.#low === 0 && this.#high === 0x7ff80000)
        return isCanonical ? value : this.#fail("FRAME_NOT_MINIMAL")
      }
    }
  }

  #long(field: FieldRules, isSigned: boolean): bigint | string {
    const unsigned = this.#high === 0 ? BigInt(this.#low) : (BigInt(this.#high) << 32n) | BigInt(this.#low)
    const value = isSigned && this.#high > 0x7fffffff ? BigInt.asIntN(64, unsigned) : unsigned
    return field.longAsString ? value.toString() : value
  }

  #octets(end: number): Uint8Array | undefined {
    const length = this.#length(end)
    if (length < 0) return undefined
    const start = this.#at
    this.#at += length
    return this.#bytes.slice(start, this.#at)
  }

  #text(end: number): string | undefined {
    const length = this.#length(end)
    if (length < 0) return undefined
    const start = this.#at
    this.#at += length
    if (length <= 48) {
      let text = ""
      let i = start
      for (; i < this.#at; i++) {
        const byte = this.#bytes[i] as number
        if (byte > 127) break
        text += String.fromCharCode(byte)
      }
      if (i === this.#at) return text
    }
    try {
      return textDecoder.decode(this.#bytes.subarray(start, this.#at))
    } catch {
      return this.#fail("FRAME_MALFORMED")
    }
  }

  #length(end: number): number {
    const length = this.#varint32(end)
    if (length <= end - this.#at) return length
    this.refusal = "FRAME_TRUNCATED"
    return -1
  }

  /** A minimal varint below 2^32. */
  #varint32(end: number): number {
    const bytes = this.#bytes
    let at = this.#at
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= end) {
        this.refusal = "FRAME_TRUNCATED"
        return -1
      }
      const byte = bytes[at++] as number
      if (shift < 28) value |= (byte & 127) << shift
      else {
        if (byte > 15) break
        value = (value >>> 0) + byte * 0x10000000
      }
      if (byte < 128) {
        this.#at = at
        if (byte !== 0 || shift === 0) return value >>> 0
        this.refusal = "FRAME_NOT_MINIMAL"
        return -1
      }
    }
    this.refusal = "FRAME_MALFORMED"
    return -1
  }

  /** A minimal varint below 2^64, into `#low` and `#high`. */
  #varint64(end: number): boolean {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= end) return this.#fail("FRAME_TRUNCATED") !== undefined
      const byte = this.#bytes[this.#at++] as number
      if (shift === 63 && byte > 1) break
      const part = byte & 127
      if (shift < 28) low |= part << shift
      else if (shift === 28) {
        low |= part << 28
        high = part >>> 4
      } else high |= part << (shift - 32)
      if (byte < 128) {
        this.#low = low >>> 0
        this.#high = high >>> 0
        if (byte !== 0 || shift === 0) return true
        return this.#fail("FRAME_NOT_MINIMAL") !== undefined
      }
    }
    return this.#fail("FRAME_MALFORMED") !== undefined
  }
}
