import { describe, expect, it } from "vitest"
import { Gate } from "./support/gate.js"
import { UnsafeCarrierV1, unsafeCarrier } from "./support/unsafe-carrier.js"
import { unsafeTalk, UnsafeTalkV1 } from "./support/unsafe-talk.js"
import { conversation, eventsOf, settle, text, textsOf, World } from "./support/world.js"

async function conversing() {
  const world = new World()
  const gate = new Gate()
  const saro = await world.person("saro", { store: { onCommit: gate.onCommit } })
  const raya = await world.person("raya")
  return { world, gate, saro, raya, talk: await world.converse(saro, raya) }
}

describe("opening", () => {
  it("makes an account once, and finds it again", async () => {
    const world = new World()
    const saro = await world.person("saro", { account: "create" })
    const { participant, createdAtMs } = saro.client
    await saro.reopen({ account: "open" })
    expect(saro.client).toMatchObject({ participant, createdAtMs })
    await saro.client.close()
    await expect(saro.open({ account: "create" })).rejects.toMatchObject({ code: "ACCOUNT_EXISTS" })
    await expect(world.person("raya", { account: "open" })).rejects.toMatchObject({ code: "NO_ACCOUNT" })
    await saro.open({ account: "any" })
    await saro.client.close()
  })

  it("that fails gives back the store, and closes the delivery service", async () => {
    const world = new World()
    let closed = 0
    const delivery: typeof world.delivery.open = (environment) => {
      const service = world.delivery.open(environment)
      return Object.assign(Object.create(service) as typeof service, {
        close: async () => {
          closed++
          await service.close()
        },
      })
    }
    const broken = unsafeCarrier()
    const resident = broken.resident?.machine as unknown as { start: () => unknown }
    resident.start = () => {
      throw new TypeError("no")
    }
    const saro = await world.person("saro", { types: [UnsafeTalkV1] })
    await saro.client.close()
    await expect(saro.open({ types: [UnsafeTalkV1, broken], delivery })).rejects.toMatchObject({ code: "TYPE_FAULT" })
    expect(closed).toBe(1)
    await saro.open({ types: [UnsafeTalkV1, UnsafeCarrierV1], delivery: world.delivery.open })
    await saro.client.close()
  })

  it("of a store that is open already fails with STORE_IN_USE", async () => {
    const world = new World()
    const saro = await world.person("saro")
    await expect(saro.open()).rejects.toMatchObject({ code: "STORE_IN_USE" })
    await world.people[0]?.client.close()
  })
})

