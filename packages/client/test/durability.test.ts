import type { Logger, MessageId } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { Gate } from "./support/gate.js"
import { unsafeCarrier, UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { type TalkEffect, type TalkHooks, type TalkStarted, unsafeTalk } from "./support/unsafe-talk.js"
import { conversation, eventsOf, settle, text, textsOf, World } from "./support/world.js"

async function conversing(hooks: TalkHooks = {}) {
  const world = new World()
  const gate = new Gate()
  const types = [unsafeTalk({ hooks }), UnsafeCarrierV1]
  const saro = await world.person("saro", { types, store: { onCommit: gate.onCommit } })
  const raya = await world.person("raya")
  return { world, gate, saro, raya, talk: await world.converse(saro, raya) }
}

describe("a payload", () => {
  it("leaves only when the state that made it is durable (invariant 1)", async () => {
    const { world, gate, saro, talk } = await conversing()
    const before = world.delivery.log().length
    const events = (await eventsOf(saro)).length
    gate.hold()
    let isDurable = false
    const sending = talk.saro.send(text("held")).then(() => (isDurable = true))
    await settle()
    expect(world.delivery.log()).toHaveLength(before)
    expect(await eventsOf(saro)).toHaveLength(events)
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello"])
    expect(isDurable).toBe(false)
    gate.release()
    await sending
    await settle()
    expect(world.delivery.log().length).toBeGreaterThan(before)
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello", "> held"])
    await world.close()
  })

  it("never leaves when the commit fails; the state is as it was and the next one goes through (invariant 1)", async () => {
    const { world, gate, saro, talk, raya } = await conversing()
    const before = world.delivery.log().length
    const records = await saro.records()
    gate.fail()
    await expect(talk.saro.send(text("lost"))).rejects.toMatchObject({ code: "STORE_FAILED", retry: "later" })
    await settle()
    expect(world.delivery.log()).toHaveLength(before)
    expect(await saro.records()).toEqual(records)
    await talk.saro.send(text("found"))
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< found"])
    await world.close()
  })

  it("of a start whose commit fails never leaves, and the introduction can be used again (invariant 1)", async () => {
    const { world, gate, saro, raya } = await conversing()
    const before = world.delivery.log().length
    const introduction = await raya.client.introduce()
    gate.fail()
    await expect(saro.client.conversations.start(introduction)).rejects.toMatchObject({ code: "STORE_FAILED" })
    await settle()
    expect(world.delivery.log()).toHaveLength(before)
    const again = await saro.client.conversations.start(introduction, { content: text("again") })
    await settle()
    expect(await textsOf(raya, again.id)).toEqual(["< again"])
    await world.close()
  })

  it("that arrives while the store fails is dealt with once the store works (invariant 2)", async () => {
    const world = new World()
    const gate = new Gate()
    const saro = await world.person("saro")
    const raya = await world.person("raya", { store: { onCommit: gate.onCommit } })
    const talk = await world.converse(saro, raya)
    gate.fail(5)
    await talk.saro.send(text("patience"))
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello"])
    await world.clock.advance(10_000)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< patience"])
    expect((await eventsOf(raya)).filter(({ type }) => type === "message")).toHaveLength(2)
    await world.close()
  })

  it("that waits for a store that fails does not keep the client from closing, and is there when it opens", async () => {
    const world = new World()
    const gate = new Gate()
    const saro = await world.person("saro")
    const raya = await world.person("raya", { store: { onCommit: gate.onCommit } })
    const talk = await world.converse(saro, raya)
    gate.fail(1000)
    await talk.saro.send(text("patience"))
    await settle()
    let isClosed = false
    void raya.client.close().then(() => (isClosed = true))
    await settle()
    expect(isClosed).toBe(true)
    gate.fail(0)
    await raya.open()
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< patience"])
    await world.close()
  })

  it("that waits for a store that fails for an hour is tried twice a minute, all together, and comes in order when it works", async () => {
    const world = new World()
    const gate = new Gate()
    const retried: number[] = []
    const logger: Logger = {
      log: (_level, event) => {
        if (event === "input-retried") retried.push(world.clock.nowMs())
      },
    }
    const saro = await world.person("saro")
    const raya = await world.person("raya", { store: { onCommit: gate.onCommit }, logger })
    const talk = await world.converse(saro, raya)
    gate.fail(Number.POSITIVE_INFINITY)
    for (let i = 0; i < 5; i++) {
      await talk.saro.send(text(`patience ${i}`))
      await world.clock.advance(7000)
    }
    retried.length = 0
    await world.clock.advance(3_600_000)
    expect(new Set(retried).size).toBeLessThanOrEqual(121)
    expect(new Set(retried).size).toBeGreaterThanOrEqual(119)
    gate.fail(0)
    await world.clock.advance(30_000)
    const heard = Array.from({ length: 5 }, (_, i) => `< patience ${i}`)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", ...heard])
    // It began with short pauses again.
    gate.fail(1)
    await talk.saro.send(text("once more"))
    await world.clock.advance(1000)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", ...heard, "< once more"])
    await world.close()
  })

  it("that comes again and again changes nothing (invariant 3)", async () => {
    const { world, saro, raya, talk } = await conversing()
    await talk.saro.send(text("once"))
    await settle()
    const [events, states] = [await eventsOf(raya), await raya.records("cell", "row", "message", "log", "outbox")]
    for (const { topic, payload } of world.delivery.log()) {
      await world.publish(topic, payload)
      await world.publish(topic, payload)
    }
    expect(await eventsOf(raya)).toEqual(events)
    expect(await raya.records("cell", "row", "message", "log", "outbox")).toEqual(states)
    await raya.reopen()
    await settle()
    expect(await eventsOf(raya)).toEqual(events)
    await talk.saro.send(text("and on"))
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< once", "< and on"])
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello", "> once", "> and on"])
    await world.close()
  })

  it("that comes twice in one batch, its invitation too, changes nothing the second time (invariant 3)", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const introduction = await raya.client.introduce()
    await raya.client.close()
    const talk = await saro.client.conversations.start(introduction, { content: text("hello") })
    await talk.send(text("more"))
    await settle()
    for (const { topic, payload } of world.delivery.log()) await world.publish(topic, payload)
    await raya.open()
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< more"])
    expect((await eventsOf(raya)).map(({ type }) => type).sort()).toEqual(["conversation", "message", "message"])
    await world.close()
  })
})

