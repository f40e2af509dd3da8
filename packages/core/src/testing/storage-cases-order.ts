import { compareBytes, concat } from "../bytes.js"
import type { Entry, Storage } from "../storage/storage.js"
import { assertEqual, assertFails } from "./assertions.js"
import { bytes, everything, numbered, sequence, type StorageCase } from "./storage-bench.js"

const long = new Uint8Array(255).fill(0x42)
const sorted: readonly Uint8Array[] = [
  bytes(1),
  bytes(1, 0),
  bytes(1, 0, 0),
  bytes(1, 0, 255),
  bytes(1, 1),
  bytes(1, 127),
  bytes(1, 128),
  bytes(1, 255),
  bytes(1, 255, 255),
  bytes(2),
  bytes(10),
  long,
  concat(long, bytes(0)),
  concat(long, bytes(1)),
  concat(long, bytes(255)),
  bytes(127),
  bytes(128),
  bytes(128, 127),
  bytes(255),
  bytes(255, 255),
]

export const orderCases: readonly StorageCase[] = [
  {
    title: "a scan goes bytewise, a prefix before what it begins",
    async run(bench) {
      const storage = await filled(await bench.open(), sorted)
      assertEqual(keysOf(await storage.scan(everything)), sorted, "the keys")
    },
  },
  {
    title: "a range includes `from` and excludes `to`, whether they exist or not",
    async run(bench) {
      const storage = await filled(await bench.open(), sorted)
      const bounds = [...sorted, bytes(), bytes(1, 0, 1), bytes(1, 2), bytes(64), bytes(128, 128), bytes(255, 255, 0)]
      for (const from of bounds)
        for (const to of bounds) {
          const inside = sorted.filter((key) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0)
          assertEqual(keysOf(await storage.scan({ from, to, limit: 100 })), inside, "forward")
          const backward = keysOf(await storage.scan({ from, to, limit: 100, reverse: true }))
          assertEqual(backward, inside.toReversed(), "in reverse")
        }
    },
  },
  {
    title: "a bound has 0 to 257 bytes, so that `key ‖ 00` begins just behind the longest key",
    async run(bench) {
      const longest = new Uint8Array(256).fill(7)
      const storage = await filled(await bench.open(), [longest])
      const range = { from: longest, to: concat(longest, bytes(0)), limit: 2 }
      assertEqual(keysOf(await storage.scan(range)), [longest], "up to and including it")
      assertEqual(await storage.scan({ ...everything, from: range.to }), [], "behind it")
      const overlong = new Uint8Array(258).fill(7)
      await assertFails(async () => storage.scan({ ...everything, from: overlong }), "STORE_BAD_RECORD", "from")
      await assertFails(async () => storage.scan({ ...everything, to: overlong }), "STORE_BAD_RECORD", "to")
    },
  },
  {
    title: "`limit` counts from the end that the scan begins at",
    async run(bench) {
      const storage = await filled(await bench.open(), sorted)
      for (const limit of [0, 1, 2, sorted.length - 1, sorted.length, sorted.length + 1]) {
        assertEqual(keysOf(await storage.scan({ ...everything, limit })), sorted.slice(0, limit), `the first ${limit}`)
        const last = keysOf(await storage.scan({ ...everything, limit, reverse: true }))
        assertEqual(last, sorted.toReversed().slice(0, limit), `the last ${limit}`)
      }
    },
  },
  {
    title: "pages of a scan visit every record once, both ways",
    async run(bench) {
      const keys = Array.from({ length: 1000 }, (_, i) => numbered(i * 3))
      const storage = await filled(await bench.open(), keys)
      const forward: Uint8Array[] = []
      for (let from: Uint8Array = bytes(); ;) {
        const page = keysOf(await storage.scan({ ...everything, from, limit: 7 }))
        forward.push(...page)
        if (page.length < 7) break
        from = concat(page.at(-1) as Uint8Array, bytes(0))
      }
      assertEqual(forward, keys, "forward")
      const backward: Uint8Array[] = []
      for (let to = everything.to; ;) {
        const page = keysOf(await storage.scan({ ...everything, to, limit: 7, reverse: true }))
        backward.push(...page)
        if (page.length < 7) break
        to = page.at(-1) as Uint8Array
      }
      assertEqual(backward, keys.toReversed(), "in reverse")
    },
  },
  {
    title: "a scan leaves out what was deleted and gives the newest value of what was overwritten",
    async run(bench) {
      const storage = await filled(await bench.open(), [bytes(1), bytes(2), bytes(3)])
      await storage.commit([
        { key: bytes(2), value: undefined },
        { key: bytes(3), value: bytes(33) },
      ])
      const entries = await storage.scan(everything)
      assertEqual(
        entries,
        [
          { key: bytes(1), value: bytes(1) },
          { key: bytes(3), value: bytes(33) },
        ],
        "the entries",
      )
    },
  },
  {
    title: "2,000 seeded random changes agree with a sorted list",
    async run(bench) {
      const storage = await bench.open()
      const random = sequence(20_261_101)
      const model = new Map<number, Entry>()
      for (let round = 0; round < 100; round++) {
        const batch = Array.from({ length: 20 }, () => {
          const number = random(300)
          const value = random(3) === 0 ? undefined : bytes(random(256), round)
          if (value === undefined) model.delete(number)
          else model.set(number, { key: numbered(number), value })
          return { key: numbered(number), value }
        })
        await storage.commit(batch)
        const inOrder = [...model.values()].sort((a, b) => compareBytes(a.key, b.key))
        const [from, to, limit] = [numbered(random(300)), numbered(random(300)), random(40)]
        const inside = inOrder.filter(({ key }) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0)
        assertEqual(await storage.scan({ from, to, limit }), inside.slice(0, limit), `round ${round}, forward`)
        const backward = await storage.scan({ from, to, limit, reverse: true })
        assertEqual(backward, inside.toReversed().slice(0, limit), `round ${round}, in reverse`)
        if (round % 20 === 0) assertEqual(await storage.scan(everything), inOrder, `round ${round}, everything`)
      }
    },
  },
]

async function filled(storage: Storage, keys: readonly Uint8Array[]): Promise<Storage> {
  // Written from the end, so that the order of writing is not the order of the keys.
  await storage.commit(keys.toReversed().map((key) => ({ key, value: key.slice(0, 2) })))
  return storage
}

function keysOf(entries: readonly Entry[]): readonly Uint8Array[] {
  return entries.map(({ key }) => key)
}
