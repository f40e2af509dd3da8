import type { MaybePromise } from "../brand.js"
import { ColloquyError } from "../errors.js"
import { SortedKeys } from "./memory-storage-index.js"
import { checkBatch, checkKeys, checkRange, storageError } from "./storage-checks.js"
import type { Entry, OpenStorage, Range, Storage, Write } from "./storage.js"

export interface MemoryStorageOptions {
  /**
   * Runs before each batch takes effect, `number` counting the batches of this store from 1. What it throws fails that batch alone:
   * a `ColloquyError` as it is, anything else as `STORE_FAILED`. While its promise is pending the batches behind it wait.
   */
  readonly onCommit?: (batch: readonly Write[], number: number) => MaybePromise<void>
}

/** Opens one store in memory, again and again: what was committed stays until the function itself is collected. */
export interface MemoryStorage extends OpenStorage {
  /**
   * Takes the store from its owner, as a crash would: batches that have not taken effect fail with `STORE_LOST`, `lost` aborts,
   * and the store can be opened again at once. Does nothing while nobody has it.
   */
  lose(): void
}

/**
 * A store in memory, durable only as long as the process: for tests, and for clients that may forget.
 * Holds a million records with ease. `scrub` overwrites nothing, since the collector of the language decides when memory goes.
 */
export function memoryStorage(options: MemoryStorageOptions = {}): MemoryStorage {
  const records = new Records()
  let owner: MemoryOwner | undefined
  let batches = 0

  const before = async (batch: readonly Write[]): Promise<void> => {
    batches++
    try {
      const pending = options.onCommit?.(batch, batches)
      if (pending instanceof Promise) await pending
    } catch (cause) {
      throw cause instanceof ColloquyError
        ? cause
        : storageError("STORE_FAILED", "the batch was not written", { cause, retry: "later" })
    }
  }

  const open = async (request: { readonly signal?: AbortSignal } = {}): Promise<Storage> => {
    request.signal?.throwIfAborted()
    if (owner !== undefined) throw storageError("STORE_IN_USE", "this store is open already", { retry: "later" })
    const mine = new MemoryOwner(records, before, () => {
      if (owner === mine) owner = undefined
    })
    owner = mine
    return mine
  }
  return Object.assign(open, { lose: () => owner?.lose() })
}

class MemoryOwner implements Storage {
  readonly #records: Records
  readonly #before: (batch: readonly Write[]) => Promise<void>
  readonly #release: () => void
  readonly #loss = new AbortController()
  #tail: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(records: Records, before: (batch: readonly Write[]) => Promise<void>, release: () => void) {
    this.#records = records
    this.#before = before
    this.#release = release
  }

  get lost(): AbortSignal {
    return this.#loss.signal
  }

  async get(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.#checkOpen()
    checkKeys(keys)
    return keys.map((key) => this.#records.get(key))
  }

  async scan(range: Range): Promise<readonly Entry[]> {
    this.#checkOpen()
    checkRange(range)
    return this.#records.scan(range)
  }

  async commit(batch: readonly Write[]): Promise<void> {
    this.#checkOpen()
    checkBatch(batch)
    const done = this.#tail.then(async () => {
      await this.#before(batch)
      this.#loss.signal.throwIfAborted()
      this.#records.apply(batch)
    })
    this.#tail = done.catch(() => undefined)
    await done
  }

  async scrub(): Promise<void> {
    this.#checkOpen()
    await this.#tail
  }

  close(): Promise<void> {
    this.#closed ??= this.#tail.then(this.#release)
    return this.#closed
  }

  lose(): void {
    this.#loss.abort(storageError("STORE_LOST", "the store was taken from its owner"))
    this.#release()
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw storageError("STORE_CLOSED", "this store is closed")
    this.#loss.signal.throwIfAborted()
  }
}

/** Keys as strings of one character a byte, which JavaScript orders bytewise. */
class Records {
  readonly #values = new Map<string, Uint8Array>()
  readonly #keys = new SortedKeys()

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(toText(key))?.slice()
  }

  scan(range: Range): readonly Entry[] {
    const entries: Entry[] = []
    if (!(range.limit >= 1)) return entries
    const [from, to] = [toText(range.from), toText(range.to)]
    for (const key of range.reverse ? this.#keys.descending(from, to) : this.#keys.ascending(from, to)) {
      entries.push({ key: fromText(key), value: (this.#values.get(key) as Uint8Array).slice() })
      if (entries.length >= range.limit) break
    }
    return entries
  }

  apply(batch: readonly Write[]): void {
    for (const { key, value } of batch) {
      const text = toText(key)
      const known = this.#values.has(text)
      if (value !== undefined) {
        this.#values.set(text, new Uint8Array(value))
        if (!known) this.#keys.add(text)
      } else if (known) {
        this.#values.delete(text)
        this.#keys.remove(text)
      }
    }
  }
}

function toText(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

function fromText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
