const slotsMin = 64
/** Spreads prints that are alike. */
const scramble = 0x9e37_79b1

/** What a slot holds: nothing that is of use any more, a payload that waits, or one on its way to a conversation. */
export const slotGone = 0
export const slotWaiting = 1
export const slotTaken = 2

/**
 * What is known of each payload in a ring, in arrays of numbers, since it is written a million times a second and mostly never read; and a table over the
 * prints of those that wait (open addressing, linear probing), at most half full. Some 60 bytes a payload in all.
 */
export class RingSlots {
  highs = new Uint32Array(slotsMin)
  lows = new Uint32Array(slotsMin)
  /** Where its envelope begins in its chunk, and how long that is. */
  ats = new Uint32Array(slotsMin)
  lengths = new Uint32Array(slotsMin)
  orders = new Float64Array(slotsMin)
  states = new Uint8Array(slotsMin)
  readonly #free: number[] = []
  #end = 0
  /** One more than the slot, or 0. */
  #table = new Int32Array(slotsMin * 2)
  #shift = 32 - Math.log2(slotsMin * 2)

  /** How many are in use. */
  get size(): number {
    return this.#end - this.#free.length
  }

  /** A slot for a payload that waits; -1 when so many wait under its print. The caller fills in the rest. */
  add(high: number, low: number, sameMax: number): number {
    if (this.#free.length === 0 && this.#end === this.states.length) this.#grow()
    const { highs, lows } = this
    const table = this.#table
    const mask = table.length - 1
    let same = 0
    let at = Math.imul(high ^ low, scramble) >>> this.#shift
    for (let found = table[at] as number; found !== 0; found = table[at] as number) {
      if (lows[found - 1] === low && highs[found - 1] === high) same++
      at = (at + 1) & mask
    }
    if (same >= sameMax) return -1
    const slot = this.#free.length > 0 ? (this.#free.pop() as number) : this.#end++
    highs[slot] = high
    lows[slot] = low
    this.states[slot] = slotWaiting
    table[at] = slot + 1
    return slot
  }

  /** The slots of those that wait under a print. */
  find(high: number, low: number): number[] {
    const table = this.#table
    const slots: number[] = []
    for (let at = Math.imul(high ^ low, scramble) >>> this.#shift; ; at = (at + 1) & (table.length - 1)) {
      const found = table[at] as number
      if (found === 0) return slots
      if (this.lows[found - 1] === low && this.highs[found - 1] === high) slots.push(found - 1)
    }
  }

  /** It waits no longer. */
  leave(slot: number, state: typeof slotTaken | typeof slotGone): void {
    if (this.states[slot] === slotWaiting) this.#unlist(slot)
    this.states[slot] = state
  }

  /** It waits again. */
  putBack(slot: number): void {
    this.states[slot] = slotWaiting
    this.#list(slot)
  }

  /** What is in it is gone: another may take it. */
  release(slot: number): void {
    this.#free.push(slot)
  }

  #list(slot: number): void {
    const table = this.#table
    let at = this.#home(slot)
    while (table[at] !== 0) at = (at + 1) & (table.length - 1)
    table[at] = slot + 1
  }

  #unlist(slot: number): void {
    const table = this.#table
    const mask = table.length - 1
    let hole = this.#home(slot)
    while (table[hole] !== slot + 1) hole = (hole + 1) & mask
    // What stands behind moves up, as far as its own place lets it: no search may end too early.
    for (let at = (hole + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const home = this.#home((table[at] as number) - 1)
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      table[hole] = table[at] as number
      hole = at
    }
    table[hole] = 0
  }

  #home(slot: number): number {
    return Math.imul((this.highs[slot] as number) ^ (this.lows[slot] as number), scramble) >>> this.#shift
  }

  #grow(): void {
    const size = this.states.length * 2
    this.highs = longer(this.highs, new Uint32Array(size))
    this.lows = longer(this.lows, new Uint32Array(size))
    this.ats = longer(this.ats, new Uint32Array(size))
    this.lengths = longer(this.lengths, new Uint32Array(size))
    this.orders = longer(this.orders, new Float64Array(size))
    this.states = longer(this.states, new Uint8Array(size))
    this.#table = new Int32Array(size * 2)
    this.#shift--
    for (let slot = 0; slot < this.#end; slot++) if (this.states[slot] === slotWaiting) this.#list(slot)
  }
}

function longer<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
