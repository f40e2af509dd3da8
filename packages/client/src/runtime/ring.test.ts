import { create } from "@bufbuild/protobuf"
import { be64, concat, encodeEnvelope, type Hint, le32, memoryStorage, type Storage, type Topic } from "@colloquy/core"
import fc from "fast-check"
import { expect, test } from "vitest"
import { RingRecordSchema } from "../generated/store_pb.js"
import type { Print } from "../hints/print.js"
import { key } from "../store/keys.js"
import { encodeRecord, Store } from "../store/store.js"
import { Ring } from "./ring.js"
import { Sequence } from "./sequence.js"
import type { Waiting } from "./topic-ring.js"

const topic = "/test/1/ring/raw" as Topic
const day = 24 * 60 * 60 * 1000

function hintOf(number: number): Hint {
  const hint = new Uint8Array(16)
  hint.set(le32(number))
  return hint as Hint
}

function printOf(_: Topic, hint: Hint): Print {
  const number = new DataView(hint.buffer, hint.byteOffset).getUint32(0, true)
  // Many under one number of the map: only the prints tell them apart.
  return { high: number >>> 6, low: number % 64 }
}

class World {
  readonly memory = memoryStorage()
  storage!: Storage
  ring!: Ring
  nowMs = 1_800_000_000_000
  readonly clock = { nowMs: () => this.nowMs, after: () => () => undefined }

  async open(): Promise<this> {
    this.storage = await this.memory()
    const store = new Store(this.storage)
    this.ring = new Ring(this.clock, await Sequence.open(store, this.clock))
    await this.ring.open(store, printOf)
    return this
  }

  async reopen(): Promise<void> {
    this.memory.lose()
    await this.open()
  }

  put(number: number, payload: Uint8Array): Waiting | undefined {
    const hint = hintOf(number)
    const { high, low } = printOf(topic, hint)
    const slot = this.ring.put(topic, high, low, encodeEnvelope({ hint, payload }), this.ring.order())
    return slot === -1 ? undefined : this.ring.watch(topic, slot)
  }

  take(number: number): readonly Waiting[] {
    return this.ring.take(topic, printOf(topic, hintOf(number)))
  }

  texts(number: number): number[][] {
    return this.take(number).map((item) => [...this.ring.read(item).payload])
  }

  async save(): Promise<void> {
    await this.storage.commit(this.ring.writes())
  }

  async bytes(): Promise<number> {
    let sum = 0
    for await (const { value } of new Store(this.storage).all(key("ring"))) sum += value.length
    return sum
  }
}

test("what waits is found by its hint, and by no other, and is the same after it was saved and read again", async () => {
  const world = await new World().open()
  for (let number = 0; number < 40; number++) world.put(number, Uint8Array.of(number, 1, 2))
  world.put(3, Uint8Array.of(9))
  await world.save()
  await world.reopen()
  expect(world.texts(3)).toEqual([[3, 1, 2], [9]])
  expect(world.texts(3)).toEqual([])
  expect(world.texts(39)).toEqual([[39, 1, 2]])
  expect(world.texts(41)).toEqual([])
})

test("what was taken is kept until it is forgotten, and waits again when it is put back (invariant 2)", async () => {
  const world = await new World().open()
  for (let number = 0; number < 3; number++) world.put(number, Uint8Array.of(number))
  const [first] = world.take(0) as [Waiting]
  const [second] = world.take(1) as [Waiting]
  world.ring.forget(second)
  await world.save()
  await world.reopen()
  expect([world.texts(0), world.texts(1), world.texts(2)]).toEqual([[[0]], [], [[2]]])
  expect(first.state).toBe("taken")

  const again = await new World().open()
  again.put(5, Uint8Array.of(5))
  const [taken] = again.take(5) as [Waiting]
  again.ring.putBack(taken)
  expect(again.texts(5)).toEqual([[5]])
})

test("memory and store stay bounded; the oldest go first, but not what is on its way", async () => {
  const world = await new World().open()
  const payload = new Uint8Array(2000)
  world.put(0, Uint8Array.of(42))
  const [taken] = world.take(0) as [Waiting]
  for (let number = 1; number < 20_000; number++) {
    world.put(number, payload)
    if (number % 1000 === 0) await world.save()
  }
  await world.save()
  expect(await world.bytes()).toBeLessThan(4.5 * 1024 * 1024)
  expect(await world.bytes()).toBeGreaterThan(3 * 1024 * 1024)
  expect(world.texts(1)).toEqual([])
  expect(world.texts(19_999)).toHaveLength(1)
  expect([...world.ring.read(taken).payload]).toEqual([42])
  await world.reopen()
  const [kept] = world.take(0) as [Waiting]
  expect([...world.ring.read(kept).payload]).toEqual([42])
  world.ring.forget(kept)
  world.nowMs += day + 1
  await world.save()
  expect(await world.bytes()).toBe(0)
})

test("under one hint wait eight at most, and a chunk of which nothing is left goes", async () => {
  const world = await new World().open()
  for (let at = 0; at < 100; at++) world.put(1, Uint8Array.of(at))
  await world.save()
  const items = world.take(1)
  expect(items).toHaveLength(8)
  for (const item of items) world.ring.forget(item)
  await world.save()
  expect(await world.bytes()).toBe(0)
})

