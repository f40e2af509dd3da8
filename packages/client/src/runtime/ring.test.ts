import { type Hint, le32, memoryStorage, type Storage, type Topic } from "@colloquy/core"
import { expect, test } from "vitest"
import type { Print } from "../hints/print.js"
import { key } from "../store/keys.js"
import { Store } from "../store/store.js"
import { Ring, type Waiting } from "./ring.js"
import { Sequence } from "./sequence.js"

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
    return this.ring.put(topic, printOf(topic, hint), hint, payload, this.ring.order())
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
  world.put(3, new Uint8Array(0))
  await world.save()
  await world.reopen()
  expect(world.texts(3).sort()).toEqual([[], [3, 1, 2]])
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
