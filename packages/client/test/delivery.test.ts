import { type DeliveryStatus, type OpenDelivery } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { type TalkHooks, unsafeTalk } from "./support/unsafe-talk.js"
import { UnsafeWhisperV1 } from "./support/unsafe-whisper.js"
import { conversation, eventsOf, settle, text, textsOf, World } from "./support/world.js"

async function talking(options: { readonly payloadBytesMax?: number } = {}) {
  const world = new World({ delivery: options })
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  return { world, saro, raya, talk: await world.converse(saro, raya) }
}

const ended = AbortSignal.abort()

describe("a delivery service that is down", () => {
  it("holds up nothing: messages are queued, survive a restart, and go out in order when it is up", async () => {
    const { world, saro, raya, talk } = await talking()
    world.delivery.setDown()
    const words = ["one", "two", "three"]
    for (const word of words) await talk.saro.send(text(word))
    await settle()
    expect((await talk.saro.messages()).items.map(({ state }) => state).slice(1)).toEqual([
      "queued",
      "queued",
      "queued",
    ])
    await saro.reopen()
    await (await conversation(saro, talk.saro.id)).send(text("four"))
    expect(await saro.client.drained(ended)).toBe(false)
    const before = world.delivery.log().length
    world.delivery.setUp()
    await settle()
    expect(await saro.client.drained(new AbortController().signal)).toBe(true)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< one", "< two", "< three", "< four"])
    expect(await raya.records("later")).toEqual([])
    expect(world.delivery.log().length - before).toBeGreaterThanOrEqual(4)
    await world.close()
  })

  it("is tried again, with growing pauses, although it never says that it is up", async () => {
    const world = new World()
    let attempts = 0
    let refuses = true
    const moody: OpenDelivery = (environment) => {
      const service = world.delivery.open(environment)
      return {
        get scope() {
          return service.scope
        },
        limits: service.limits,
        open: (options) => service.open(options),
        status: (listener) => service.status(listener),
        close: () => service.close(),
        publish: async (publication) => {
          attempts++
          if (refuses) throw new Error("moody")
          return service.publish(publication)
        },
      }
    }
    const saro = await world.person("saro", { delivery: moody })
    const raya = await world.person("raya")
    const talk = await saro.client.conversations.start(await raya.client.introduce(), { content: text("hello") })
    await world.clock.advance(60_000)
    expect(attempts).toBeGreaterThan(4)
    expect(attempts).toBeLessThan(15)
    refuses = false
    await world.clock.advance(60_000)
    expect(await textsOf(raya, talk.id)).toEqual(["< hello"])
    await world.close()
  })

  it("says so in status(), and catching up waits for it", async () => {
    const { world, saro, raya, talk } = await talking()
    await raya.client.close()
    world.delivery.setDown("DELIVERY_SILENT")
    await talk.saro.send(text("waiting"))
    await raya.open()
    const seen: DeliveryStatus[] = []
    const unlisten = raya.client.status((status) => seen.push(status))
    expect(await raya.client.caughtUp(ended)).toBe(false)
    const catching = raya.client.caughtUp(new AbortController().signal)
    world.delivery.setUp()
    expect(await catching).toBe(true)
    expect(seen).toMatchObject([{ state: "down", code: "DELIVERY_SILENT" }, { state: "up" }])
    unlisten()
    world.delivery.setDown()
    expect(seen).toHaveLength(2)
    expect(saro.client).toBeDefined()
    await world.close()
  })

  it("is no service at all: the client works offline, and says so", async () => {
    const world = new World()
    const raya = await world.person("raya", { delivery: null })
    const seen: DeliveryStatus[] = []
    raya.client.status((status) => seen.push(status))
    expect(seen).toMatchObject([{ state: "down", code: "DELIVERY_NONE" }])
    const introduction = await raya.client.introduce()
    const saro = await world.person("saro", { delivery: null })
    const talk = await saro.client.conversations.start(introduction, { content: text("in a drawer") })
    await saro.reopen({ delivery: world.delivery.open })
    await raya.reopen({ delivery: world.delivery.open })
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< in a drawer"])
    await world.close()
  })
})