test("a payload of any size is kept whole, and what is no envelope any more ends what is read of a chunk", async () => {
  const world = await new World().open()
  const sizes = [1, 60, 1000, 70_000, 5, 1_000_000, 3]
  for (const [number, size] of sizes.entries()) world.put(number, new Uint8Array(size).fill(number + 1))
  await world.save()
  await world.reopen()
  for (const [number, size] of sizes.entries()) {
    const [item] = world.take(number) as [Waiting]
    const { payload, hint } = world.ring.read(item)
    expect([payload.length, payload[0], payload.at(-1)]).toEqual([size, number + 1, number + 1])
    expect(hint).toEqual(hintOf(number))
    world.ring.putBack(item)
  }
  const envelope = encodeEnvelope({ hint: hintOf(9), payload: Uint8Array.of(9) })
  const whole = concat(le32(envelope.length), envelope)
  for (const rest of [[], [1, 2], [1, 0, 0, 0, 7], [255, 255, 255, 255, 1], [0, 0, 0, 0]]) {
    const record = create(RingRecordSchema, {
      atMs: world.nowMs,
      topic,
      envelopes: concat(whole, Uint8Array.from(rest)),
    })
    await world.storage.commit([{ key: key("ring", be64(7)), value: encodeRecord(RingRecordSchema, record) }])
    await world.reopen()
    expect(world.texts(9)).toEqual([[9]])
  }
})

test("a topic on which nothing was left is saved again when something comes, and what was deleted is deleted once", async () => {
  const world = await new World().open()
  world.put(1, Uint8Array.of(1))
  await world.save()
  for (const item of world.take(1)) world.ring.forget(item)
  expect(world.ring.writes()).toEqual([{ key: expect.anything() as Uint8Array, value: undefined }])
  expect(world.ring.writes()).toEqual([])
  world.put(2, Uint8Array.of(2))
  await world.save()
  await world.reopen()
  expect(world.texts(2)).toEqual([[2]])
})

test("eight more wait under a hint than under it were dealt with, whatever of these was stored", async () => {
  const world = await new World().open()
  world.put(2, new Uint8Array(2000))
  for (let at = 0; at < 8; at++) world.put(1, Uint8Array.of(at))
  await world.save()
  for (const item of world.take(1)) world.ring.forget(item)
  for (let at = 10; at < 18; at++) world.put(1, Uint8Array.of(at))
  await world.save()
  await world.reopen()
  expect(world.texts(1).map(([first]) => first)).toEqual(expect.arrayContaining([10, 11, 12, 13, 14, 15, 16, 17]))
})

test("whatever is put, taken, put back, forgotten, saved and lost, what waits is found by its hint and no other", async () => {
  const number = fc.nat(12)
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("put" as const), number, size: fc.nat(3000) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("take" as const, "putBack" as const), number }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom("forget" as const, "save" as const, "crash" as const) }),
    },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 200, size: "max" }), async (steps) => {
      const world = await new World().open()
      /** What must wait, by its first bytes; what was saved and not dealt with; what is on its way. */
      let waiting = new Map<number, { readonly number: number; readonly saved: boolean }>()
      let taken = new Map<number, { readonly number: number; readonly item: Waiting; readonly saved: boolean }>()
      const forgotten = new Set<number>()
      let next = 0
      const idOf = (item: Waiting): number => {
        const { payload } = world.ring.read(item)
        return new DataView(payload.buffer, payload.byteOffset).getUint32(0, true)
      }
      const under = (wanted: number): number => [...waiting.values()].filter((one) => one.number === wanted).length
      for (const one of steps) {
        if (one.kind === "put") {
          const id = next++
          const payload = new Uint8Array(4 + one.size)
          payload.set(le32(id))
          const isKept = world.put(one.number, payload) !== undefined
          expect(isKept).toBe(under(one.number) < 8)
          if (isKept) waiting.set(id, { number: one.number, saved: false })
        } else if (one.kind === "take") {
          const items = world.take(one.number)
          const expected = [...waiting].filter(([, { number: hint }]) => hint === one.number)
          expect(items.map(idOf).sort((a, b) => a - b)).toEqual(expected.map(([id]) => id).sort((a, b) => a - b))
          for (const item of items) {
            const id = idOf(item)
            expect(world.ring.read(item).hint).toEqual(hintOf(one.number))
            taken.set(id, { number: one.number, item, saved: waiting.get(id)?.saved ?? false })
            waiting.delete(id)
          }
        } else if (one.kind === "putBack") {
          for (const [id, { number: hint, item, saved }] of taken) {
            if (hint !== one.number) continue
            world.ring.putBack(item)
            waiting.set(id, { number: hint, saved })
            taken.delete(id)
          }
        } else if (one.kind === "forget") {
          for (const [id, { item }] of taken) {
            world.ring.forget(item)
            forgotten.add(id)
          }
          taken.clear()
        } else if (one.kind === "save") {
          await world.save()
          const saved = true
          waiting = new Map([...waiting].map(([id, known]) => [id, { ...known, saved }]))
          taken = new Map([...taken].map(([id, known]) => [id, { ...known, saved }]))
        } else {
          await world.reopen()
          const must = [...waiting, ...taken].filter(([, { saved }]) => saved).map(([id]) => id)
          const known = new Map([...waiting, ...taken].map(([id, { number: hint }]) => [id, hint]))
          waiting = new Map()
          taken = new Map()
          const found: number[] = []
          for (let hint = 0; hint <= 12; hint++) {
            const items = world.take(hint)
            for (const item of items) {
              const id = idOf(item)
              found.push(id)
              // What was dealt with may come again, as long as its chunk is stored.
              expect(known.get(id) ?? hint).toBe(hint)
              if (!known.has(id)) expect(forgotten.has(id)).toBe(true)
            }
            for (const item of items) {
              const isBack = forgotten.has(idOf(item))
              if (isBack) world.ring.forget(item)
              else {
                waiting.set(idOf(item), { number: hint, saved: true })
                world.ring.putBack(item)
              }
            }
          }
          expect(found).toEqual(expect.arrayContaining(must))
        }
      }
    }),
    { seed: 20_261_123, numRuns: 150 },
  )
})
