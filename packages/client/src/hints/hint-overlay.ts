import type { ConversationId } from "@colloquy/core"
import type { HintFilter } from "./hint-filter.js"
import type { HintChange } from "./hint-journal.js"
import { isSamePrint, type Print, printNumber } from "./print.js"

/** A change that the buckets don't have yet. */
export interface Pending {
  readonly print: Print
  readonly conversation: ConversationId
  add: boolean
  /** The buckets have nothing under this print: dropping it leaves nothing to be done. */
  isNew: boolean
  /** How often it was changed: a merge settles the change that it knew. */
  version: number
}

/**
 * What changed since the buckets were written, by print. A hint that came and went in between is forgotten. Each one that is added here is in the
 * filter, once more than by the buckets.
 */
export class HintOverlay {
  readonly #filter: HintFilter
  readonly #pending = new Map<number, Pending[]>()
  #size = 0

  constructor(filter: HintFilter) {
    this.#filter = filter
  }

  get size(): number {
    return this.#size
  }

  of(print: Print): readonly Pending[] {
    const found = this.#pending.get(printNumber(print))
    return found === undefined ? none : found.filter((pending) => isSamePrint(pending.print, print))
  }

  /** `isComplete`: the filter holds what all buckets have. */
  apply({ print, conversation, add }: HintChange, isComplete: boolean): void {
    const number = printNumber(print)
    const list = this.#pending.get(number)
    const known = list?.find((one) => one.conversation === conversation && isSamePrint(one.print, print))
    if (known === undefined) {
      const isNew = isComplete && !this.#filter.has(print.high)
      // Nobody has it, so that nothing is there to be dropped.
      if (!add && isNew) return
      if (add) this.#filter.add(print.high)
      const pending = { print, conversation, add, isNew, version: 0 }
      if (list === undefined) this.#pending.set(number, [pending])
      else list.push(pending)
      this.#size++
    } else if (known.add !== add) {
      if (add) this.#filter.add(print.high)
      else this.#filter.remove(print.high)
      known.add = add
      known.version++
      if (!add && known.isNew) this.forget(known)
    }
  }

  /** The filter holds what all buckets have, from now on: what is in it once, for a change that adds it, is in no bucket. */
  complete(): void {
    for (const list of this.#pending.values())
      for (const pending of list) pending.isNew = pending.add && this.#filter.count(pending.print.high) === 1
  }

  forget(pending: Pending): void {
    const number = printNumber(pending.print)
    const rest = (this.#pending.get(number) ?? []).filter((one) => one !== pending)
    if (rest.length === 0) this.#pending.delete(number)
    else this.#pending.set(number, rest)
    this.#size--
  }

  /** Everything, in ascending order of the prints. */
  sorted(): Pending[] {
    const all = [...this.#pending.values()].flat()
    return all.sort((a, b) => a.print.high - b.print.high || a.print.low - b.print.low)
  }
}

const none: readonly Pending[] = []