describe("a delivery service that", () => {
  it("lost its past gives a gap event, and the client goes on with what it has now", async () => {
    for (const type of [unsafeTalk(), UnsafeWhisperV1]) {
      const world = new World()
      const types = [type, UnsafeCarrierV1]
      const [saro, raya] = [await world.person("saro", { types }), await world.person("raya", { types })]
      const { saro: talk } = await world.converse(saro, raya)
      world.delivery.wipe()
      await talk.send(text("after the flood"))
      await world.clock.advance(5000)
      expect((await eventsOf(raya)).filter((event) => event.type === "gap")).toMatchObject([{ topics: "all" }])
      expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< after the flood"])
      await raya.reopen()
      await settle()
      expect((await eventsOf(raya)).filter((event) => event.type === "gap")).toHaveLength(1)
      await world.close()
    }
  })

  it("lost its past while the client was away does so, too", async () => {
    const { world, raya, talk } = await talking()
    await raya.client.close()
    world.delivery.wipe()
    await talk.saro.send(text("missed"))
    await settle()
    await raya.open()
    await world.clock.advance(5000)
    expect((await eventsOf(raya)).filter((event) => event.type === "gap")).toHaveLength(1)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< missed"])
    await world.close()
  })

  it("lost its past, and whose clock is behind ours, is read from its beginning", async () => {
    const { world, raya, talk } = await talking()
    world.delivery.wipe()
    world.clock.set(world.clock.nowMs() - 24 * 60 * 60 * 1000)
    await talk.saro.send(text("yesterday"))
    await world.clock.advance(5000)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< yesterday"])
    await world.close()
  })

  it("no longer has some payloads gives a gap event, and what comes then waits for them", async () => {
    const { world, raya, talk } = await talking()
    await raya.client.close()
    await talk.saro.send(text("expired"))
    await talk.saro.send(text("kept"))
    await settle()
    world.delivery.expire(world.delivery.log().length - 1)
    await raya.open()
    await settle()
    expect((await eventsOf(raya)).filter((event) => event.type === "gap")).toMatchObject([{ topics: "some" }])
    expect(await raya.records("later")).toHaveLength(1)
    await world.close()
  })

  it("will never take a payload fails its message with the reason", async () => {
    const world = new World()
    const strict: OpenDelivery = (environment) => {
      const service = world.delivery.open(environment)
      return {
        get scope() {
          return service.scope
        },
        limits: { payloadBytesMax: 100_000, topicsMax: 100 },
        open: (options) => service.open(options),
        status: (listener) => service.status(listener),
        close: () => service.close(),
        publish: (publication) => service.publish(publication),
      }
    }
    const small = new World({ delivery: { payloadBytesMax: 2000 } })
    Object.assign(world, { delivery: small.delivery })
    const saro = await world.person("saro", { delivery: strict })
    const raya = await world.person("raya")
    const { saro: talk } = await world.converse(saro, raya)
    const message = await talk.send(text("x".repeat(1500)))
    await settle()
    expect(await message.state()).toBe("failed")
    await expect(message.reached("published")).rejects.toMatchObject({
      code: "MESSAGE_FAILED",
      fields: { code: "PAYLOAD_TOO_LARGE" },
    })
    expect(await saro.client.drained(new AbortController().signal)).toBe(true)
    await world.close()
  })

  it("has other limits than were assumed is asked: what it would not take fails at once", async () => {
    const { world, saro, talk } = await talking({ payloadBytesMax: 2000 })
    const before = await saro.records("cell", "message", "outbox")
    await expect(talk.saro.send(text("x".repeat(1500)))).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" })
    expect(await saro.records("cell", "message", "outbox")).toEqual(before)
    await expect(talk.saro.send(text("x".repeat(5000)))).rejects.toMatchObject({ code: "CONTENT_TOO_LONG" })
    await world.close()
  })

  it("takes fewer topics than are needed still brings what is on the account's own", async () => {
    const world = new World({ delivery: { topicsMax: 3 } })
    const types = [unsafeTalk(), UnsafeWhisperV1, UnsafeCarrierV1]
    const [saro, raya] = [await world.person("saro", { types }), await world.person("raya", { types })]
    for (let i = 0; i < 4; i++)
      await saro.client.conversations.start(await raya.client.introduce(), { type: UnsafeWhisperV1 })
    const { saro: talk } = await world.converse(saro, raya)
    await raya.reopen()
    await talk.send(text("through the inbox"))
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< through the inbox"])
    await world.close()
  })
})

