import { text } from "@colloquy/content"
import { inboxTopics, memoryDelivery, type MemoryLogEntry } from "@colloquy/core"
import { PrivateV1 } from "colloquy"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ChannelV1 } from "../src/index.js"
import { crypto, Person, random, settle, stoppedClock, town } from "./channel-people.js"

const hourMs = 3_600_000
const dayMs = 24 * hourMs

describe("a channel, run by an unchanged client", () => {
  it("CH1-1: declares everything that a type must and should", () => {
    expect(ChannelV1.id).toBe("ChannelV1")
    expect(ChannelV1.warnings).toEqual([])
  })

  it("uses core and nothing else: what a built-in type can use, a stranger's can", () => {
    const folder = join(import.meta.dirname, "..", "src", "channel")
    for (const name of readdirSync(folder)) {
      const source = readFileSync(join(folder, name), "utf8")
      for (const [, from] of source.matchAll(/ from "([^"]+)"/g))
        expect(from).toMatch(/^(@colloquy\/core|\.\/.*|\.\.\/generated\/channel_v1_pb\.js)$/)
    }
  })

  it("CH1-8, CH1-15, CH1-17: brings the author's posts to everyone, the first with the invite", async () => {
    const { saro, readers, channel, close } = await town({ readers: 3, first: "welcome" })
    await saro.post(channel, "one")
    await saro.post(channel, "two")
    const [first, ...others] = readers as [Person, ...Person[]]
    expect(await first.texts(channel)).toEqual(["welcome", "one", "two"])
    for (const reader of others) expect(await reader.texts(channel)).toEqual(["one", "two"])
    const { participants, canSend } = await (await saro.conversation(channel)).details()
    expect(new Set(participants)).toEqual(new Set([saro, ...readers].map(({ client }) => client.participant)))
    expect(canSend).toBe(true)
    for (const reader of readers) {
      const details = await (await reader.conversation(channel)).details()
      expect(details).toMatchObject({ peer: saro.client.participant, canSend: false })
      await expect((await reader.conversation(channel)).send(text("me too"))).rejects.toMatchObject({
        code: "CANNOT_SEND",
      })
    }
    expect((await saro.notices()).filter(([name]) => name === "joined")).toHaveLength(3)
    await close()
  })

  it("CH1-12: after a removal those who stay read on, and he who was removed reads no more", async () => {
    const { saro, readers, channel, delivery, close } = await town({ readers: 3 })
    const [raya, pax, nils] = readers as [Person, Person, Person]
    await saro.post(channel, "for all")
    const before = delivery.log().at(-1)?.topic
    await saro.tell(channel, "remove", { readers: [pax.client.participant] })
    await saro.post(channel, "for two")
    expect(delivery.log().at(-1)?.topic).not.toBe(before)
    for (const reader of [raya, nils]) expect(await reader.texts(channel)).toEqual(["for all", "for two"])
    expect(await pax.texts(channel)).toEqual(["for all"])
    expect(await pax.notices()).toEqual([["removed", pax.client.participant]])
    expect((await saro.notices()).at(-1)).toEqual(["removed", pax.client.participant])
    expect(await pax.fates()).toEqual([])
    await close()
  })

  it("CH1-15: who comes later reads nothing of what was posted before, also with all that he has", async () => {
    const { saro, readers, channel, clock, delivery, close } = await town({ readers: 1 })
    await saro.post(channel, "before one")
    await saro.post(channel, "before two")
    const pax = await new Person(delivery, clock).open()
    await saro.tell(channel, "add", { introduction: await pax.client.introduce() })
    await pax.client.requests.allow(channel)
    await saro.post(channel, "after")
    expect(await readers[0]?.texts(channel)).toEqual(["before one", "before two", "after"])
    // The topic is the same, so the earlier posts came as well, and were of no use.
    expect(await pax.texts(channel)).toEqual(["after"])
    expect(pax.client.counters()["PAYLOAD_DUPLICATE"]).toBe(2)
    expect(await pax.fates()).toEqual([])
    await pax.close()
    await close()
  })

  it("CH1-13: what was lost shows as missing, and as recovered when it comes after all", async () => {
    const { saro, readers, channel, delivery, clock, close } = await town({ readers: 1 })
    const raya = readers[0] as Person
    await saro.post(channel, "first")
    await raya.close()
    const before = delivery.log().length
    for (const word of ["lost", "late", "last"]) await saro.post(channel, word)
    const [lost, late, last] = [...delivery.log().slice(before)] as [MemoryLogEntry, MemoryLogEntry, MemoryLogEntry]
    const other = memoryDelivery()
    const service = other.open({ clock, random })
    await raya.open(other.open)
    await settle()
    // The other service has another past: the client begins anew there after a while.
    await clock.pass(60_000)
    const publish = async ({ topic, payload }: MemoryLogEntry): Promise<void> => {
      await service.publish({ id: random(16), topic, payload })
      await settle()
    }
    await publish(last)
    expect(await raya.texts(channel)).toEqual(["first", "last"])
    expect(await raya.fates()).toEqual(["missing", "missing"])
    await publish(late)
    await publish(late)
    expect(await raya.texts(channel)).toEqual(["first", "late", "last"])
    expect(await raya.fates()).toEqual(["missing", "missing", "recovered"])
    // 30 days later its key is gone, and nothing brings the lost one back.
    await clock.pass(31 * dayMs)
    await publish(lost)
    expect(await raya.texts(channel)).toEqual(["first", "late", "last"])
    await service.close()
    await close()
  })

  it("CH1-12, CH1-13: two removals at once, with a reader away: he reads what belongs to each epoch, and sees what is lost", async () => {
    const { saro, readers, channel, close } = await town({ readers: 4 })
    const [raya, pax, nils, olga] = readers as [Person, Person, Person, Person]
    await raya.close()
    await saro.post(channel, "for four")
    await Promise.all([
      saro.tell(channel, "remove", { readers: [pax.client.participant] }),
      saro.tell(channel, "remove", { readers: [nils.client.participant] }),
    ])
    await saro.post(channel, "for two")
    await raya.open()
    await settle()
    for (const reader of [raya, olga]) expect(await reader.texts(channel)).toEqual(["for four", "for two"])
    for (const reader of [pax, nils]) {
      expect(await reader.texts(channel)).toEqual(["for four"])
      expect(await reader.notices()).toEqual([["removed", reader.client.participant]])
    }
    await expect(saro.tell(channel, "remove", { readers: [nils.client.participant] })).rejects.toMatchObject({
      code: "READER_UNKNOWN",
    })
    await close()
  })

  it("CH1-12: goes on after everybody restarts, between any two steps", async () => {
    const { saro, readers, channel, close } = await town({ readers: 3 })
    const [raya, pax, nils] = readers as [Person, Person, Person]
    const everybody = [saro, ...readers]
    const restart = async (): Promise<void> => {
      for (const person of everybody) await person.restart()
    }
    await restart()
    await saro.post(channel, "one")
    await restart()
    await saro.tell(channel, "rename", { name: "News" })
    await restart()
    await saro.tell(channel, "remove", { readers: [nils.client.participant] })
    await restart()
    await saro.post(channel, "two")
    await restart()
    await saro.tell(channel, "add", { introduction: await nils.client.introduce() })
    await restart()
    await saro.post(channel, "three")
    for (const reader of [raya, pax]) expect(await reader.texts(channel)).toEqual(["one", "two", "three"])
    expect(await nils.texts(channel)).toEqual(["one", "three"])
    for (const person of everybody) expect((await (await person.conversation(channel)).details()).name).toBe("News")
    expect((await nils.notices()).map(([name]) => name)).toEqual(["renamed", "removed"])
    await close()
  })

  it("CH1-16: a reader leaves, reads nothing that follows, and is not brought back", async () => {
    const { saro, readers, channel, close } = await town({ readers: 2 })
    const [raya, pax] = readers as [Person, Person]
    await saro.post(channel, "for both")
    await expect(raya.tell(channel, "rename", { name: "Mine" })).rejects.toMatchObject({ code: "NOT_AUTHOR" })
    await expect(saro.tell(channel, "leave", {})).rejects.toMatchObject({ code: "AUTHOR_STAYS" })
    await raya.tell(channel, "leave", {})
    expect((await saro.notices()).at(-1)).toEqual(["left", raya.client.participant])
    await saro.post(channel, "for one")
    expect(await raya.texts(channel)).toEqual(["for both"])
    expect(await pax.texts(channel)).toEqual(["for both", "for one"])
    await saro.tell(channel, "add", { introduction: await raya.client.introduce() })
    await saro.post(channel, "again for one")
    expect(await raya.texts(channel)).toEqual(["for both"])
    expect(raya.client.counters()).toMatchObject({ CHANNEL_LEFT: 1 })
    await close()
  })

  it("CH1-15: brings someone in whom another conversation leads to, without an introduction", async () => {
    const { saro, delivery, clock, channel, close } = await town({ readers: 1 })
    const pax = await new Person(delivery, clock).open()
    const talk = await saro.client.conversations.start(await pax.client.introduce(), {
      type: PrivateV1,
      content: text("hello"),
    })
    await settle()
    await pax.client.requests.allow(talk.id)
    await settle()
    await saro.tell(channel, "invite", { reader: pax.client.participant })
    await saro.post(channel, "news")
    // Saro is allowed already.
    await clock.pass(3000)

    expect(await pax.texts(channel)).toEqual(["news"])
    expect((await saro.notices()).at(-1)).toEqual(["joined", pax.client.participant])
    await pax.close()
    await close()
  })

  it("CH1-16: a channel that is closed takes and brings nothing any more", async () => {
    const { saro, readers, channel, delivery, close } = await town({ readers: 2 })
    await saro.post(channel, "last words")
    await saro.tell(channel, "close", {})
    const published = delivery.log().length
    for (const person of [saro, ...readers]) expect((await person.notices()).at(-1)).toEqual(["closed"])
    await expect(saro.post(channel, "one more")).rejects.toMatchObject({ code: "CANNOT_SEND" })
    await expect(saro.tell(channel, "rename", { name: "X" })).rejects.toMatchObject({ code: "CHANNEL_CLOSED" })
    expect(delivery.log()).toHaveLength(published)
    for (const reader of readers) expect(await reader.texts(channel)).toEqual(["last words"])
    await close()
  })

  it("CH1-11: an epoch that does not arrive is brought again, until the reader answers", async () => {
    const { saro, readers, channel, delivery, clock, close } = await town({ readers: 3 })
    const [raya, pax, nils] = readers as [Person, Person, Person]
    await raya.close()
    await saro.tell(channel, "remove", { readers: [pax.client.participant] })
    await saro.post(channel, "missed")
    delivery.expire(delivery.log().length)
    await raya.open()
    await settle()
    await saro.post(channel, "missed too")
    expect(await raya.texts(channel)).toEqual([])
    await clock.pass(2 * hourMs)
    await saro.post(channel, "there")
    expect(await nils.texts(channel)).toEqual(["missed", "missed too", "there"])
    expect(await raya.texts(channel)).toEqual(["missed too", "there"])
    expect(await raya.fates()).toEqual(["missing"])
    // She has answered: nothing more is published, however long one waits.
    const published = delivery.log().length
    await clock.pass(60 * dayMs)
    const repeated = delivery.log().slice(published)
    await clock.pass(60 * dayMs)
    expect(delivery.log().slice(published)).toEqual(repeated)
    // Nobody repeats himself for ever: her answer goes out four times, and the inbox brings its invites four times.
    const toSaro = repeated.filter(
      ({ topic, payload }) => payload.length < 1000 && topic === inboxTopics.of(saro.client.participant, crypto),
    )
    expect(toSaro.length).toBeLessThanOrEqual(6)
    expect(repeated.length).toBeLessThan(16)
    await close()
  })

  it("CH1-11: who is not allowed to answer says nothing, and reads all the same", async () => {
    const delivery = memoryDelivery()
    const clock = stoppedClock()
    const [saro, raya] = [await new Person(delivery, clock).open(), await new Person(delivery, clock).open()]
    const { id } = await saro.client.conversations.start(await raya.client.introduce(), { type: ChannelV1 })
    await settle()
    const pax = await new Person(delivery, clock).open()
    await saro.tell(id, "add", { introduction: await pax.client.introduce() })
    await saro.tell(id, "remove", { readers: [pax.client.participant] })
    await saro.post(id, "hello")
    await clock.pass(hourMs - 1)
    expect(await raya.texts(id)).toEqual(["hello"])
    expect((await saro.notices()).filter(([name]) => name === "joined")).toEqual([])
    await raya.client.requests.allow(id)
    await settle()
    expect((await saro.notices()).at(-1)).toEqual(["joined", raya.client.participant])
    for (const person of [saro, raya, pax]) await person.close()
  })

  it("leaves nothing readable with the service, and one length on the lanes", async () => {
    const { saro, readers, channel, delivery, close } = await town({ readers: 2 })
    await saro.tell(channel, "rename", { name: "A readable name" })
    await saro.post(channel, "a readable post")
    await saro.tell(channel, "remove", { readers: [(readers[0] as Person).client.participant] })
    const seen = Buffer.concat(delivery.log().map(({ payload }) => payload)).toString("latin1")
    for (const word of ["readable", "ChannelV1", "/channel/1"]) expect(seen).not.toContain(word)
    await close()
  })
})
