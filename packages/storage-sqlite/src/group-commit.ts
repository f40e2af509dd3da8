import type { Write } from "@colloquy/core"

export type Batch = readonly Write[]

interface Pending {
  readonly batch: Batch
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Bounds how long one transaction blocks the thread. */
const groupMax = 1024

/**
 * Gathers the batches that are called while a flush is due and writes them in one transaction, in the order of the calls.
 * When that fails each is tried alone, so that a bad batch takes no other with it.
 */
export class GroupCommit {
  readonly #transact: (batches: readonly Batch[]) => void
  #queue: Pending[] = []
  #due: NodeJS.Immediate | undefined

  /** `transact` writes all batches or none, and throws the error that the callers get. */
  constructor(transact: (batches: readonly Batch[]) => void) {
    this.#transact = transact
  }

  add(batch: Batch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, resolve, reject })
      this.#due ??= setImmediate(() => {
        this.#due = undefined
        this.#writeGroup()
        if (this.#queue.length > 0) this.#due ??= setImmediate(() => this.flush())
      })
    })
  }

  /** Writes what is queued now. The promises of the batches are settled, though nobody has heard of it yet. */
  flush(): void {
    clearImmediate(this.#due)
    this.#due = undefined
    while (this.#queue.length > 0) this.#writeGroup()
  }

  #writeGroup(): void {
    const group = this.#queue.slice(0, groupMax)
    this.#queue = this.#queue.slice(groupMax)
    try {
      this.#transact(group.map(({ batch }) => batch))
      for (const { resolve } of group) resolve()
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error)
      else for (const pending of group) this.#writeAlone(pending)
    }
  }

  #writeAlone({ batch, resolve, reject }: Pending): void {
    try {
      this.#transact([batch])
      resolve()
    } catch (error) {
      reject(error)
    }
  }
}
