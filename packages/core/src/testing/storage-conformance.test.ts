import { describe, expect, test } from "vitest"
import { compareBytes, toHex } from "../bytes.js"
import { memoryStorage } from "../storage/memory-storage.js"
import { checkBatch, checkKeys, checkRange, storageError } from "../storage/storage-checks.js"
import type { Entry, OpenStorage, Range, Storage, Write } from "../storage/storage.js"
import { storageConformance } from "./storage-conformance.js"

describe("the memory storage conforms", () => {
  const cases = storageConformance(async () => ({ open: memoryStorage(), dispose: async () => undefined }))
  for (const { title, run } of cases) test(title, run)
})

/** Each is a mistake that a storage could make; the suite has to notice every one. */
const flaws = [
  "scans in the order of writing",
  "orders bytes as signed",
  "orders a prefix behind what it begins",
  "includes `to`",
  "excludes `from`",
  "ignores reverse",
  "ignores limit",
  "limits before it reverses",
  "gives get's values in key order",
  "takes an empty value for a missing one",
  "gives an empty value for a missing one",
  "lets the first write of a batch win",
  "fails when it deletes what is not there",
  "refuses an empty batch",
  "keeps 10,000 writes of a batch",
  "checks no keys",
  "checks no values",
  "checks no bounds",
  "writes up to the bad record",
  "fails neighbours of a bad batch",
  "quotes the key in an error",
  "lets small batches overtake large ones",
  "resolves before the batch takes effect",
  "shows half a batch",
  "keeps the value buffers it was given",
  "gives out its own buffers",
  "keeps the whole buffer behind a view",
  "wipes what it was given",
  "lets two owners in",
  "forgets on close",
  "forgets to release on close",
  "closes before commits are done",
  "works after close",
  "takes an empty batch after close",
  "releases the next owner on a second close",
  "ignores an aborted signal",
  "stays taken after an aborted open",
  "obeys the signal after the open",
  "aborts `lost` on close",
  "scrubs what is there",
] as const
type Flaw = (typeof flaws)[number]

describe("a storage with a flaw is caught when it", () => {
  test("(without any flaw the model passes)", async () => {
    expect(await firstFailure(undefined)).toBeUndefined()
  })
  for (const flaw of flaws)
    test(flaw, async () => {
      expect(await firstFailure(flaw)).toBeDefined()
    })
})

async function firstFailure(flaw: Flaw | undefined): Promise<string | undefined> {
  const cases = storageConformance(async () => ({ open: modelStorage(flaw), dispose: async () => undefined }))
  for (const { title, run } of cases) {
    const failure = await run().catch((error: unknown) => `${title}: ${(error as Error).message}`)
    if (failure !== undefined) return failure
  }
  return undefined
}