describe("an invitation", () => {
  it("that a carrier hands over twice begins one conversation (invariant 3)", async () => {
    const world = new World()
    const saro = await world.person("saro")
    const raya = await world.person("raya", { types: [unsafeTalk(), unsafeCarrier({ stutters: true })] })
    const { saro: talk } = await world.converse(saro, raya)
    await talk.send(text("once"))
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< once"])
    expect((await eventsOf(raya)).filter(({ type }) => type === "conversation")).toHaveLength(1)
    expect(raya.client.counters()).toMatchObject({ CONVERSATION_EXISTS: 1 })
    await world.close()
  })

  it("that begins a conversation which is there already is refused, here and there", async () => {
    const world = new World()
    let first: TalkStarted | undefined
    const hooks: TalkHooks = { start: (_, honest) => (first ??= honest()) }
    const saro = await world.person("saro", { types: [unsafeTalk({ hooks }), UnsafeCarrierV1] })
    const raya = await world.person("raya")
    const talk = await world.converse(saro, raya)
    await talk.saro.send(text("before"))
    await expect(saro.client.conversations.start(await raya.client.introduce())).rejects.toMatchObject({
      code: "CONVERSATION_EXISTS",
    })
    const pax = await world.person("pax", { types: [unsafeTalk({ hooks }), UnsafeCarrierV1] })
    await pax.client.conversations.start(await raya.client.introduce(), { content: text("me too") })
    await settle()
    expect(raya.client.counters()).toMatchObject({ CONVERSATION_EXISTS: 1 })
    await talk.saro.send(text("after"))
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< before", "< after"])
    await world.close()
  })
})