describe("closing", () => {
  it("finishes what is under way, and refuses everything afterwards as CLIENT_CLOSED", async () => {
    const { world, gate, saro, raya, talk } = await conversing()
    const message = await talk.saro.send(text("x"))
    gate.hold()
    const sending = talk.saro.send(text("under way"))
    await settle()
    const closing = saro.client.close()
    await settle()
    gate.release()
    await closing
    await sending
    const closed = { code: "CLIENT_CLOSED" }
    const { client } = saro
    expect(() => client.events()).toThrow(expect.objectContaining(closed) as Error)
    expect(() => client.status(() => undefined)).toThrow(expect.objectContaining(closed) as Error)
    const signal = new AbortController().signal
    const calls = [
      () => client.introduce(),
      () => client.conversations.start("x"),
      () => client.conversations.get(talk.saro.id),
      () => client.conversations.list(),
      () => client.requests.list(),
      () => client.requests.allow(talk.saro.id),
      () => client.caughtUp(signal),
      () => client.drained(signal),
      () => talk.saro.send(text("y")),
      () => talk.saro.details(),
      () => talk.saro.messages(),
      () => talk.saro.message(message.id),
      () => talk.saro.allow(),
      () => talk.saro.deny(),
      () => talk.saro.as(UnsafeTalkV1)?.command("note", { text: "y" }) ?? Promise.resolve(),
      () => talk.saro.erase([message.id]),
      () => talk.saro.disappear(60_000),
      () => talk.saro.remove(),
      () => message.state(),
      () => message.cancel(),
      () => message.reached("acknowledged"),
      () => client.storage(),
    ]
    for (const [index, call] of calls.entries())
      await expect(
        call().then(() => index),
        `call ${index}`,
      ).rejects.toMatchObject(closed)
    await saro.open()
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< x", "< under way"])
    await world.close()
  })

  it("refuses what was about to begin, as CLIENT_CLOSED", async () => {
    const { world, gate, saro, raya } = await conversing()
    const pax = await world.person("pax")
    const request = await pax.client.conversations.start(await saro.client.introduce(), { content: text("may I?") })
    await settle()
    const asked = await conversation(saro, request.id)
    gate.hold()
    // Sending to someone unknown allows him first: that commit is under way when the client closes.
    const sending = Promise.allSettled([asked.send(text("you may"))])
    await settle()
    const closing = saro.client.close()
    gate.release()
    await closing
    expect(await sending).toMatchObject([{ status: "rejected", reason: { code: "CLIENT_CLOSED" } }])
    await Promise.all([raya.client.close(), pax.client.close()])
    expect(world.clock.timers).toBe(0)
  })

  it("twice is closing once, and `await using` closes", async () => {
    const { world, saro, raya } = await conversing()
    await Promise.all([saro.client.close(), saro.client.close(), saro.client[Symbol.asyncDispose]()])
    await saro.client.close()
    await saro.open()
    await saro.client.close()
    await raya.client.close()
    expect(world.clock.timers).toBe(0)
  })

  it("ends every wait with CLIENT_CLOSED", async () => {
    const { world, saro, raya, talk } = await conversing()
    world.delivery.setDown()
    const message = await talk.saro.send(text("x"))
    const waits = Promise.allSettled([
      message.reached("published"),
      message.reached("acknowledged", { signal: new AbortController().signal }),
    ])
    await settle()
    await saro.client.close()
    for (const wait of await waits)
      expect(wait).toMatchObject({ status: "rejected", reason: { code: "CLIENT_CLOSED" } })
    await raya.client.close()
  })

  it("while payloads arrive loses none of them (invariant 2)", async () => {
    for (let turns = 0; turns < 40; turns++) {
      const world = new World({ delivery: { batchPayloadsMax: 2 } })
      const [saro, raya] = [await world.person("saro"), await world.person("raya")]
      const { saro: talk } = await world.converse(saro, raya)
      await raya.client.close()
      for (const word of ["one", "two", "three", "four"]) await talk.send(text(word))
      await settle()
      await raya.open()
      for (let i = 0; i < turns; i++) await Promise.resolve()
      await raya.client.close()
      await raya.open()
      await settle()
      expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< one", "< two", "< three", "< four"])
      await world.close()
    }
  })

  it("a wait's own signal ends the wait, and not the message", async () => {
    const { world, raya, talk } = await conversing()
    world.delivery.setDown()
    const message = await talk.saro.send(text("x"))
    const stop = new AbortController()
    const waiting = message.reached("published", { signal: stop.signal })
    waiting.catch(() => undefined)
    await settle()
    stop.abort(new Error("enough"))
    await expect(waiting).rejects.toThrow("enough")
    world.delivery.setUp()
    await settle()
    expect(await message.reached("published")).toBeDefined()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< x"])
    await world.close()
  })
})

describe("a store that is lost while the client runs", () => {
  it("closes it: everything fails with STORE_LOST, and it can be opened again", async () => {
    const { world, saro, raya, talk } = await conversing()
    world.delivery.setDown()
    const message = await talk.saro.send(text("x"))
    const waiting = Promise.allSettled([
      message.reached("published"),
      (async () => {
        for await (const _ of saro.client.events());
      })(),
    ])
    await settle()
    saro.store.lose()
    await settle()
    for (const wait of await waiting) expect(wait).toMatchObject({ status: "rejected", reason: { code: "STORE_LOST" } })
    for (const call of [
      () => saro.client.introduce(),
      () => saro.client.conversations.start("x"),
      () => saro.client.conversations.list(),
      () => talk.saro.send(text("y")),
      () => talk.saro.messages(),
      () => talk.saro.details(),
      () => message.state(),
    ])
      await expect(call()).rejects.toMatchObject({ code: "STORE_LOST" })
    await saro.client.close()
    world.delivery.setUp()
    await saro.open()
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< x"])
    await world.close()
  })
})

