import { concat, utf8 } from "../bytes.js"
import type { Write } from "../storage/storage.js"
import { assert, assertEqual, assertFails } from "./assertions.js"
import { bytes, everything, numbered, outcomeOf, type StorageCase } from "./storage-bench.js"

export const writingCases: readonly StorageCase[] = [
  {
    title: "a batch is visible when its commit resolves",
    async run(bench) {
      const storage = await bench.open()
      for (let i = 0; i < 50; i++) {
        await storage.commit([{ key: bytes(1), value: bytes(i) }])
        assertEqual(await storage.get([bytes(1)]), [bytes(i)], "the value")
      }
    },
  },
  {
    title: "within a batch the last write of a key wins",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([{ key: bytes(4), value: bytes(1) }])
      await storage.commit([
        { key: bytes(1), value: bytes(1) },
        { key: bytes(2), value: undefined },
        { key: bytes(3), value: bytes(3) },
        { key: bytes(4), value: undefined },
        { key: bytes(1), value: bytes(2) },
        { key: bytes(2), value: bytes(2) },
        { key: bytes(3), value: undefined },
        { key: bytes(4), value: bytes(4) },
        { key: bytes(4), value: undefined },
      ])
      const values = await storage.get([bytes(1), bytes(2), bytes(3), bytes(4)])
      assertEqual(values, [bytes(2), bytes(2), undefined, undefined], "the values")
    },
  },
  {
    title: "deleting what is not there is no failure",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([
        { key: bytes(1), value: undefined },
        { key: bytes(2), value: bytes(2) },
      ])
      assertEqual(await storage.scan(everything), [{ key: bytes(2), value: bytes(2) }], "the entries")
    },
  },
  {
    title: "an empty batch resolves and changes nothing",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([{ key: bytes(1), value: bytes(1) }])
      await storage.commit([])
      assertEqual(await storage.scan(everything), [{ key: bytes(1), value: bytes(1) }], "the entries")
    },
  },
  {
    title: "a batch of 20,000 writes is kept whole",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit(
        Array.from({ length: 20_000 }, (_, i) => ({ key: numbered(i), value: bytes(i & 255, i >> 8) })),
      )
      const entries = await storage.scan(everything)
      assertEqual(entries.length, 20_000, "the number of records")
      const wrong = entries.findIndex(({ value }, i) => value[0] !== (i & 255) || value[1] !== i >> 8)
      assertEqual(wrong, -1, "the first wrong record")
    },
  },
  {
    title: "the longest key and the largest value are kept",
    async run(bench) {
      const storage = await bench.open()
      const key = new Uint8Array(256).fill(255)
      const value = new Uint8Array(bench.valueBytesMax)
      for (let i = 0; i < value.length; i += 4093) value[i] = i & 255
      await storage.commit([{ key, value }])
      const [back] = await storage.get([key])
      assert(back !== undefined && sameBytes(back, value), "the value came back changed")
      const [entry] = await storage.scan(everything)
      assert(entry !== undefined && sameBytes(entry.value, value), "the value was scanned changed")
    },
  },
  {
    title: "a batch with a key or value out of bounds fails with STORE_BAD_RECORD and changes nothing",
    async run(bench) {
      const storage = await bench.open()
      const bad: readonly (readonly [string, Write])[] = [
        ["the empty key", { key: bytes(), value: bytes(1) }],
        ["a key of 257 bytes", { key: new Uint8Array(257).fill(1), value: bytes(1) }],
        ["a deletion of 257 bytes", { key: new Uint8Array(257).fill(1), value: undefined }],
        ["a value too large", { key: bytes(5), value: new Uint8Array(bench.valueBytesMax + 1) }],
      ]
      for (const [what, write] of bad) {
        const batch = [{ key: bytes(1), value: bytes(1) }, write, { key: bytes(9), value: bytes(9) }]
        await assertFails(() => storage.commit(batch), "STORE_BAD_RECORD", what)
        assertEqual(await storage.scan(everything), [], `after ${what}`)
      }
      await storage.commit([{ key: bytes(1), value: bytes(1) }])
      assertEqual(await storage.get([bytes(1)]), [bytes(1)], "the next good batch")
    },
  },
  {
    title: "a batch that fails does not take along those beside it",
    async run(bench) {
      const storage = await bench.open()
      const results = await Promise.allSettled([
        storage.commit([{ key: bytes(1), value: bytes(1) }]),
        storage.commit([
          { key: bytes(1), value: bytes(2) },
          { key: bytes(), value: bytes(2) },
        ]),
        storage.commit([{ key: bytes(3), value: bytes(3) }]),
      ])
      assertEqual(results.map(outcomeOf), ["done", "STORE_BAD_RECORD", "done"], "the outcomes")
      assertEqual(await storage.get([bytes(1), bytes(3)]), [bytes(1), bytes(3)], "the values")
    },
  },
  {
    title: "an error names neither keys nor values",
    async run(bench) {
      const storage = await bench.open()
      const secret = utf8("raya-and-saro-")
      const key = concat(...Array.from({ length: 20 }, () => secret))
      const error = await assertFails(() => storage.commit([{ key, value: secret }]), "STORE_BAD_RECORD", "a long key")
      const shown = `${String(error)} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
      const forms = ["raya-and-saro", "726179612d", "114,97,121,97", btoa("raya-and-saro-").slice(0, 12)]
      for (const form of forms) assert(!shown.includes(form), "the key stands in the error")
    },
  },
  {
    title: "overlapping commits take effect in the order of the calls",
    async run(bench) {
      const storage = await bench.open()
      const pending: Promise<void>[] = []
      const seen: boolean[] = []
      for (let i = 0; i < 200; i++) {
        const value = i % 10 === 9 ? undefined : bytes(i)
        const commit = storage.commit([
          { key: bytes(1), value },
          { key: numbered(i), value: bytes(i) },
        ])
        pending.push(
          commit.then(async () => {
            const earlier = await storage.get(Array.from({ length: i + 1 }, (_, number) => numbered(number)))
            seen.push(!earlier.includes(undefined))
          }),
        )
        // Calls from one task, and from later tasks while earlier commits are under way.
        if (i % 30 === 0) await Promise.resolve()
      }
      await Promise.all(pending)
      assertEqual(seen.length, 200, "the commits that resolved")
      assert(!seen.includes(false), "a commit resolved before one that was called earlier had taken effect")
      assertEqual(await storage.get([bytes(1)]), [undefined], "the last write of all")
      await Promise.all([
        storage.commit([{ key: bytes(2), value: new Uint8Array(500_000).fill(1) }]),
        storage.commit([{ key: bytes(2), value: undefined }]),
        storage.commit([{ key: bytes(2), value: bytes(2) }]),
      ])
      assertEqual(await storage.get([bytes(2)]), [bytes(2)], "small after large")
    },
  },
  {
    title: "nobody sees half a batch",
    async run(bench) {
      const storage = await bench.open()
      const keys = Array.from({ length: 20 }, (_, i) => numbered(i))
      const batch = (round: number): Write[] => keys.map((key) => ({ key, value: bytes(round) }))
      await storage.commit(batch(0))
      const halves: string[] = []
      for (let round = 1; round <= 50; round++) {
        let written = false
        const commit = storage.commit(batch(round)).finally(() => (written = true))
        const watching = (async () => {
          for (let look = 0; look < 20 && !written; look++) {
            const values = [...(await storage.get(keys)), ...(await storage.scan(everything)).map(({ value }) => value)]
            // A batch may take effect between the two reads, but within each the values are of one batch.
            for (const part of [values.slice(0, keys.length), values.slice(keys.length)])
              if (part.length !== keys.length || new Set(part.map((value) => value?.[0])).size !== 1)
                halves.push(`round ${round}`)
          }
        })()
        await Promise.all([commit, watching])
      }
      assertEqual(halves, [], "the rounds with half a batch")
    },
  },
]

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
