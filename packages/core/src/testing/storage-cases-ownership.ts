import { assert, assertEqual, assertFails } from "./assertions.js"
import { bytes, everyCall, everything, numbered, outcomeOf, type StorageCase } from "./storage-bench.js"

export const ownershipCases: readonly StorageCase[] = [
  {
    title: "a store that is open can't be opened again, and its owner notices nothing",
    async run(bench) {
      const storage = await bench.open()
      await assertFails(() => bench.open(), "STORE_IN_USE", "the second open")
      await assertFails(() => bench.open(), "STORE_IN_USE", "the third open")
      await storage.commit([{ key: bytes(1), value: bytes(1) }])
      assertEqual(await storage.get([bytes(1)]), [bytes(1)], "the value")
      assert(!storage.lost.aborted, "the owner was told that the store is lost")
    },
  },
  {
    title: "of two opens at once one gets the store",
    async run(bench) {
      const results = await Promise.allSettled([bench.open(), bench.open()])
      assertEqual(results.map(outcomeOf).sort(), ["STORE_IN_USE", "done"], "the outcomes")
    },
  },
  {
    title: "what was committed is there after closing and opening again",
    async run(bench) {
      for (let round = 0; round < 5; round++) {
        const storage = await bench.open()
        const before = await storage.scan(everything)
        assertEqual(
          before,
          Array.from({ length: round }, (_, i) => ({ key: numbered(i), value: bytes(i) })),
          `round ${round}`,
        )
        await storage.commit([{ key: numbered(round), value: bytes(round) }])
        await storage.close()
      }
    },
  },
  {
    title: "close waits for the commits under way, and they are durable",
    async run(bench) {
      const storage = await bench.open()
      const settled: number[] = []
      const commits = Array.from({ length: 50 }, (_, i) =>
        storage.commit([{ key: numbered(i), value: bytes(i) }]).then(() => settled.push(i)),
      )
      await storage.close()
      const atClose = settled.length
      await Promise.all(commits)
      assertEqual(atClose, 50, "the commits settled when close resolved")
      const again = await bench.open()
      assertEqual((await again.scan(everything)).length, 50, "the records")
    },
  },
  {
    title: "from the call of close on every call fails with STORE_CLOSED",
    async run(bench) {
      const storage = await bench.open()
      await storage.commit([{ key: bytes(1), value: bytes(1) }])
      const closing = storage.close()
      for (const [what, call] of everyCall(storage)) await assertFails(call, "STORE_CLOSED", `${what} while closing`)
      await closing
      for (const [what, call] of everyCall(storage)) await assertFails(call, "STORE_CLOSED", `${what} after closing`)
      const again = await bench.open()
      assertEqual(await again.scan(everything), [{ key: bytes(1), value: bytes(1) }], "the entries")
    },
  },
  {
    title: "a second close does nothing, also to the next owner",
    async run(bench) {
      const first = await bench.open()
      await Promise.all([first.close(), first.close()])
      const second = await bench.open()
      await first.close()
      await assertFails(() => bench.open(), "STORE_IN_USE", "an open beside the second owner")
      await second.commit([{ key: bytes(1), value: bytes(1) }])
      assertEqual(await second.get([bytes(1)]), [bytes(1)], "the value")
    },
  },
  {
    title: "an open whose signal has aborted fails with the signal's reason and takes nothing",
    async run(bench) {
      const reason = new Error("changed my mind")
      let thrown: unknown
      try {
        await bench.open(AbortSignal.abort(reason))
      } catch (error) {
        thrown = error
      }
      assert(thrown === reason, "the open did not fail with the signal's reason")
      const storage = await bench.open()
      await storage.commit([{ key: bytes(1), value: bytes(1) }])
    },
  },
  {
    title: "a signal that aborts after the open has resolved changes nothing",
    async run(bench) {
      const controller = new AbortController()
      const storage = await bench.open(controller.signal)
      controller.abort()
      await storage.commit([{ key: bytes(1), value: bytes(1) }])
      assertEqual(await storage.get([bytes(1)]), [bytes(1)], "the value")
    },
  },
  {
    title: "`lost` is one signal that neither use nor close aborts",
    async run(bench) {
      const storage = await bench.open()
      const { lost } = storage
      assert(lost instanceof AbortSignal, "it is no AbortSignal")
      assert(lost === storage.lost, "it is another signal each time")
      await storage.commit([{ key: bytes(1), value: bytes(1) }])
      await storage.scrub()
      await storage.close()
      assert(!lost.aborted, "it aborted")
    },
  },
  {
    title: "scrub keeps what is there, also between commits that overlap",
    async run(bench) {
      const storage = await bench.open()
      await storage.scrub()
      await storage.commit([
        { key: bytes(1), value: bytes(1) },
        { key: bytes(2), value: bytes(2) },
      ])
      await Promise.all([
        storage.commit([{ key: bytes(1), value: undefined }]),
        storage.scrub(),
        storage.commit([{ key: bytes(3), value: bytes(3) }]),
        storage.scrub(),
      ])
      const kept = [
        { key: bytes(2), value: bytes(2) },
        { key: bytes(3), value: bytes(3) },
      ]
      assertEqual(await storage.scan(everything), kept, "the entries")
      await storage.close()
      assertEqual(await (await bench.open()).scan(everything), kept, "the entries after opening again")
    },
  },
]