describe("an introduction", () => {
  it("used twice at once begins one conversation", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const introduction = await raya.client.introduce()
    const outcomes = await Promise.allSettled([
      saro.client.conversations.start(introduction, { content: text("a") }),
      saro.client.conversations.start(` ${introduction} `, { content: text("b") }),
    ])
    const [first, second] = outcomes
    expect(first?.status).toBe("fulfilled")
    const id = first?.status === "fulfilled" ? first.value.id : undefined
    expect(second).toMatchObject({ reason: { code: "INTRODUCTION_CONSUMED", fields: { conversation: id } } })
    await settle()
    expect((await saro.client.conversations.list()).items).toHaveLength(1)
    expect((await raya.client.conversations.list()).items).toHaveLength(1)
    await saro.reopen()
    await expect(saro.client.conversations.start(introduction)).rejects.toMatchObject({ code: "INTRODUCTION_CONSUMED" })
    await world.close()
  })

  it("that is no good is refused with its own code", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const introduction = await raya.client.introduce({ expiresInMs: 60_000 })
    const start = (given: string) => saro.client.conversations.start(given)
    await expect(raya.client.conversations.start(introduction)).rejects.toMatchObject({ code: "INTRODUCTION_OWN" })
    await expect(start("")).rejects.toMatchObject({ code: "INTRODUCTION_MALFORMED" })
    await expect(start(introduction.slice(0, -40))).rejects.toMatchObject({ code: "INTRODUCTION_TRUNCATED" })
    await expect(start(introduction.replace("_1_", "_2_"))).rejects.toMatchObject({ code: "INTRODUCTION_VERSION" })
    const other = await world.person("pax", { types: [unsafeTalk({ name: "unsafe-strange" }), UnsafeCarrierV1] })
    await expect(start(await other.client.introduce())).rejects.toMatchObject({ code: "TYPE_UNKNOWN" })
    await expect(
      saro.client.conversations.start(introduction, { type: unsafeTalk({ name: "unsafe-strange" }) }),
    ).rejects.toMatchObject({ code: "TYPE_UNREGISTERED" })
    await world.clock.advance(60_000)
    await expect(start(introduction)).rejects.toMatchObject({ code: "INTRODUCTION_EXPIRED" })
    for (const expiresInMs of [0, 999, 1000.5, 91 * 24 * 60 * 60 * 1000, Number.NaN])
      await expect(raya.client.introduce({ expiresInMs })).rejects.toMatchObject({ code: "BAD_EXPIRY" })
    await world.close()
  })

  it("whose carrier refuses fails the message that went with it, and says so", async () => {
    const world = new World()
    const types = [UnsafeTalkV1, unsafeCarrier({ refuses: () => "OFFER_BAD" })]
    const [saro, raya] = [await world.person("saro", { types }), await world.person("raya")]
    const talk = await saro.client.conversations.start(await raya.client.introduce(), { content: text("hello") })
    await settle()
    await expect(talk.first?.reached("published")).rejects.toMatchObject({
      code: "MESSAGE_FAILED",
      fields: { code: "OFFER_BAD" },
    })
    expect(await saro.records("input")).toEqual([])
    await world.close()
  })

  it("whose carrier refuses says so, when no message went with it", async () => {
    const world = new World()
    const types = [UnsafeTalkV1, unsafeCarrier({ refuses: () => "OFFER_BAD" })]
    const [saro, raya] = [await world.person("saro", { types }), await world.person("raya")]
    const talk = await saro.client.conversations.start(await raya.client.introduce())
    await settle()
    expect((await eventsOf(saro)).filter(({ type }) => type === "undelivered")).toMatchObject([
      { conversation: talk.id, to: raya.client.participant, code: "OFFER_BAD" },
    ])
    expect(await saro.records("input")).toEqual([])
    await world.close()
  })

  it("leads to a conversation of the newest type that both know", async () => {
    const world = new World()
    const [one, two, three] = [1, 2, 3].map((version) => unsafeTalk({ version }))
    if (one === undefined || two === undefined || three === undefined) throw new Error("there are three")
    const saro = await world.person("saro", { types: [one, two, UnsafeCarrierV1] })
    const raya = await world.person("raya", { types: [one, three, two, UnsafeCarrierV1] })
    const talk = await saro.client.conversations.start(await raya.client.introduce(), { content: text("hello") })
    await settle()
    expect(talk.type).toBe("UnsafeTalkV2")
    expect(await textsOf(raya, talk.id)).toEqual(["< hello"])
    await world.close()
  })
})

describe("many conversations", () => {
  it("beyond those that stay loaded lose nothing when all of them are used at once", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const talks = []
    for (let i = 0; i < 1030; i++) talks.push(await saro.client.conversations.start(await raya.client.introduce()))
    await settle()
    await Promise.all(talks.flatMap((talk) => [talk.send(text("a0")), talk.send(text("b0"))]))
    await settle()
    expect(await raya.records("later")).toEqual([])
    for (const talk of [talks[0], talks[500], talks[1029]])
      if (talk !== undefined) expect(await textsOf(raya, talk.id)).toEqual(["< a0", "< b0"])
    expect((await eventsOf(raya)).filter(({ type }) => type === "message")).toHaveLength(2060)
    expect(await conversation(saro, (talks[0] as (typeof talks)[0]).id)).toBeDefined()
    await world.close()
  })
})
