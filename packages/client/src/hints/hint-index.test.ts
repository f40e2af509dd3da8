import { create } from "@bufbuild/protobuf"
import {
  type ConversationId,
  type Hint,
  le32,
  memoryStorage,
  silentLogger,
  type Storage,
  type Topic,
  type Write,
} from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import fc from "fast-check"
import { expect, test } from "vitest"
import { InstanceRecordSchema } from "../generated/store_pb.js"
import { Sequence } from "../runtime/sequence.js"
import { key, Keys } from "../store/keys.js"
import { encodeRecord, Store } from "../store/store.js"
import { HintIndex } from "./hint-index.js"

const seed = 20_261_123
const crypto = await loadCrypto()
const keys = new Keys(crypto, new Uint8Array(32).fill(9))
const topic = "/test/1/topic/raw" as Topic
const people = ["/talk/1/00", "/talk/1/01", "/talk/1/02"] as ConversationId[]
const clock = { nowMs: () => 1_800_000_000_000, after: () => () => undefined }
const environment = { clock, crypto, random: (bytes: number) => new Uint8Array(bytes), logger: silentLogger }
/** A merge every few commits. */
const limits = { journalCount: 5, journalBytes: 4096, changes: 200, changesMax: 400 }

function hintOf(number: number): Hint {
  return crypto.hash(le32(number), 16) as Hint
}

type Change = readonly [number: number, person: number, add: boolean]

/** An index over a storage of its own, as it is after each crash, and what it must say. */
class World {
  readonly #memory = memoryStorage()
  readonly expected = new Set<string>()
  /** What may or may not be there: its commit was under way when the store was lost. */
  readonly open = new Set<string>()
  #storage: Storage | undefined
  #index: HintIndex | undefined
  #sequence: Sequence | undefined
  #store: Store | undefined
  commits = 0
  lostAt = Number.POSITIVE_INFINITY
  moment: "before" | "after" = "before"

  async start(): Promise<void> {
    this.#storage = await this.#memory()
    const store = new Store(this.#storage)
    this.#store = store
    for (const conversation of people) {
      const record = create(InstanceRecordSchema, { conversation, type: "TalkV1" })
      const value = encodeRecord(InstanceRecordSchema, record)
      await this.#storage.commit([{ key: key("instance", keys.conversation(conversation)), value }])
    }
    this.#sequence = await Sequence.open(store, clock)
    const commit = (writes: readonly Write[]): Promise<void> => this.commit(writes)
    this.#index = new HintIndex({ store, keys, environment, sequence: this.#sequence, commit, limits })
    await this.#index.open()
  }

  async commit(writes: readonly Write[]): Promise<void> {
    const storage = this.#storage as Storage
    if (++this.commits !== this.lostAt) return storage.commit(writes)
    if (this.moment === "after") await storage.commit(writes)
    this.#memory.lose()
    throw storage.lost.reason
  }

  get index(): HintIndex {
    return this.#index as HintIndex
  }

  /** One transaction. Returns whether it was durable for sure. */
  async change(changes: readonly Change[]): Promise<boolean> {
    const drafts = changes.map(([number, person, add]) => ({
      topic,
      print: this.index.print(topic, hintOf(number)),
      conversation: people[person] as ConversationId,
      add,
    }))
    const plan = this.index.plan(drafts)
    const names = changes.map(([number, person]) => `${number} ${people[person] as string}`)
    try {
      if (plan.writes.length > 0) await this.commit(plan.writes)
    } catch {
      for (const name of names) this.open.add(name)
      return false
    }
    plan.committed()
    for (const [at, [, , add]] of changes.entries()) {
      this.open.delete(names[at] as string)
      if (add) this.expected.add(names[at] as string)
      else this.expected.delete(names[at] as string)
    }
    return true
  }

  async check(numbers: Iterable<number>): Promise<void> {
    for (const number of numbers) {
      const print = this.index.print(topic, hintOf(number))
      const found = await this.index.find(print)
      for (const person of people) {
        const name = `${number} ${person}`
        if (!this.open.has(name)) expect([name, found.includes(person)]).toEqual([name, this.expected.has(name)])
      }
      if (this.index.isForeign(print.high)) expect(found).toEqual([])
    }
  }

  /** Everything in the buckets and the filter, whatever came before. */
  async settle(): Promise<void> {
    await this.index.settle()
  }

  async restart(): Promise<void> {
    await this.index.close()
    await this.#storage?.close().catch(() => undefined)
    this.lostAt = Number.POSITIVE_INFINITY
    await this.start()
  }

  async records(table: "hint" | "journal"): Promise<number> {
    let count = 0
    for await (const _ of (this.#store as Store).all(key(table))) count++
    return count
  }
}

const range = Array.from({ length: 120 }, (_, number) => number)
const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: 119 }), fc.integer({ min: 0, max: 2 }), fc.boolean()), {
  minLength: 1,
  maxLength: 30,
})

