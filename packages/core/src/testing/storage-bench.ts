import { ColloquyError } from "../errors.js"
import type { OpenStorage, Range, Storage } from "../storage/storage.js"

/** A fresh, empty store that can be opened; `dispose` removes it and is called when nobody has it open. */
export interface StorageFixture {
  readonly open: OpenStorage
  dispose(): Promise<void>
}

/** One statement about a storage, on a bench of its own. */
export interface StorageCase {
  readonly title: string
  run(bench: StorageBench): Promise<void>
}

/** Opens the store of one case, and closes whatever the case left open. */
export class StorageBench {
  readonly valueBytesMax: number
  readonly #fixture: StorageFixture
  readonly #opened: Storage[] = []

  constructor(fixture: StorageFixture, limits: { readonly valueBytesMax: number }) {
    this.#fixture = fixture
    this.valueBytesMax = limits.valueBytesMax
  }

  async open(signal?: AbortSignal): Promise<Storage> {
    const storage = await this.#fixture.open(signal === undefined ? {} : { signal })
    this.#opened.push(storage)
    return storage
  }

  async dispose(): Promise<void> {
    await Promise.allSettled(this.#opened.map((storage) => storage.close()))
    await this.#fixture.dispose()
  }
}

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values)
}

/** A key that begins with 01, then the number in four bytes, so that keys sort as their numbers. */
export function numbered(number: number): Uint8Array {
  return bytes(1, (number >>> 24) & 255, (number >>> 16) & 255, (number >>> 8) & 255, number & 255)
}

export const everything: Range = { from: new Uint8Array(0), to: new Uint8Array(257).fill(255), limit: 1_000_000 }

/** Every call of a storage, to check that each fails when it should. */
export function everyCall(storage: Storage): readonly (readonly [string, () => unknown])[] {
  return [
    ["get", async () => storage.get([bytes(1)])],
    ["get of no keys", async () => storage.get([])],
    ["scan", async () => storage.scan(everything)],
    ["commit", () => storage.commit([{ key: bytes(1), value: bytes(1) }])],
    ["commit of an empty batch", () => storage.commit([])],
    ["scrub", () => storage.scrub()],
  ]
}

/** The code of what a settled promise was rejected with, or `done`. */
export function outcomeOf(result: PromiseSettledResult<unknown>): string {
  if (result.status === "fulfilled") return "done"
  return result.reason instanceof ColloquyError ? result.reason.code : String(result.reason)
}

/** A small deterministic generator for test data; nothing secret may come from it. */
export function sequence(seed: number): (bound: number) => number {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
