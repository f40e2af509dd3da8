import { equalBytes, fromHex } from "@colloquy/core"

/** Shorter than this, a byte string is no secret: it can be guessed, or is structure. */
export const secretBytesMin = 16

const windowBytes = 16
/** A part of a value is found anywhere if it has this much more than a window. */
const stride = 8
const base = 0x0100_01b3
/** What the byte that leaves a window counts: base to the power of 15. */
const leaving = Array.from({ length: windowBytes - 1 }).reduce<number>((power) => Math.imul(power, base), 1)
/** Padding and the like have fewer different bytes in a window, and stand everywhere. */
const differentBytesMin = 8
const hexDigitsMin = 2 * windowBytes

/** A part of a text that is a part of a value, too. */
export interface Match {
  readonly at: number
  readonly length: number
  readonly value: number
  readonly offset: number
  /** How many bytes of the text stand for one of the value: 2 where it is written in hexadecimal digits. */
  readonly scale: 1 | 2
}

/**
 * Byte strings by number, and where parts of values, which are byte strings that may be secret, stand in other byte strings. Equal ones have one number.
 * All values must be there before the first scan.
 */
export class ByteStrings {
  readonly #bytes: Uint8Array[] = []
  readonly #known = new Map<number, number[]>()
  readonly #values = new Set<number>()
  readonly #windows = new Map<number, { readonly value: number; readonly offset: number }[]>()
  readonly #matches: (readonly Match[] | undefined)[] = []

  intern(bytes: Uint8Array): number {
    const sum = checksum(bytes)
    const bucket = this.#known.get(sum)
    const found = bucket?.find((number) => equalBytes(this.bytes(number), bytes))
    if (found !== undefined) return found
    const number = this.#bytes.push(bytes.slice()) - 1
    if (bucket === undefined) this.#known.set(sum, [number])
    else bucket.push(number)
    return number
  }

  /** The byte string's number, if it is worth being a value. */
  addValue(bytes: Uint8Array): number {
    const number = this.intern(bytes)
    if (bytes.length < secretBytesMin || this.#values.has(number)) return number
    this.#values.add(number)
    const last = bytes.length - windowBytes
    for (let offset = 0; offset < last; offset += stride) this.#addWindow(number, bytes, offset)
    this.#addWindow(number, bytes, last)
    return number
  }

  bytes(number: number): Uint8Array {
    return this.#bytes[number] as Uint8Array
  }

  isValue(number: number): boolean {
    return this.#values.has(number)
  }

  /** Every part of a value in one of the byte strings. */
  matches(number: number): readonly Match[] {
    return (this.#matches[number] ??= this.scan(this.bytes(number)))
  }

  scan(bytes: Uint8Array): readonly Match[] {
    const found = this.#scanRaw(bytes)
    for (const { at, length } of hexRuns(bytes)) {
      const decoded = fromHex(String.fromCharCode(...bytes.subarray(at, at + length)))
      for (const match of decoded === undefined ? [] : this.#scanRaw(decoded))
        found.push({ ...match, at: at + 2 * match.at, length: 2 * match.length, scale: 2 })
    }
    return found
  }

  #scanRaw(bytes: Uint8Array): Match[] {
    const found: Match[] = []
    if (bytes.length < windowBytes) return found
    /** Ends of the matches that were found, by value and how far text and value are apart. */
    const ends = new Map<number, number>()
    let sum = sumOf(bytes, 0)
    for (let at = 0; ; at++) {
      const bucket = this.#windows.get(sum)
      if (bucket !== undefined)
        for (const { value, offset } of bucket) {
          const key = value * 0x40_0000 + (at - offset + 0x20_0000)
          if ((ends.get(key) ?? 0) > at) continue
          const match = this.#extend(bytes, at, value, offset)
          if (match === undefined) continue
          ends.set(key, match.at + match.length)
          found.push(match)
        }
      if (at + windowBytes >= bytes.length) return found
      sum = Math.imul(sum - Math.imul(bytes[at] as number, leaving), base) + (bytes[at + windowBytes] as number)
      sum |= 0
    }
  }

  #extend(text: Uint8Array, at: number, number: number, offset: number): Match | undefined {
    const value = this.bytes(number)
    for (let i = 0; i < windowBytes; i++) if (text[at + i] !== value[offset + i]) return undefined
    let before = 0
    while (at - before > 0 && offset - before > 0 && text[at - before - 1] === value[offset - before - 1]) before++
    let length = windowBytes
    while (at + length < text.length && offset + length < value.length && text[at + length] === value[offset + length])
      length++
    return { at: at - before, length: length + before, value: number, offset: offset - before, scale: 1 }
  }

  #addWindow(value: number, bytes: Uint8Array, offset: number): void {
    if (new Set(bytes.subarray(offset, offset + windowBytes)).size < differentBytesMin) return
    const sum = sumOf(bytes, offset)
    const bucket = this.#windows.get(sum)
    if (bucket === undefined) this.#windows.set(sum, [{ value, offset }])
    else bucket.push({ value, offset })
  }
}

/** Of 16 bytes from an offset: what the rolling sum is at that place. */
function sumOf(bytes: Uint8Array, offset: number): number {
  let sum = 0
  for (let i = 0; i < windowBytes; i++) sum = (Math.imul(sum, base) + (bytes[offset + i] as number)) | 0
  return sum
}

function checksum(bytes: Uint8Array): number {
  let sum = bytes.length
  for (const byte of bytes) sum = Math.imul(sum ^ byte, base)
  return sum
}

/** Where lower-case hexadecimal digits of 16 bytes or more stand. */
function* hexRuns(bytes: Uint8Array): Generator<{ readonly at: number; readonly length: number }> {
  let from = 0
  for (let i = 0; i <= bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if ((byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 102)) continue
    const length = (i - from) & ~1
    if (length >= hexDigitsMin && length <= 512) yield { at: from, length }
    from = i + 1
  }
}
