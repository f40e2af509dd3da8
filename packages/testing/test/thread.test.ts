import type { OpenStorage } from "@colloquy/core"
import {
  Client,
  ColloquyError,
  type Conversation,
  type ConversationId,
  memoryDelivery,
  memoryStorage,
  rawKey,
  systemClock,
  text,
} from "colloquy"
import { expect, test } from "vitest"
import { VirtualClock } from "../src/simulator/virtual-clock.js"

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test("PV1-48: two people who begin at once have one thread each, and send on the same conversation as soon as they have heard each other in both", async () => {
  const delivery = memoryDelivery()
  const unlock = rawKey(new Uint8Array(32).fill(9))
  const open = () => Client.open({ storage: memoryStorage(), unlock, delivery: delivery.open, clock: systemClock })
  const [saro, raya] = [await open(), await open()]
  const [ofSaro, ofRaya] = [await saro.introduce(), await raya.introduce()]
  delivery.setDown()
  const one = await saro.conversations.start(ofRaya, { content: text("hello Raya") })
  const other = await raya.conversations.start(ofSaro, { content: text("hello Saro") })
  expect(one.id).not.toBe(other.id)
  delivery.setUp()
  for (const client of [saro, raya]) {
    const wanted = new Set(["message", "acknowledged"])
    for await (const event of client.events({ signal: AbortSignal.timeout(20_000) })) {
      wanted.delete(event.type === "state" ? event.state : event.type)
      if (wanted.size === 0) break
    }
  }
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await turn()
  }
  await settle()
  const [, larger] = [one.id, other.id].sort() as [ConversationId, ConversationId]
  const rows = () => Promise.all([saro, raya].map(async (client) => (await client.storage(larger)).state.records))
  const before = await rows()
  await one.send(text("from Saro"))
  await other.send(text("from Raya"))
  // Where something is sent, a row is kept until it is acknowledged.
  expect(await rows()).toEqual(before)
  await settle()
  for (const [client, id] of [
    [saro, one.id],
    [raya, other.id],
  ] as const) {
    expect((await client.conversations.list()).items.map((details) => details.id)).toEqual([id])
    const { items } = await ((await client.conversations.get(id))?.messages() ?? { items: [] })
    expect(items.map(({ content }) => (text.is(content) ? content.text : "?")).sort()).toEqual(
      ["from Raya", "from Saro", "hello Raya", "hello Saro"].sort(),
    )
  }
  await saro.close()
  await raya.close()
})

test("PV1-48: an invitation that comes at any moment of a start to the same person ends in one thread, in which both are heard", async () => {
  const lengths = new Set<number>()
  for (let moment = 0; moment < 600; moment += 12) {
    const clock = new VirtualClock(1_800_000_000_000)
    const delivery = memoryDelivery()
    const unlock = rawKey(new Uint8Array(32).fill(9))
    const open = () => Client.open({ storage: memoryStorage(), unlock, delivery: delivery.open, clock })
    const [saro, raya] = [await open(), await open()]
    const [ofSaro, ofRaya] = [await saro.introduce(), await raya.introduce()]
    const other = raya.conversations.start(ofSaro, { content: text("hello Saro") })
    for (let i = 0; i < moment; i++) await Promise.resolve()
    await Promise.all([other, saro.conversations.start(ofRaya, { content: text("hello Raya") })])
    await clock.runUntil(clock.nowMs() + 600_000)
    for (const client of [saro, raya]) {
      const [one, ...more] = (await client.conversations.list()).items
      expect({ moment, more: more.length, consent: one?.consent }).toEqual({
        moment,
        more: 0,
        consent: client === saro ? "allowed" : one?.consent,
      })
      const { items } = await ((await client.conversations.get(one?.id ?? ""))?.messages() ?? { items: [] })
      expect(items.map(({ state }) => state).sort(), `${moment}`).toEqual(["acknowledged", "received"])
    }
    lengths.add(delivery.log().length)
    await saro.close()
    await raya.close()
  }
  // Sometimes there are two conversations, and sometimes the one that was asked for is used.
  expect(lengths.size).toBeGreaterThan(1)
})

