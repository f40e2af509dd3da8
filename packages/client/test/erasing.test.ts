import { type MessageId, toHex } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import type { ClientEvent } from "../src/index.js"
import { heldDelivery } from "./support/held-delivery.js"
import { conversation, eventsOf, type Person, settle, text, textsOf, utf8, World } from "./support/world.js"

async function conversing() {
  const world = new World()
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  return { world, saro, raya, talk: await world.converse(saro, raya) }
}

/** The records that hold a text, in the clear or as the test's own type writes it. */
async function traces(person: Person, words: string): Promise<string[]> {
  const wanted = [toHex(utf8(words)), toHex(utf8(toHex(utf8(words))))]
  return (await person.records()).filter((record) => wanted.some((bytes) => record.includes(bytes)))
}

const deleted = (events: readonly ClientEvent[]) =>
  events.flatMap((event) => (event.type === "deleted" ? [event.message] : []))

describe("erasing", () => {
  it("leaves nothing of a message in the store, and its event says so", async () => {
    const { world, saro, raya, talk } = await conversing()
    const message = await talk.saro.send(text("the combination is 1234"))
    await settle()
    expect(await traces(saro, "the combination is 1234")).not.toEqual([])
    await talk.saro.erase([message.id])
    expect(await traces(saro, "the combination is 1234")).toEqual([])
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello"])
    expect(await talk.saro.message(message.id)).toBeUndefined()
    expect(deleted(await eventsOf(saro))).toEqual([message.id])
    await expect(message.state()).rejects.toMatchObject({ code: "MESSAGE_UNKNOWN" })
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< the combination is 1234"])
    await world.close()
  })

  it("passes over what is not there, erases many at once, and of a message that comes again it is still gone", async () => {
    const { world, raya, saro, talk } = await conversing()
    for (let i = 0; i < 300; i++) await talk.saro.send(text(`number ${i}`))
    await settle()
    await world.clock.advance(1000)
    const all = (await talk.raya.messages({ limit: 1000 })).items
    expect(all).toHaveLength(301)
    await talk.raya.erase([...all.map(({ id }) => id), ...all.slice(0, 3).map(({ id }) => id)])
    expect((await talk.raya.messages()).items).toEqual([])
    expect(deleted(await eventsOf(raya))).toHaveLength(301)
    for (const { topic, payload } of world.delivery.log().slice(-20)) await world.publish(topic, payload)
    expect((await talk.raya.messages()).items).toEqual([])
    expect((await talk.saro.messages({ limit: 1000 })).items).toHaveLength(301)
    expect(saro).toBeDefined()
    await world.close()
  })

  it("of a message that still waits leaves its publication to go", async () => {
    const { world, raya, talk } = await conversing()
    world.delivery.setDown()
    const message = await talk.saro.send(text("on its way"))
    await talk.saro.erase([message.id])
    world.delivery.setUp()
    await world.clock.advance(60_000)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< on its way"])
    await world.close()
  })
})

describe("erasing at once with an acknowledgement", () => {
  it("leaves nothing either, and nothing is said of the message after that it was deleted", async () => {
    const world = new World()
    const saro = await world.person("saro")
    const held = heldDelivery(world.delivery)
    const talk = await world.converse(saro, await world.person("raya", { delivery: held.open }))
    const others = Array.from({ length: 255 }, (_, i) => i.toString(16).padStart(32, "0") as MessageId)
    let unacknowledged = 0
    for (let moment = 0; moment < 60; moment += 3) {
      held.hold()
      const message = await talk.saro.send(text("the combination is 1234"))
      await settle()
      // The acknowledgement comes before, or while the rest is still looked for.
      const erased = talk.saro.erase([message.id, ...others])
      for (let i = 0; i < moment; i++) await Promise.resolve()
      held.releaseReversed()
      await erased
      await settle()
      expect(await traces(saro, "the combination is 1234")).toEqual([])
      const own = (await eventsOf(saro)).filter((event) => "message" in event && event.message === message.id)
      const told = own.map((event) => (event.type === "state" ? event.state : event.type))
      expect(told.at(-1), told.join()).toBe("deleted")
      if (!told.includes("acknowledged")) unacknowledged++
    }
    expect(unacknowledged).toBeGreaterThan(0)
    await world.close()
  })
})