describe("the outbox", () => {
  it("is full at 10,000 publications: OUTBOX_FULL, and room again when they went out", async () => {
    const { world, saro, raya, talk } = await talking()
    await raya.client.close()
    world.delivery.setDown()
    for (let i = 0; i < 10_000; i += 1000)
      await Promise.all(Array.from({ length: 1000 }, (_, number) => talk.saro.send(text(`${i + number}`))))
    await expect(talk.saro.send(text("one more"))).rejects.toMatchObject({ code: "OUTBOX_FULL", retry: "later" })
    world.delivery.setUp()
    for (let i = 0; i < 5; i++) await settle()
    await talk.saro.send(text("room again"))
    await saro.client.close()
  })

  it("is not blocked by a conversation that hangs with many publications of its own", async () => {
    const world = new World()
    let hangs = false
    const hooks: TalkHooks = {
      step: (input, honest) => (hangs && input.kind === "command" ? new Promise(() => undefined) : honest()),
    }
    const type = unsafeTalk({ hooks })
    const saro = await world.person("saro", { types: [type, UnsafeCarrierV1] })
    const raya = await world.person("raya")
    const [stuck, free] = [await world.converse(saro, raya), await world.converse(saro, raya)]
    world.delivery.setDown()
    await Promise.all(Array.from({ length: 600 }, (_, number) => stuck.saro.send(text(`${number}`))))
    const message = await free.saro.send(text("free"))
    hangs = true
    stuck.saro
      .as(type)
      ?.command("note", { text: "never" })
      .catch(() => undefined)
    await settle()
    world.delivery.setUp()
    await settle()
    expect(await message.state()).toBe("published")
    for (let i = 0; i < 5; i++) await world.clock.advance(2000)
    expect(await message.state()).toBe("acknowledged")
    const closed = saro.client.close()
    await world.clock.advance(10_000)
    await closed
    await raya.client.close()
  })

  it("replaces what still waits under the same key, and drops what expired", async () => {
    const world = new World()
    const type = unsafeTalk({
      hooks: {
        step: (input, honest, context) => {
          const outcome = honest()
          if (input.kind !== "send" || outcome.kind !== "next") return outcome
          const effects = outcome.effects.map((effect) =>
            effect.kind === "publish" ? { ...effect, replaces: "newest", expiresAtMs: context.nowMs + 60_000 } : effect,
          )
          return { ...outcome, effects }
        },
      },
    })
    const saro = await world.person("saro", { types: [type, UnsafeCarrierV1] })
    const raya = await world.person("raya")
    const { saro: talk } = await world.converse(saro, raya)
    world.delivery.setDown()
    const before = world.delivery.log().length
    for (const word of ["one", "two", "three"]) await talk.send(text(word))
    expect(await saro.records("outbox")).toHaveLength(1)
    world.delivery.setUp()
    await settle()
    expect(world.delivery.log()).toHaveLength(before + 1)
    world.delivery.setDown()
    const late = await talk.send(text("late"))
    await world.clock.advance(61_000)
    world.delivery.setUp()
    await settle()
    expect(world.delivery.log()).toHaveLength(before + 1)
    await expect(late.reached("published")).rejects.toMatchObject({ fields: { code: "PUBLICATION_EXPIRED" } })
    await world.close()
  })
})
