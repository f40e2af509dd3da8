import { ScalarType } from "@bufbuild/protobuf"
import { ColloquyError } from "../errors.js"
import { enumKind, type FieldRules, isDefault, messageKind, type MessageRules } from "./protobuf-rules.js"

const textEncoder = new TextEncoder()
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)
const startingBytes = 1024
const keptBytesMax = 65_536

type Message = Record<string, unknown>

/**
 * Writes a message from its end to its start, so that every length is known when it is written. The buffer is kept between messages
 * and overwritten after each, since it held what will be encrypted.
 */
export class CanonicalWriter {
  readonly #bytesMax: number
  #buffer = new Uint8Array(startingBytes)
  #at = startingBytes

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Throws `FRAME_TOO_LONG`, `FRAME_UNDECLARED` or `FRAME_VALUE`. The caller owns the result. */
  write(rules: MessageRules, message: Message): Uint8Array {
    this.#at = this.#buffer.length
    let isWritten = false
    try {
      this.#message(rules, message)
      const length = this.#buffer.length - this.#at
      if (length > this.#bytesMax) tooLong(this.#bytesMax)
      const written = this.#buffer.slice(this.#at)
      isWritten = true
      return written
    } finally {
      this.#buffer.fill(0, isWritten ? this.#at : 0)
      if (this.#buffer.length > keptBytesMax) this.#buffer = new Uint8Array(startingBytes)
    }
  }

  #message(rules: MessageRules, message: Message): void {
    if (message["$typeName"] !== rules.typeName) badValue(rules.typeName)
    if (message["$unknown"] !== undefined) undeclared(rules.typeName)
    if (rules.choice !== undefined) {
      const chosen = (message[rules.choice] as { case?: string } | undefined)?.case
      if (chosen === undefined || !rules.choices.has(chosen)) undeclared(rules.typeName)
    }
    for (let i = rules.fields.length - 1; i >= 0; i--) this.#field(rules.fields[i] as FieldRules, message)
  }

  #field(field: FieldRules, message: Message): void {
    if (field.oneofIndex >= 0) {
      const oneof = message[field.oneof] as { case?: string; value?: unknown }
      if (oneof.case === field.name) this.#tagged(field, oneof.value)
      return
    }
    const value = message[field.name]
    if (field.list) this.#list(field, value as readonly unknown[])
    else if (value !== undefined && !(field.implicit && isDefault(field, value))) this.#tagged(field, value)
    else if (field.implicit && value === undefined) badValue(field.name)
  }