describe("messages that disappear", () => {
  it("are erased when their time has come, on this side only, and those that are there are included", async () => {
    const { world, saro, raya, talk } = await conversing()
    await talk.saro.disappear(60_000)
    expect((await talk.saro.details()).disappearAfterMs).toBe(60_000)
    await world.clock.advance(30_000)
    const later = await talk.saro.send(text("later"))
    await settle()
    await talk.raya.send(text("answer"))
    await settle()
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello", "> later", "< answer"])
    await world.clock.advance(29_999)
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello", "> later", "< answer"])
    await world.clock.advance(1)
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> later", "< answer"])
    await world.clock.advance(30_000)
    expect(await textsOf(saro, talk.saro.id)).toEqual([])
    expect(await traces(saro, "later")).toEqual([])
    expect(deleted(await eventsOf(saro))).toContain(later.id)
    expect(await saro.records("expiry")).toEqual([])
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< later", "> answer"])
    await world.close()
  })

  it("disappear over a restart, also those whose time came while the client was closed", async () => {
    const { world, saro, talk } = await conversing()
    await talk.saro.disappear(60_000)
    await saro.client.close()
    await world.clock.advance(60_000)
    await saro.open()
    await world.clock.advance(0)
    await settle()
    expect(await textsOf(saro, talk.saro.id)).toEqual([])
    const again = await conversation(saro, talk.saro.id)
    expect((await again.details()).disappearAfterMs).toBe(60_000)
    await again.send(text("brief"))
    await saro.reopen()
    await world.clock.advance(59_999)
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> brief"])
    await world.clock.advance(1)
    expect(await textsOf(saro, talk.saro.id)).toEqual([])
    await world.close()
  })

  it("get another time when it is changed, and none when it is taken away", async () => {
    const { world, saro, talk } = await conversing()
    await talk.saro.disappear(10_000)
    await talk.saro.send(text("first"))
    await talk.saro.disappear(100_000)
    await world.clock.advance(50_000)
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello", "> first"])
    await talk.saro.disappear(undefined)
    expect((await talk.saro.details()).disappearAfterMs).toBeUndefined()
    await talk.saro.send(text("second"))
    await world.clock.advance(10_000_000)
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello", "> first", "> second"])
    expect(await saro.records("expiry")).toEqual([])
    await talk.saro.disappear(1000)
    await world.clock.advance(1000)
    expect(await textsOf(saro, talk.saro.id)).toEqual([])
    await world.close()
  })

  it("refuse a time that is none", async () => {
    const { world, talk } = await conversing()
    for (const afterMs of [0, 999, 1.5, -1, Number.NaN, 400 * 366 * 24 * 3_600_000])
      await expect(talk.saro.disappear(afterMs)).rejects.toMatchObject({ code: "BAD_DURATION" })
    await world.close()
  })
})

describe("a storage report", () => {
  it("counts what is stored by what it is for, of everything and of one conversation", async () => {
    const { world, saro, talk } = await conversing()
    const before = await saro.client.storage()
    const one = await saro.client.storage(talk.saro.id)
    expect(before.total.records).toBe((await saro.records()).length)
    await talk.saro.send(text("x".repeat(1000)))
    await settle()
    const after = await saro.client.storage()
    expect(after.messages.records).toBe(before.messages.records + 2)
    expect(after.messages.bytes - before.messages.bytes).toBeGreaterThan(1000)
    expect(after.messages.bytes - before.messages.bytes).toBeLessThan(1400)
    expect((await saro.client.storage(talk.saro.id)).messages.records).toBe(one.messages.records + 2)
    expect(one.total.records).toBeLessThan(before.total.records)
    await world.close()
  })
})
