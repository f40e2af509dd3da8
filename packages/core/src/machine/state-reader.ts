import { fromUtf8 } from "../bytes.js"
import { ColloquyError } from "../errors.js"

/**
 * Reads what a {@link Codec} wrote, front to back, and throws `STATE_DAMAGED` for anything else: too short, too long where `end` is called, a number
 * out of range, another version. What it gives are copies, so that each can be wiped alone.
 */
export class StateReader {
  readonly #bytes: Uint8Array
  #at = 0

  /** `version` is that of the stored bytes, `known` the one that the caller reads. */
  constructor(bytes: Uint8Array, version: number, known = 1) {
    if (version !== known) throw stateDamaged()
    this.#bytes = bytes
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw stateDamaged()
    return value
  }

  take(bytes: number): Uint8Array {
    const end = this.#at + bytes
    if (end > this.#bytes.length) throw stateDamaged()
    const taken = this.#bytes.slice(this.#at, end)
    this.#at = end
    return taken
  }

  /** What is left. */
  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at)
  }

  /** What `le32` wrote: 4 bytes. */
  le32(): number {
    return this.byte() + this.byte() * 0x100 + this.byte() * 0x1_0000 + this.byte() * 0x100_0000
  }

  /** What `le64` wrote: 8 bytes, a safe integer. */
  le64(): number {
    const value = this.le32() + this.le32() * 0x1_0000_0000
    if (!Number.isSafeInteger(value)) throw stateDamaged()
    return value
  }

  /** One part that `lengthPrefixed` wrote. */
  prefixed(): Uint8Array {
    return this.take(this.le32())
  }

  /** The same, as UTF-8. */
  text(): string {
    const text = fromUtf8(this.prefixed())
    if (text === undefined) throw stateDamaged()
    return text
  }

  end(): void {
    if (!this.isDone) throw stateDamaged()
  }

  /** The value that was made of all that was read. */
  done<T>(value: T): T {
    this.end()
    return value
  }
}

/** Thrown by a codec for bytes that it did not write. It names nothing of them. */
export function stateDamaged(): ColloquyError {
  return new ColloquyError("STATE_DAMAGED", "the stored state is not what its codec wrote")
}
