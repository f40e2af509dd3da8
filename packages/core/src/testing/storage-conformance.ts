import { valueBytesMax } from "../storage/storage.js"
import type { ConformanceCase } from "./conformance-case.js"
import { buffersCases } from "./storage-cases-buffers.js"
import { orderCases } from "./storage-cases-order.js"
import { ownershipCases } from "./storage-cases-ownership.js"
import { readingCases } from "./storage-cases-reading.js"
import { writingCases } from "./storage-cases-writing.js"
import { StorageBench, type StorageFixture } from "./storage-bench.js"

export interface StorageConformanceOptions {
  /** The largest value that the storage takes: 32 MiB, or a few bytes less for a wrapper that needs them. */
  readonly valueBytesMax?: number
}

/**
 * What every storage must make true, as the doc comments of `Storage` say it: some 40 cases, each on a fresh store that `fixture` makes.
 * Keys that begin with 00 are never used, since they belong to wrappers. Durability over a crash is not covered: kill a process for that.
 */
export function storageConformance(
  fixture: () => Promise<StorageFixture>,
  options: StorageConformanceOptions = {},
): readonly ConformanceCase[] {
  const limits = { valueBytesMax: options.valueBytesMax ?? valueBytesMax }
  const cases = [...readingCases, ...orderCases, ...writingCases, ...buffersCases, ...ownershipCases]
  return cases.map(({ title, run }) => ({
    title,
    run: async () => {
      const bench = new StorageBench(await fixture(), limits)
      try {
        await run(bench)
      } finally {
        await bench.dispose()
      }
    },
  }))
}