describe("a message of someone else", () => {
  it("under an id that is known is not shown again, in the same step or in another (invariant 3)", async () => {
    const world = new World()
    const id = "0f".repeat(16) as MessageId
    const hooks: TalkHooks = {
      step: (input, honest) => {
        const outcome = honest()
        if (input.kind !== "receive" || outcome.kind !== "next") return outcome
        const again = outcome.effects.flatMap((effect): TalkEffect[] =>
          effect.kind === "deliver"
            ? [
                { ...effect, message: id },
                { ...effect, message: id, lamport: 99 },
              ]
            : [effect],
        )
        return { ...outcome, effects: again }
      },
    }
    const saro = await world.person("saro")
    const raya = await world.person("raya", { types: [unsafeTalk({ hooks }), UnsafeCarrierV1] })
    const { saro: talk } = await world.converse(saro, raya)
    await talk.send(text("one"))
    await talk.send(text("two"))
    await settle()
    await talk.send(text("three"))
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< one"])
    expect((await eventsOf(raya)).filter(({ type }) => type === "message")).toHaveLength(2)
    await world.close()
  })
})

describe("what a step wants wiped", () => {
  const secrets: Uint8Array[] = []
  const hooks: TalkHooks = {
    step: (input, honest) => {
      const outcome = honest()
      if (input.kind !== "send" || outcome.kind !== "next") return outcome
      const secret = new Uint8Array(32).fill(7)
      secrets.push(secret)
      return { ...outcome, wipe: [secret] }
    },
  }

  it("is zero once the commit is durable, and not before (invariant 7)", async () => {
    const { world, gate, talk } = await conversing(hooks)
    gate.hold()
    const sending = talk.saro.send(text("x"))
    await settle()
    expect(secrets.at(-1)).toEqual(new Uint8Array(32).fill(7))
    gate.release()
    await sending
    expect(secrets.at(-1)).toEqual(new Uint8Array(32))
    await world.close()
  })

  it("is untouched when the commit fails", async () => {
    const { world, gate, talk } = await conversing(hooks)
    gate.fail()
    await expect(talk.saro.send(text("x"))).rejects.toMatchObject({ code: "STORE_FAILED" })
    expect(secrets.at(-1)).toEqual(new Uint8Array(32).fill(7))
    await world.close()
  })

  it("may be the body of a parcel that is on its way: the carrier has its own copy", async () => {
    const world = new World()
    const types = [
      unsafeTalk({
        hooks: {
          start: (_, honest) => {
            const started = honest()
            if (started.kind !== "next") return started
            const bodies = started.effects.flatMap((effect) => (effect.kind === "carry" ? [effect.parcel.body] : []))
            return { ...started, wipe: bodies }
          },
        },
      }),
      UnsafeCarrierV1,
    ]
    const [saro, raya] = [await world.person("saro", { types }), await world.person("raya")]
    const talk = await world.converse(saro, raya, "carried")
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< carried"])
    await world.close()
  })
})

describe("a message", () => {
  it("under one key is one message: at once, later, and after a restart", async () => {
    const { world, saro, raya, talk } = await conversing()
    const sent = await Promise.all([1, 2, 3].map(() => talk.saro.send(text("once"), { key: "k" })))
    const later = await talk.saro.send(text("once"), { key: "k" })
    await saro.reopen()
    const restarted = await (await conversation(saro, talk.saro.id)).send(text("other words"), { key: "k" })
    expect(new Set([...sent, later, restarted].map(({ id }) => id)).size).toBe(1)
    await (await conversation(saro, talk.saro.id)).send(text("twice"), { key: "another" })
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< once", "< twice"])
    await world.close()
  })

  it("under a key whose commit failed can be sent again under it", async () => {
    const { world, gate, raya, talk } = await conversing()
    gate.fail()
    const sending = [talk.saro.send(text("x"), { key: "k" }), talk.saro.send(text("x"), { key: "k" })]
    for (const one of sending) await expect(one).rejects.toMatchObject({ code: "STORE_FAILED" })
    await talk.saro.send(text("x"), { key: "k" })
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< x"])
    await world.close()
  })

  it("among many shares its commit with up to 255 others", async () => {
    const { world, gate, talk } = await conversing()
    await settle()
    world.delivery.setDown()
    const before = gate.commits
    await Promise.all(Array.from({ length: 256 }, (_, number) => talk.saro.send(text(`${number}`))))
    expect(gate.commits - before).toBe(1)
    await Promise.all(Array.from({ length: 257 }, (_, number) => talk.saro.send(text(`${number}`))))
    expect(gate.commits - before).toBe(3)
    await world.close()
  })
})
