const blockKeysMax = 512

/**
 * Sorted distinct strings in blocks of at most 512: finding, adding and removing cost a binary search and the move of half a block,
 * so that a million keys stay as cheap as a thousand.
 */
export class SortedKeys {
  readonly #blocks: string[][] = [[]]

  /** The key must not be there yet. */
  add(key: string): void {
    const at = this.#blockOf(key)
    const block = this.#blocks[at] as string[]
    block.splice(lowerBound(block, key), 0, key)
    if (block.length > blockKeysMax) this.#blocks.splice(at + 1, 0, block.splice(block.length >> 1))
  }

  /** The key must be there. */
  remove(key: string): void {
    const at = this.#blockOf(key)
    const block = this.#blocks[at] as string[]
    block.splice(lowerBound(block, key), 1)
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
  }

  *ascending(from: string, to: string): Generator<string, void> {
    const first = this.#blockOf(from)
    for (let at = first; at < this.#blocks.length; at++) {
      const block = this.#blocks[at] as string[]
      for (let i = at === first ? lowerBound(block, from) : 0; i < block.length; i++) {
        const key = block[i] as string
        if (key >= to) return
        yield key
      }
    }
  }

  *descending(from: string, to: string): Generator<string, void> {
    const last = this.#blockOf(to)
    for (let at = last; at >= 0; at--) {
      const block = this.#blocks[at] as string[]
      for (let i = (at === last ? lowerBound(block, to) : block.length) - 1; i >= 0; i--) {
        const key = block[i] as string
        if (key < from) return
        yield key
      }
    }
  }

  /** The last block that begins at or before the key, or the first block. */
  #blockOf(key: string): number {
    let low = 0
    let high = this.#blocks.length
    while (low + 1 < high) {
      const middle = (low + high) >> 1
      if (((this.#blocks[middle] as string[])[0] as string) <= key) low = middle
      else high = middle
    }
    return low
  }
}

/** The index of the first element that is not before the key. */
function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < key) low = middle + 1
    else high = middle
  }
  return low
}