  #list(field: FieldRules, items: readonly unknown[]): void {
    if (!Array.isArray(items)) badValue(field.name)
    if (!field.packed) {
      for (let i = items.length - 1; i >= 0; i--) this.#tagged(field, items[i])
      return
    }
    if (items.length === 0) return
    const end = this.#at - this.#buffer.length
    for (let i = items.length - 1; i >= 0; i--) this.#scalar(field, items[i])
    this.#varint32(end - (this.#at - this.#buffer.length))
    this.#varint32(field.tag)
  }

  #tagged(field: FieldRules, value: unknown): void {
    if (field.kind === messageKind) {
      if (typeof value !== "object" || value === null) badValue(field.name)
      // Counted from the buffer's end, which moves when it grows.
      const end = this.#at - this.#buffer.length
      this.#message(field.message as MessageRules, value as Message)
      this.#varint32(end - (this.#at - this.#buffer.length))
    } else this.#scalar(field, value)
    this.#varint32(field.tag)
  }

  #scalar(field: FieldRules, value: unknown): void {
    switch (field.kind) {
      case ScalarType.BYTES:
        if (!(value instanceof Uint8Array)) badValue(field.name)
        this.#octets(value)
        return
      case ScalarType.STRING:
        if (typeof value !== "string") badValue(field.name)
        this.#text(field, value)
        return
      case ScalarType.BOOL:
        if (typeof value !== "boolean") badValue(field.name)
        this.#varint32(value ? 1 : 0)
        return
      case ScalarType.UINT32:
        this.#varint32(whole(field, value, 0, 0xffffffff))
        return
      case ScalarType.SINT32: {
        const number = whole(field, value, -0x80000000, 0x7fffffff)
        this.#varint32(((number << 1) ^ (number >> 31)) >>> 0)
        return
      }
      case ScalarType.INT32:
      case enumKind: {
        const number = whole(field, value, -0x80000000, 0x7fffffff)
        this.#varint64(number >>> 0, number < 0 ? 0xffffffff : 0)
        return
      }
      case ScalarType.UINT64:
      case ScalarType.INT64:
      case ScalarType.SINT64: {
        const isSigned = field.kind !== ScalarType.UINT64
        let number = long(field, value, isSigned)
        if (field.kind === ScalarType.SINT64) number = (number << 1n) ^ (number >> 63n)
        this.#varint64(Number(number & 0xffffffffn), Number((number >> 32n) & 0xffffffffn))
        return
      }
      default:
        this.#fixed(field, value)
    }
  }

  #fixed(field: FieldRules, value: unknown): void {
    let length = 4
    switch (field.kind) {
      case ScalarType.FIXED32:
        scratchView.setUint32(0, whole(field, value, 0, 0xffffffff), true)
        break
      case ScalarType.SFIXED32:
        scratchView.setInt32(0, whole(field, value, -0x80000000, 0x7fffffff), true)
        break
      case ScalarType.FLOAT:
        if (typeof value !== "number" || !Object.is(Math.fround(value), value)) badValue(field.name)
        if (Number.isNaN(value)) scratchView.setUint32(0, 0x7fc00000, true)
        else scratchView.setFloat32(0, value, true)
        break
      case ScalarType.DOUBLE:
        if (typeof value !== "number") badValue(field.name)
        length = 8
        if (Number.isNaN(value)) scratchView.setBigUint64(0, 0x7ff8000000000000n, true)
        else scratchView.setFloat64(0, value, true)
        break
      default:
        length = 8
        scratchView.setBigUint64(0, BigInt.asUintN(64, long(field, value, field.kind === ScalarType.SFIXED64)), true)
    }
    this.#reserve(length)
    this.#at -= length
    for (let i = 0; i < length; i++) this.#buffer[this.#at + i] = scratch[i] as number
    scratch.fill(0)
  }

  #octets(bytes: Uint8Array): void {
    const length = bytes.length
    this.#reserve(length + 5)
    this.#at -= length
    if (length > 64) this.#buffer.set(bytes, this.#at)
    else for (let i = 0; i < length; i++) this.#buffer[this.#at + i] = bytes[i] as number
    this.#varint32(length)
  }

  #text(field: FieldRules, text: string): void {
    const length = text.length
    if (length <= 128) {
      this.#reserve(length + 5)
      const start = this.#at - length
      let i = 0
      for (; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code > 127) break
        this.#buffer[start + i] = code
      }
      if (i === length) {
        this.#at = start
        this.#varint32(length)
        return
      }
    }
    if (length > this.#bytesMax) tooLong(this.#bytesMax)
    if (loneSurrogate.test(text)) badValue(field.name)
    const encoded = textEncoder.encode(text)
    this.#octets(encoded)
    encoded.fill(0)
  }

  #varint32(value: number): void {
    this.#reserve(5)
    if (value < 128) {
      this.#buffer[--this.#at] = value
      return
    }
    const length = value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
    this.#at -= length
    for (let i = 0; i < length - 1; i++) {
      this.#buffer[this.#at + i] = (value & 127) | 128
      value >>>= 7
    }
    this.#buffer[this.#at + length - 1] = value
  }

  #varint64(low: number, high: number): void {
    if (high === 0) {
      this.#varint32(low)
      return
    }
    let length = 0
    for (let l = low, h = high; ; length++) {
      const part = l & 127
      l = ((l >>> 7) | (h << 25)) >>> 0
      h >>>= 7
      varint[length] = l === 0 && h === 0 ? part : part | 128
      if (l === 0 && h === 0) break
    }
    length++
    this.#reserve(length)
    this.#at -= length
    for (let i = 0; i < length; i++) this.#buffer[this.#at + i] = varint[i] as number
  }

  /** Room for so many bytes before what is written; the buffer grows at its start. */
  #reserve(bytes: number): void {
    if (this.#at >= bytes) return
    const used = this.#buffer.length - this.#at
    if (used > this.#bytesMax || used + bytes > this.#bytesMax + 16) tooLong(this.#bytesMax)
    const grown = new Uint8Array(Math.max(2 * this.#buffer.length, used + bytes))
    grown.set(this.#buffer.subarray(this.#at), grown.length - used)
    this.#buffer.fill(0)
    this.#buffer = grown
    this.#at = grown.length - used
  }
}

const varint = new Uint8Array(10)
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

function whole(field: FieldRules, value: unknown, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) badValue(field.name)
  return value
}

function long(field: FieldRules, value: unknown, isSigned: boolean): bigint {
  let number = value
  if (field.longAsString) {
    if (typeof value !== "string" || !/^(0|-?[1-9][0-9]{0,19})$/.test(value)) badValue(field.name)
    number = BigInt(value)
  }
  if (typeof number !== "bigint") badValue(field.name)
  if ((isSigned ? BigInt.asIntN(64, number) : BigInt.asUintN(64, number)) !== number) badValue(field.name)
  return number
}

function tooLong(bytesMax: number): never {
  throw new ColloquyError("FRAME_TOO_LONG", `a frame has at most ${bytesMax} bytes`, { fields: { bytesMax } })
}

function undeclared(typeName: string): never {
  throw new ColloquyError(
    "FRAME_UNDECLARED",
    `${typeName} holds no declared choice, or fields that it does not declare`,
  )
}

function badValue(name: string): never {
  throw new ColloquyError("FRAME_VALUE", `${name} holds a value that its field cannot`)
}
