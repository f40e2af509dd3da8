import { ColloquyError, fromUtf8 } from "@colloquy/core"

/** Reads what a codec of this type wrote, front to back. Throws `STATE_DAMAGED` for anything else; what it gives are copies. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array, version: number) {
    if (version !== 1) throw damaged()
    this.#bytes = bytes
  }

  get isDone(): boolean {
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
    return new DataView(this.take(4).buffer).getUint32(0, true)
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

  text(): string {
    const text = fromUtf8(this.prefixed())
    if (text === undefined) throw damaged()
    return text
  }

  /** The value that was read last, once nothing is left. */
  done<T>(value: T): T {
    if (!this.isDone) throw damaged()
    return value
  }
}

export function damaged(): ColloquyError {
  return new ColloquyError("STATE_DAMAGED", "the state of a channel is not what its codec wrote")
}