function modelStorage(flaw: Flaw | undefined): OpenStorage {
  let records = new Map<string, Entry>()
  let taken = false
  const has = (candidate: Flaw): boolean => flaw === candidate

  return async ({ signal } = {}) => {
    if (has("stays taken after an aborted open") && signal?.aborted) taken = true
    if (!has("ignores an aborted signal")) signal?.throwIfAborted()
    if (taken && !has("lets two owners in")) throw storageError("STORE_IN_USE", "taken")
    taken = true
    const loss = new AbortController()
    let closed = false
    let released = false
    let tail: Promise<unknown> = Promise.resolve()
    const checkOpen = (): void => {
      if (has("obeys the signal after the open")) signal?.throwIfAborted()
      if (closed && !has("works after close")) throw storageError("STORE_CLOSED", "closed")
    }

    const set = ({ key, value }: Write): void => {
      const name = toHex(key)
      const keep = (bytes: Uint8Array): Uint8Array => {
        if (has("keeps the whole buffer behind a view")) return new Uint8Array(bytes.buffer.slice(0) as ArrayBuffer)
        return has("keeps the value buffers it was given") ? bytes.slice() : Uint8Array.from(bytes)
      }
      if (value !== undefined) records.set(name, { key: keep(key), value: keep(value) })
      else if (!records.delete(name) && has("fails when it deletes what is not there"))
        throw storageError("STORE_FAILED", "missing")
    }
    const out = (bytes: Uint8Array): Uint8Array => (has("gives out its own buffers") ? bytes : bytes.slice())

    const storage: Storage = {
      lost: loss.signal,
      async get(keys) {
        checkOpen()
        if (!has("checks no keys")) checkKeys(keys)
        const asked = has("gives get's values in key order") ? keys.toSorted(compareBytes) : keys
        return asked.map((key) => {
          const value = records.get(toHex(key))?.value
          if (value === undefined) return has("gives an empty value for a missing one") ? new Uint8Array(0) : undefined
          return has("takes an empty value for a missing one") && value.length === 0 ? undefined : out(value)
        })
      },
      async scan(range) {
        checkOpen()
        if (!has("checks no bounds")) checkRange(range)
        return scanned([...records.values()], range, has).map(({ key, value }) => ({
          key: out(key),
          value: out(value),
        }))
      },
      async commit(batch) {
        if (!(has("takes an empty batch after close") && batch.length === 0)) checkOpen()
        if (has("refuses an empty batch") && batch.length === 0) throw storageError("STORE_BAD_RECORD", "empty")
        if (has("quotes the key in an error") && batch.some(({ key }) => key.length > 256))
          throw storageError("STORE_BAD_RECORD", `bad key ${toHex(batch[0]?.key as Uint8Array)}`)
        if (has("writes up to the bad record"))
          for (const write of batch) {
            checkBatch([write])
            set(write)
          }
        if (has("checks no keys")) checkBatch(batch.map(({ value }) => ({ key: Uint8Array.of(1), value })))
        else if (has("checks no values")) checkKeys(batch.map(({ key }) => key))
        else if (!has("fails neighbours of a bad batch")) checkBatch(batch)
        const large =
          has("lets small batches overtake large ones") && batch.some(({ value }) => (value?.length ?? 0) > 1000)
        const run = async (): Promise<void> => {
          if (has("fails neighbours of a bad batch")) checkBatch(batch)
          if (large) for (let i = 0; i < 50; i++) await Promise.resolve()
          const writes = has("keeps 10,000 writes of a batch") ? batch.slice(0, 10_000) : batch
          for (const [i, write] of (has("lets the first write of a batch win")
            ? writes.toReversed()
            : writes
          ).entries()) {
            if (i === 10 && has("shows half a batch")) await Promise.resolve().then(() => undefined)
            set(write)
            if (has("wipes what it was given")) write.value?.fill(0)
          }
        }
        if (large) return run()
        const done = has("resolves before the batch takes effect")
          ? tail.then(() => void setTimeout(() => void run().catch(() => undefined), 0))
          : tail.then(run)
        tail = has("fails neighbours of a bad batch") ? done : done.catch(() => undefined)
        await done
      },
      async scrub() {
        checkOpen()
        if (has("scrubs what is there")) records = new Map()
      },
      async close() {
        closed = true
        if (!has("closes before commits are done")) await tail.catch(() => undefined)
        if (has("forgets on close")) records = new Map()
        if (has("aborts `lost` on close")) loss.abort()
        if (has("forgets to release on close")) return
        if (!released || has("releases the next owner on a second close")) taken = false
        released = true
      },
    }
    return storage
  }
}

function scanned(entries: readonly Entry[], range: Range, has: (flaw: Flaw) => boolean): readonly Entry[] {
  const compare = (a: Uint8Array, b: Uint8Array): number => {
    if (has("orders bytes as signed"))
      return compareBytes(
        a.map((byte) => byte ^ 128),
        b.map((byte) => byte ^ 128),
      )
    const prefix = a.length !== b.length && compareBytes(a.subarray(0, b.length), b.subarray(0, a.length)) === 0
    return prefix && has("orders a prefix behind what it begins") ? b.length - a.length : compareBytes(a, b)
  }
  const inside = entries.filter(({ key }) => {
    const [below, above] = [compareBytes(key, range.from), compareBytes(key, range.to)]
    return (has("excludes `from`") ? below > 0 : below >= 0) && (has("includes `to`") ? above <= 0 : above < 0)
  })
  const sorted = has("scans in the order of writing") ? inside : inside.toSorted((a, b) => compare(a.key, b.key))
  const limit = has("ignores limit") ? Infinity : range.limit
  if (!range.reverse || has("ignores reverse")) return sorted.slice(0, limit)
  return has("limits before it reverses") ? sorted.slice(0, limit).toReversed() : sorted.toReversed().slice(0, limit)
}
