import { type Entry, type MaybePromise, type Write } from "@colloquy/core"
import { bucketKey, key, successor } from "../store/keys.js"
import type { Store } from "../store/store.js"
import {
  addHighs,
  decodeBucket,
  divide,
  encodeBucket,
  type HintEntry,
  insertEntry,
  ownersOf,
  removeEntry,
} from "./hint-bucket.js"
import type { HintFilter } from "./hint-filter.js"
import { type Print, readUint32 } from "./print.js"

/** How many buckets are read at once while the filter is filled: some 160 KiB. */
const pageMax = 256
/** How many buckets one commit of a merge writes, about. */
const mergedMax = 128

/** One hint that is to be in the store, or not to be, once it is merged. */
export interface HintMerge extends HintEntry {
  readonly add: boolean
}

/**
 * The hints in the store, in buckets that lie in the order of their prints. A bucket's key is its lower bound, 4 bytes, and it reaches to the next one's.
 * Which buckets there are is known once everything was read.
 */
export class HintBase {
  readonly #store: Store
  readonly #filter: HintFilter
  /** Of all buckets, ascending. */
  #bounds: number[] = []
  #after: Uint8Array | undefined
  #loaded = false

  constructor(store: Store, filter: HintFilter) {
    this.#store = store
    this.#filter = filter
  }

  get loaded(): boolean {
    return this.#loaded
  }

  /** Reads one page more into the filter. Returns whether that was all. */
  async load(): Promise<boolean> {
    const after = this.#after === undefined ? {} : { after: this.#after }
    const page = await this.#store.page(key("hint"), { limit: pageMax, ...after })
    for (const { key: read, value } of page) {
      this.#bounds.push(boundOf(read))
      addHighs(value, this.#filter)
      this.#after = read
    }
    this.#loaded = page.length < pageMax
    return this.#loaded
  }

  /** Who expects a print, as far as the buckets say it: one read, whatever has been loaded, and whatever a merge is about to write. */
  owners(print: Print): MaybePromise<readonly Uint8Array[]> {
    // The last bucket that begins at the print or before it.
    const to = successor(bucketKey(print.high))
    const found = this.#store.storage.scan({ from: key("hint"), to, limit: 1, reverse: true })
    const read = ([entry]: readonly Entry[]): readonly Uint8Array[] =>
      entry === undefined ? [] : ownersOf(entry.value, print)
    return found instanceof Promise ? found.then(read) : read(found)
  }

  /**
   * Writes changes into the buckets, some buckets with each commit. After each, `merged` hears of what it brought, each with whether it changed
   * anything. They come in ascending order of their prints. Only when everything is loaded.
   */
  async merge(
    changes: readonly HintMerge[],
    commit: (writes: readonly Write[]) => Promise<void>,
    merged: (change: HintMerge, hasChanged: boolean) => void,
  ): Promise<void> {
    for (let at = 0; at < changes.length;) {
      const writes: Write[] = []
      const outcomes: [HintMerge, boolean][] = []
      const moved: { readonly place: number; readonly bounds: readonly number[] }[] = []
      while (at < changes.length && writes.length < mergedMax) {
        const place = Math.max(0, this.#placeOf((changes[at] as HintMerge).print.high))
        const bound = this.#bounds[place] ?? 0
        // What is before all buckets goes into the first, which reaches down to 0 then.
        const end = this.#bounds[place + 1] ?? Number.POSITIVE_INFINITY
        const [value] = place < this.#bounds.length ? await this.#store.storage.get([bucketKey(bound)]) : []
        const entries = value === undefined ? [] : decodeBucket(value)
        let hasChanged = false
        for (; at < changes.length && (changes[at] as HintMerge).print.high < end; at++) {
          const change = changes[at] as HintMerge
          const { print, owner } = change
          const effect = change.add ? insertEntry(entries, { print, owner }) : removeEntry(entries, { print, owner })
          outcomes.push([change, effect])
          hasChanged ||= effect
        }
        if (!hasChanged) continue
        const lowest = Math.min(bound, entries[0]?.print.high ?? bound)
        const pieces = entries.length === 0 ? [] : divide(lowest, entries)
        if (value !== undefined && pieces[0]?.bound !== bound) writes.push({ key: bucketKey(bound), value: undefined })
        for (const piece of pieces) writes.push({ key: bucketKey(piece.bound), value: encodeBucket(piece.entries) })
        moved.push({ place, bounds: pieces.map((piece) => piece.bound) })
      }
      if (writes.length > 0) await commit(writes)
      for (const { place, bounds } of moved.reverse()) this.#bounds.splice(place, 1, ...bounds)
      for (const [change, hasChanged] of outcomes) merged(change, hasChanged)
    }
  }

  /** The last bucket that begins at this number or before it, -1 where there is none. */
  #placeOf(high: number): number {
    let from = 0
    let to = this.#bounds.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if ((this.#bounds[middle] as number) <= high) from = middle + 1
      else to = middle
    }
    return from - 1
  }
}

function boundOf(bucket: Uint8Array): number {
  return readUint32(bucket, 1)
}
