const loadMax = 0.8
const slotsMin = 1024
/** Spreads numbers that come in order: what is loaded from the store is sorted. */
const scramble = 0x9e37_79b1

/**
 * A multiset of 32-bit numbers in one typed array (open addressing, linear probing): 5 to 10 bytes for each number. What was added as often as it was
 * removed may still seem to be there, when another number took its place; what is there is always found.
 */
export class HintFilter {
  #slots = new Uint32Array(slotsMin)
  #shift = 32 - Math.log2(slotsMin)
  #size = 0
  /** Of no meaning: what {@link warm} reads would not be read if it led to nothing. */
  warmth = 0

  get size(): number {
    return this.#size
  }

  has(number: number): boolean {
    const slots = this.#slots
    const mask = slots.length - 1
    const wanted = number === 0 ? 1 : number
    for (let at = Math.imul(wanted, scramble) >>> this.#shift; ; at = (at + 1) & mask) {
      const found = slots[at] as number
      if (found === wanted) return true
      if (found === 0) return false
    }
  }

  /** How often a number is there. */
  count(number: number): number {
    const slots = this.#slots
    const wanted = number === 0 ? 1 : number
    let count = 0
    for (let at = Math.imul(wanted, scramble) >>> this.#shift; slots[at] !== 0; at = (at + 1) & (slots.length - 1))
      if (slots[at] === wanted) count++
    return count
  }

  /**
   * Looks at where so many of these numbers would be, every second one from the first on, without asking whether they are there: the processor fetches
   * all of them at once. Asking one by one, each answer waits for its own, which takes longer than everything else when the array is too large for the caches.
   */
  warm(numbers: Uint32Array, count: number): void {
    const slots = this.#slots
    let warmth = 0
    for (let i = 0; i < count; i++)
      warmth ^= slots[Math.imul(numbers[i * 2] as number, scramble) >>> this.#shift] as number
    this.warmth = warmth
  }

  add(number: number): void {
    if (this.#size >= this.#slots.length * loadMax) this.#grow()
    this.#size++
    this.#put(number === 0 ? 1 : number)
  }

  /** Removes one of its occurrences. One that is not there changes nothing. */
  remove(number: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    const wanted = number === 0 ? 1 : number
    let hole = Math.imul(wanted, scramble) >>> this.#shift
    for (; slots[hole] !== wanted; hole = (hole + 1) & mask) if (slots[hole] === 0) return
    this.#size--
    // What stands behind moves up, as far as its own place lets it: no search may end too early.
    for (let at = (hole + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const home = Math.imul(slots[at] as number, scramble) >>> this.#shift
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      slots[hole] = slots[at] as number
      hole = at
    }
    slots[hole] = 0
  }

  #put(number: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let at = Math.imul(number, scramble) >>> this.#shift
    while (slots[at] !== 0) at = (at + 1) & mask
    slots[at] = number
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(before.length * 2)
    this.#shift--
    for (const number of before) if (number !== 0) this.#put(number)
  }
}
