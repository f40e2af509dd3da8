/** sfc32: small, fast, seeded. */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.#a = 0x9e3779b9
    this.#b = seed >>> 0
    this.#c = Math.floor(seed / 0x1_0000_0000) >>> 0
    for (let i = 0; i < 12; i++) this.next()
  }

  /** 32 bits. */
  next(): number {
    const mixed = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + mixed
    return mixed >>> 0
  }

  /** A whole number from 0 to below the limit. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.next() % limit
  }

  /** Once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 255)
  }

  /** Mostly small: what lengths and counts of mutations are drawn from. */
  small(max: number): number {
    return 1 + this.below(1 + this.below(Math.max(1, max)))
  }
}