test("a hint leads to whoever expects it, and to nobody else, through merges and restarts", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(changes, fc.constant("restart" as const)), { maxLength: 40, size: "max" }),
      async (steps) => {
        const world = new World()
        await world.start()
        for (const step of steps) {
          if (step === "restart") await world.restart()
          else await world.change(step)
          await world.check(range.slice(0, 20))
        }
        await world.check(range)
        await world.settle()
        await world.check(range)
        expect(await world.records("journal")).toBe(0)
        await world.restart()
        await world.check(range)
        // The filter has no more than what is expected: nothing stays behind.
        const foreign = range.filter((number) => people.every((person) => !world.expected.has(`${number} ${person}`)))
        for (const number of foreign)
          expect(world.index.isForeign(world.index.print(topic, hintOf(number)).high)).toBe(true)
      },
    ),
    { seed, numRuns: 25 },
  )
})

test("a store that is lost at any commit, its merges' too, forgets nothing that was durable (invariant 2)", async () => {
  const steps = Array.from({ length: 10 }, (_, step): Change[] =>
    range
      .filter((number) => (number + step) % 3 === 0)
      .map((number) => [number, (number + step) % people.length, (number * 7 + step) % 4 !== 0]),
  )
  for (const moment of ["before", "after"] as const)
    for (let lostAt = 1; ; lostAt++) {
      const world = new World()
      await world.start()
      world.lostAt = lostAt
      world.moment = moment
      for (const step of steps)
        if (!(await world.change(step))) break
        else await world.index.settle().catch(() => undefined)
      const isOver = world.commits < lostAt
      await world.restart()
      await world.check(range)
      await world.change(steps[7] as Change[])
      await world.settle()
      await world.check(range)
      if (isOver) break
      expect(lostAt).toBeLessThan(500)
    }
})

test("many hints lie in many small buckets, and of what came and went nothing is left", async () => {
  const world = new World()
  await world.start()
  for (let first = 0; first < 2000; first += 100)
    await world.change(Array.from({ length: 100 }, (_, at): Change => [first + at, (first + at) % 3, true]))
  await world.settle()
  expect(await world.records("hint")).toBeGreaterThan(2000 / 56)
  expect(await world.records("hint")).toBeLessThan(2000 / 20)
  await world.check(Array.from({ length: 2100 }, (_, number) => number))
  await world.restart()
  await world.check(Array.from({ length: 2100 }, (_, number) => number))
  await world.change(Array.from({ length: 2000 }, (_, number): Change => [number, number % 3, false]))
  await world.settle()
  expect(await world.records("hint")).toBe(0)
  expect(await world.records("journal")).toBe(0)
})

test("a stream of hints that come and go is merged into next to nothing", async () => {
  const world = new World()
  await world.start()
  for (let next = 0; next < 500; next++)
    await world.change([
      [next + 16, 0, true],
      [next, 0, false],
    ])
  await world.settle()
  expect(await world.records("hint")).toBe(1)
  await world.check(range)
})

