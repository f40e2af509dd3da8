import { assert, assertEqual, assertFails } from "./assertions.js"
import { bytes, everything, type StorageCase } from "./storage-bench.js"

export const readingCases: readonly StorageCase[] = [
  {
    title: "a fresh store is empty",
    async run(bench) {
      const storage = await bench.open()
      assertEqual(await storage.scan(everything), [], "a scan of everything")
      assertEqual(await storage.get([bytes(1)]), [undefined], "a key that was never written")
    },
  },
  {
    title: "get gives the values in the order of the keys, repeated keys included",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([
        { key: bytes(1), value: bytes(11) },
        { key: bytes(2), value: bytes(12) },
      ])
      const values = await storage.get([bytes(2), bytes(9), bytes(1), bytes(2)])
      assertEqual(values, [bytes(12), undefined, bytes(11), bytes(12)], "the values")
      assertEqual(await storage.get([]), [], "no keys")
    },
  },
  {
    title: "an empty value is a value and not a missing one",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([{ key: bytes(1), value: bytes() }])
      assertEqual(await storage.get([bytes(1)]), [bytes()], "the value")
      assertEqual(await storage.scan(everything), [{ key: bytes(1), value: bytes() }], "the scan")
    },
  },
  {
    title: "keys and values come back with every byte as it was",
    async run(bench) {
      const storage = await bench.open()
      const value = Uint8Array.from({ length: 1024 }, (_, i) => i & 255)
      const keys = Array.from({ length: 255 }, (_, i) => bytes(i + 1, 255 - i, 0, i))
      await storage.commit(keys.map((key) => ({ key, value })))
      assertEqual(
        await storage.get(keys),
        keys.map(() => value),
        "the values",
      )
      assertEqual(
        await storage.scan(everything),
        keys.map((key) => ({ key, value })),
        "the scan",
      )
    },
  },
  {
    title: "what comes out is plain byte arrays",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([{ key: bytes(1), value: bytes(2) }])
      const [value] = await storage.get([bytes(1)])
      const [entry] = await storage.scan(everything)
      for (const out of [value, entry?.key, entry?.value])
        assert(
          out !== undefined && Object.getPrototypeOf(out) === Uint8Array.prototype,
          "an instance of a subclass came out",
        )
    },
  },
  {
    title: "a key to read has 1 to 256 bytes",
    async run(bench) {
      const storage = await bench.open()
      await assertFails(async () => storage.get([bytes()]), "STORE_BAD_RECORD", "the empty key")
      await assertFails(
        async () => storage.get([bytes(1), new Uint8Array(257).fill(1)]),
        "STORE_BAD_RECORD",
        "257 bytes",
      )
      assertEqual(await storage.get([new Uint8Array(256).fill(1)]), [undefined], "256 bytes")
    },
  },
]
