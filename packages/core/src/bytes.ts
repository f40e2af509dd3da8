import { ColloquyError } from "./errors.js"

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const empty: Uint8Array = new Uint8Array(0)

/** UTF-8 bytes of a string, in a buffer that the caller owns. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of UTF-8 bytes; `undefined` when they are not well-formed UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** All parts one after the other, in a new buffer. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Equality in variable time: for public bytes only. Secrets are compared with `Crypto.equal`. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Bytewise order, a prefix before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** 32-bit little-endian, 4 bytes. */
export function le32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

/** 64-bit little-endian, 8 bytes, of a safe integer. */
export function le64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, value % 0x1_0000_0000, true)
  view.setUint32(4, Math.floor(value / 0x1_0000_0000), true)
  return bytes
}

/** 64-bit big-endian, 8 bytes, of a safe integer: sorts bytewise as the number does. */
export function be64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(value / 0x1_0000_0000))
  view.setUint32(4, value % 0x1_0000_0000)
  return bytes
}

/** The number that {@link be64} wrote at an offset. */
export function fromBe64(bytes: Uint8Array, offset = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 8)
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4)
}

/** `LP(x)`: the length of x as 32-bit little-endian, then x. Hash inputs made of such parts have one reading. */
export function lengthPrefixed(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const bytes = parts.map((part) => (typeof part === "string" ? utf8(part) : part))
  return concat(...bytes.flatMap((part) => [le32(part.length), part]))
}

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

export function toHex(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += hexDigits[byte]
  return text
}

/** `undefined` unless the text is an even number of lower-case hexadecimal digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = hexValue(text.charCodeAt(2 * i))
    const low = hexValue(text.charCodeAt(2 * i + 1))
    if (high < 0 || low < 0) return undefined
    bytes[i] = high * 16 + low
  }
  return bytes
}

/** -1 for what is no lower-case hexadecimal digit. */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}

const base64urlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
const base64urlValues = new Map([...base64urlAlphabet].map((letter, value) => [letter, value]))

/** RFC 4648 section 5, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = ""
  for (let i = 0; i < bytes.length; i += 3) {
    const available = Math.min(3, bytes.length - i)
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (let j = 0; j <= available; j++) text += base64urlAlphabet[(group >> (18 - 6 * j)) & 63]
  }
  return text
}

/** `undefined` for another alphabet, padding, an impossible length or unused bits that are not zero: one text for each byte string. */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let group = 0
  let offset = 0
  for (const letter of text) {
    const value = base64urlValues.get(letter)
    if (value === undefined) return undefined
    group = ((group << 6) | value) & 0xffffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[offset++] = (group >> bits) & 255
    }
  }
  return (group & ((1 << bits) - 1)) === 0 ? bytes : undefined
}

/** Throws `BAD_LENGTH` unless the bytes have exactly this length. */
export function assertLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length)
    throw new ColloquyError("BAD_LENGTH", `${what} must have ${length} bytes, it has ${bytes.length}`)
}
