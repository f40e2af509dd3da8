import { ColloquyError } from "@colloquy/core"

/** Reads what a codec of this type wrote, front to back. Throws `STATE_DAMAGED` for anything else; what it gives are copies. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array, version: number) {
    if (version !== 1) throw damaged()
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  take(bytes: number): Uint8Array {
    const end = this.#at + bytes
    if (end > this.#bytes.length) throw damaged()
    const taken = this.#bytes.slice(this.#at, end)
    this.#at = end
    return taken
  }

  le32(): number {
    const taken = this.take(4)
    return new DataView(taken.buffer, taken.byteOffset).getUint32(0, true)
  }

  le64(): number {
    const value = this.le32() + this.le32() * 0x1_0000_0000
    if (!Number.isSafeInteger(value)) throw damaged()
    return value
  }

  /** What `lengthPrefixed` wrote. */
  prefixed(): Uint8Array {
    return this.take(this.le32())
  }

  end(): void {
    if (!this.done) throw damaged()
  }
}

/** A whole number from 0 to 2^53 - 1. */
export function le64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, value % 0x1_0000_0000, true)
  view.setUint32(4, Math.floor(value / 0x1_0000_0000), true)
  return bytes
}

export function damaged(): ColloquyError {
  return new ColloquyError("STATE_DAMAGED", "the state of a conversation is not what its codec wrote")
}