test("PV1-48: where one of two conversations was refused, what is said goes through the other", async () => {
  const smaller = new Set<boolean>()
  for (let round = 0; round < 40 && smaller.size < 2; round++) {
    const clock = new VirtualClock(1_800_000_000_000)
    const delivery = memoryDelivery()
    const unlock = rawKey(new Uint8Array(32).fill(9))
    const open = () => Client.open({ storage: memoryStorage(), unlock, delivery: delivery.open, clock })
    const pass = (ms: number): Promise<void> => clock.runUntil(clock.nowMs() + ms)
    const [saro, raya] = [await open(), await open()]
    const [ofSaro, ofRaya] = [await saro.introduce(), await raya.introduce()]
    delivery.setDown()
    const one = await saro.conversations.start(ofRaya, { content: text("hello Raya") })
    const other = await raya.conversations.start(ofSaro, { content: text("hello Saro") })
    await one.deny()
    delivery.setUp()
    await pass(60_000)
    await one.allow()
    await other.send(text("and again"))
    await pass(600_000)
    const { items } = await one.messages()
    expect(items.map(({ content }) => (text.is(content) ? content.text : "?"))).toEqual(["hello Raya", "and again"])
    smaller.add(other.id < one.id)
    await saro.close()
    await raya.close()
  }
  expect(smaller.size).toBe(2)
})

/** Two people who began at once, on a clock that is turned by hand. `storage` is Saro's. */
async function begunAtOnce(storage: OpenStorage) {
  const clock = new VirtualClock(1_800_000_000_000)
  const delivery = memoryDelivery()
  const unlock = rawKey(new Uint8Array(32).fill(9))
  const open = (store: OpenStorage) => Client.open({ storage: store, unlock, delivery: delivery.open, clock })
  const pass = (ms: number): Promise<void> => clock.runUntil(clock.nowMs() + ms)
  const [saro, raya] = [await open(storage), await open(memoryStorage())]
  const [ofSaro, ofRaya] = [await saro.introduce(), await raya.introduce()]
  delivery.setDown()
  const one = await saro.conversations.start(ofRaya, { content: text("hello Raya") })
  const other = await raya.conversations.start(ofSaro, { content: text("hello Saro") })
  delivery.setUp()
  await pass(60_000)
  const close = async (): Promise<void> => {
    await saro.close()
    await raya.close()
  }
  return { clock, saro, raya, one, other, open, pass, close }
}

test("messages disappear whichever of the conversations of a thread brings them, also one that began later", async () => {
  for (const isEarly of [true, false]) {
    const { saro, raya, one, pass, close } = await begunAtOnce(memoryStorage())
    if (!isEarly) await one.disappear(3_600_000)
    const later = await begunLater(saro, raya, one, isEarly)
    await pass(60_000)
    await later.saro.send(text("from Saro"))
    await later.raya.send(text("from Raya"))
    await pass(60_000)
    expect((await one.messages()).items.length).toBeGreaterThanOrEqual(4)
    await pass(2 * 3_600_000)
    expect((await one.messages()).items).toEqual([])
    await close()
  }
})

/** Where the setting comes first, Raya forgets her side and begins another conversation, which joins Saro's thread. */
async function begunLater(saro: Client, raya: Client, one: Conversation, isEarly: boolean) {
  if (isEarly) {
    await one.disappear(3_600_000)
    const { items } = await raya.conversations.list()
    return { saro: one, raya: (await raya.conversations.get(items[0]?.id ?? "")) as Conversation }
  }
  for (const { id } of (await raya.conversations.list()).items) await (await raya.conversations.get(id))?.remove()
  const again = await raya.conversations.start(await saro.introduce(), { content: text("hello again") })
  await again.send(text("and again"))
  return { saro: one, raya: again }
}

test("a thread whose removal was interrupted at any commit can be removed once more, and nothing of it stays", async () => {
  let interrupted = 0
  for (let failing = 1; failing <= 10; failing++) {
    let left = 0
    const storage = memoryStorage({
      onCommit: () => {
        if (left > 0 && --left === 0) throw new ColloquyError("STORE_FAILED", "not now", { retry: "later" })
      },
    })
    const { saro, one, other, pass, close } = await begunAtOnce(storage)
    left = failing
    const failed = await one.remove().then(
      () => false,
      () => true,
    )
    left = 0
    if (failed) interrupted++
    await (await saro.conversations.get(one.id))?.remove()
    // What is only messages follows by itself.
    await pass(2000)
    for (const id of [one.id, other.id]) {
      expect(await saro.conversations.get(id)).toBeUndefined()
      const { state, messages, waiting } = await saro.storage(id)
      expect([failing, state.records, messages.records, waiting.records]).toEqual([failing, 0, 0, 0])
    }
    await close()
  }
  // The commits of the hint index are tried again by themselves.
  expect(interrupted).toBeGreaterThan(1)
})
