/** A table as a step sees it: what is stored, and over it what the step has changed so far. */
export class Rows<T> {
  readonly #stored: ReadonlyMap<string, T>
  /** Made with the first change: most steps leave most tables alone. */
  #changes: Map<string, T | undefined> | undefined
  #size: number

  constructor(stored: ReadonlyMap<string, T>) {
    this.#stored = stored
    this.#size = stored.size
  }

  get size(): number {
    return this.#size
  }

  /** The rows to write, `undefined` for those to delete; `undefined` when there are none. */
  get patch(): ReadonlyMap<string, T | undefined> | undefined {
    return this.#changes === undefined || this.#changes.size === 0 ? undefined : this.#changes
  }

  get(key: string): T | undefined {
    return this.#changes?.has(key) === true ? this.#changes.get(key) : this.#stored.get(key)
  }

  set(key: string, row: T): void {
    if (this.get(key) === undefined) this.#size++
    this.#changes ??= new Map()
    this.#changes.set(key, row)
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return
    this.#size--
    this.#changes ??= new Map()
    if (this.#stored.has(key)) this.#changes.set(key, undefined)
    else this.#changes.delete(key)
  }

  /** Every key, in no order. */
  keys(): string[] {
    const keys: string[] = []
    const changes = this.#changes
    for (const key of this.#stored.keys()) if (changes?.has(key) !== true) keys.push(key)
    if (changes !== undefined) for (const [key, row] of changes) if (row !== undefined) keys.push(key)
    return keys
  }
}
