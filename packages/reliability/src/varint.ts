import { fromUtf8, stateDamaged, StateReader, utf8 } from "@colloquy/core"

/** Writes what the codecs of this package store: LEB128 numbers and bytes. */
export class Writer {
  readonly #bytes: number[] = []

  byte(value: number): void {
    this.#bytes.push(value)
  }

  /** A safe integer from 0 up, 1 to 8 bytes. */
  number(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#bytes.push((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes.push(rest)
  }

  /** One more than the number, 0 for none. */
  optional(value: number | null): void {
    this.number(value === null ? 0 : value + 1)
  }

  /** UTF-8, with its length before it. */
  shortText(text: string): void {
    const bytes = utf8(text)
    this.number(bytes.length)
    for (const byte of bytes) this.#bytes.push(byte)
  }

  /** All that was written, then the rest as it is. */
  finish(...rest: readonly Uint8Array[]): Uint8Array {
    let length = this.#bytes.length
    for (const part of rest) length += part.length
    const bytes = new Uint8Array(length)
    bytes.set(this.#bytes)
    let at = this.#bytes.length
    for (const part of rest) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
}

/** Reads what {@link Writer} wrote; throws `STATE_DAMAGED` for anything else. */
export class Reader extends StateReader {
  number(): number {
    let value = 0
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const byte = this.byte()
      value += (byte % 0x80) * scale
      if (byte >= 0x80) continue
      if ((byte === 0 && scale > 1) || !Number.isSafeInteger(value)) throw stateDamaged()
      return value
    }
    throw stateDamaged()
  }

  optional(): number | null {
    const value = this.number()
    return value === 0 ? null : value - 1
  }

  shortText(): string {
    const text = fromUtf8(this.take(this.number()))
    if (text === undefined) throw stateDamaged()
    return text
  }
}