test("while the filter is not full, the buckets answer", async () => {
  const world = new World()
  await world.start()
  for (let first = 0; first < 20_000; first += 500)
    await world.change(Array.from({ length: 500 }, (_, at): Change => [first + at, at % 3, true]))
  await world.settle()
  await world.restart()
  // The clock of this test never fires: the first page is all that was read.
  expect(world.index.isForeign(world.index.print(topic, hintOf(1_000_000)).high)).toBe(false)
  await world.check([...range, 19_999, 20_001, 1_000_000])
  await world.change([[19_999, (19_999 % 500) % 3, false]])
  await world.check([...range, 19_999, 20_001])
})

test("what a merge brings into the buckets while they are asked is found", async () => {
  const memory = await memoryStorage()()
  let held: (() => void)[] | undefined
  const storage: Storage = {
    get: (wanted) => memory.get(wanted),
    scan: async (range) => {
      const found = await memory.scan(range)
      if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve))
      return found
    },
    commit: (writes) => memory.commit(writes),
    scrub: () => memory.scrub(),
    lost: memory.lost,
    close: () => memory.close(),
  }
  const store = new Store(storage)
  const [conversation] = people as [ConversationId]
  const commit = (writes: readonly Write[]): Promise<void> => store.commit(writes)
  const sequence = await Sequence.open(store, clock)
  const index = new HintIndex({ store, keys, environment, sequence, commit })
  await index.open()
  // Something under the same upper half, so that the buckets are asked.
  const print = index.print(topic, hintOf(1))
  const twin = { high: print.high, low: print.low ^ 1 }
  for (const added of [twin, print]) {
    const plan = index.plan([{ topic, print: added, conversation, add: true }])
    await commit(plan.writes)
    plan.committed()
    if (added === twin) await index.settle()
  }
  held = []
  const found = index.find(print)
  await index.settle()
  const waiting = held
  held = undefined
  for (const resolve of waiting) resolve()
  expect(await found).toEqual([conversation])
  await index.close()
})

test("changes wait for a merge that is slower than they come, so that memory stays bounded, and not for one that fails", async () => {
  const storage = await memoryStorage()()
  const store = new Store(storage)
  const sequence = await Sequence.open(store, clock)
  let held: (() => void) | undefined
  let fails = false
  /** Of merges alone: the test commits by itself. */
  const commit = async (writes: readonly Write[]): Promise<void> => {
    await new Promise<void>((resolve) => (held = resolve))
    if (fails) throw new Error("the medium is full")
    await store.commit(writes)
  }
  const limits = { journalCount: 3, journalBytes: 4096, changes: 20, changesMax: 60 }
  const index = new HintIndex({ store, keys, environment, sequence, commit, limits })
  await index.open()
  const [conversation] = people as [ConversationId]
  let next = 0
  const add = async (): Promise<void> => {
    const drafts = Array.from({ length: 10 }, () => hintOf(next++)).map((hint) => ({
      topic,
      print: index.print(topic, hint),
      conversation,
      add: true,
    }))
    const plan = index.plan(drafts)
    await store.commit(plan.writes)
    plan.committed()
  }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  while (next < 60) {
    expect(index.room()).toBeUndefined()
    await add()
    await turn()
  }
  // A merge of what came first is under way, and held up.
  let hasRoom = false
  const room = index.room()?.then(() => (hasRoom = true))
  await turn()
  expect([room === undefined, hasRoom]).toEqual([false, false])
  for (let i = 0; i < 20 && !hasRoom; i++) {
    held?.()
    await turn()
  }
  expect(hasRoom).toBe(true)
  expect(await index.find(index.print(topic, hintOf(59)))).toEqual([conversation])

  fails = true
  for (const until = next + 100; next < until;) await add()
  let passes = false
  void Promise.resolve(index.room()).then(() => (passes = true))
  for (let i = 0; i < 20 && !passes; i++) {
    held?.()
    await turn()
  }
  expect(passes).toBe(true)
  expect(await index.find(index.print(topic, hintOf(next - 1)))).toEqual([conversation])
})
