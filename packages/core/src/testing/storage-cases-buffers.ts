import { assertEqual } from "./assertions.js"
import { bytes, everything, type StorageCase } from "./storage-bench.js"

/** A byte array whose `slice` shares its memory, as Node's Buffer does. */
class SharingBytes extends Uint8Array<ArrayBuffer> {
  override slice(start?: number, end?: number): SharingBytes {
    return this.subarray(start, end) as SharingBytes
  }
}

export const buffersCases: readonly StorageCase[] = [
  {
    title: "buffers that went in may be overwritten once the commit has settled",
    async run(bench) {
      const storage = await bench.open()
      const key = SharingBytes.from([1, 2, 3])
      const value = SharingBytes.from([4, 5, 6])
      await storage.commit([{ key, value }])
      key.fill(9)
      value.fill(9)
      assertEqual(await storage.scan(everything), [{ key: bytes(1, 2, 3), value: bytes(4, 5, 6) }], "the entries")
    },
  },
  {
    title: "a view into a larger buffer stores its own bytes alone",
    async run(bench) {
      const storage = await bench.open()
      const buffer = bytes(9, 9, 1, 2, 3, 9, 9)
      await storage.commit([{ key: buffer.subarray(2, 4), value: buffer.subarray(3, 5) }])
      assertEqual(await storage.get([buffer.subarray(2, 4)]), [bytes(2, 3)], "the value")
      assertEqual(
        await storage.scan({ ...everything, from: buffer.subarray(2, 3) }),
        [{ key: bytes(1, 2), value: bytes(2, 3) }],
        "the entry",
      )
    },
  },
  {
    title: "buffers that came out belong to the caller",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([{ key: bytes(1), value: bytes(1, 2, 3) }])
      const overwrite = async (): Promise<void> => {
        const [first, second] = await storage.get([bytes(1), bytes(1)])
        first?.fill(9)
        assertEqual(second, bytes(1, 2, 3), "the other value of the same get")
        second?.fill(9)
        for (const entry of await storage.scan(everything)) {
          entry.key.fill(9)
          entry.value.fill(9)
        }
      }
      await overwrite()
      await overwrite()
      assertEqual(await storage.scan(everything), [{ key: bytes(1), value: bytes(1, 2, 3) }], "the entries")
    },
  },
  {
    title: "what is passed in comes back unchanged to the caller",
    async run(bench) {
      const storage = await bench.open()
      const [key, value] = [bytes(1, 2, 3), bytes(4, 5, 6)]
      const batch = [{ key, value }]
      await storage.commit(batch)
      await storage.get([key])
      await storage.scan({ from: key, to: bytes(2), limit: 1 })
      await storage.scrub()
      assertEqual(batch, [{ key: bytes(1, 2, 3), value: bytes(4, 5, 6) }], "the batch")
    },
  },
]
