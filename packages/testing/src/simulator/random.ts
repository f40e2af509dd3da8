/** Numbers that look random and are the same for the same name: everything in a simulation that is left to chance. */
export class SeededRandom {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** Streams of different names have nothing to do with each other. */
  constructor(name: string) {
    this.#a = scramble(name, 0x9e3779b9)
    this.#b = scramble(name, 0x85ebca6b)
    this.#c = scramble(name, 0xc2b2ae35)
    for (let i = 0; i < 12; i++) this.word()
  }

  /** A stream of its own for a part, whatever else was drawn from this one. */
  static for(seed: number, ...part: readonly (string | number)[]): SeededRandom {
    return new SeededRandom([seed, ...part].join("/"))
  }

  /** 32 bits (sfc32). */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** From 0 up to 1, 1 excluded. */
  share(): number {
    return this.word() / 0x1_0000_0000
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.share() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.share() < probability
  }

  /** A duration of any order of magnitude between the two: seconds are as likely as hours. */
  spread(min: number, max: number): number {
    return Math.round(min * Math.exp(this.share() * Math.log(max / min)))
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.whole(0, items.length - 1)] ?? items[0]
  }

  readonly bytes = (length: number): Uint8Array => {
    const drawn = new Uint8Array(length)
    for (let at = 0; at < length; at += 4) {
      const word = this.word()
      for (let i = 0; i < 4 && at + i < length; i++) drawn[at + i] = word >>> (8 * i)
    }
    return drawn
  }
}

/** FNV-1a, begun anew for each of the three words of the state. */
function scramble(text: string, basis: number): number {
  let hash = basis | 0
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
