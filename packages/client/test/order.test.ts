import { inboxTopics } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { Gate } from "./support/gate.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import {
  hintOf,
  type TalkHooks,
  type TalkOutcome,
  talkWindow,
  unsafeTalk,
  UnsafeTalkV1,
} from "./support/unsafe-talk.js"
import { conversation, crypto, eventsOf, type Person, settle, text, textsOf, utf8, World } from "./support/world.js"

/** Saro talks to Raya, in as many conversations as asked for; `hang` names those whose steps at Raya's never end. */
async function conversing(count: number, hooks: (hang: Set<string>) => TalkHooks) {
  const world = new World()
  const hang = new Set<string>()
  const saro = await world.person("saro")
  const raya = await world.person("raya", { types: [unsafeTalk({ hooks: hooks(hang) }), UnsafeCarrierV1] })
  const talks = []
  for (let i = 0; i < count; i++) talks.push((await world.converse(saro, raya)).saro)
  return { world, saro, raya, talks, hang }
}

const hanging = (hang: Set<string>): TalkHooks => ({
  step: (_, honest, context) => (hang.has(context.conversation) ? new Promise(() => undefined) : honest()),
})

function talked<T>(talks: readonly T[]): [T, T] {
  return [talks[0] as T, talks[1] as T]
}

describe("a conversation", () => {
  it("steps one input at a time, in the order in which they came", async () => {
    const world = new World()
    const log: string[] = []
    const hooks: TalkHooks = {
      step: async (input, honest) => {
        log.push(`begin ${input.kind}`)
        await settle()
        log.push(`end ${input.kind}`)
        return honest()
      },
    }
    const saro = await world.person("saro", { types: [unsafeTalk({ hooks }), UnsafeCarrierV1] })
    const raya = await world.person("raya")
    const { saro: talk } = await world.converse(saro, raya)
    for (let i = 0; i < 20; i++) await settle()
    log.length = 0
    const sent = Array.from({ length: 5 }, (_, number) => talk.send(text(`${number}`)))
    const command = talk.as(UnsafeTalkV1)?.command("note", { text: "x" })
    await Promise.all([...sent, command])
    expect(log).toEqual([
      ...Array.from({ length: 5 }, () => ["begin send", "end send"]).flat(),
      "begin command",
      "end command",
    ])
    for (let i = 0; i < 20; i++) await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< 0", "< 1", "< 2", "< 3", "< 4"])
    await world.close()
  })

  it("whose step hangs holds up no other, neither sending nor receiving", async () => {
    const { world, raya, talks, hang } = await conversing(2, hanging)
    const [stuck, free] = talked(talks)
    hang.add(stuck.id)
    await stuck.send(text("into the void"))
    await free.send(text("first"))
    await (await conversation(raya, free.id)).send(text("unhindered"))
    await world.clock.advance(3000)
    await free.send(text("second"))
    await world.clock.advance(3000)
    expect(await textsOf(raya, free.id)).toEqual(["< hello", "< first", "> unhindered", "< second"])
    expect(await textsOf(raya, stuck.id)).toEqual(["< hello"])
    const closed = raya.client.close()
    await world.clock.advance(10_000)
    await closed
    hang.clear()
    await raya.open()
    await settle()
    expect(await textsOf(raya, stuck.id)).toEqual(["< hello", "< into the void"])
    await world.close()
  })

  it("whose step only takes long gets everything once, and nothing of it again", async () => {
    const slow: (() => void)[] = []
    const { world, raya, talks, hang } = await conversing(2, (waiting) => ({
      step: (_, honest, context) =>
        waiting.has(context.conversation)
          ? new Promise<TalkOutcome>((resolve) => slow.push(() => resolve(honest())))
          : honest(),
    }))
    const [late, free] = talked(talks)
    hang.add(late.id)
    await late.send(text("one"))
    await late.send(text("two"))
    await settle()
    await world.clock.advance(3000)
    await free.send(text("meanwhile"))
    await settle()
    expect(await textsOf(raya, free.id)).toEqual(["< hello", "< meanwhile"])
    expect(await raya.records("input")).toHaveLength(2)
    hang.clear()
    for (const resolve of slow.splice(0)) resolve()
    await settle()
    expect(await textsOf(raya, late.id)).toEqual(["< hello", "< one", "< two"])
    expect(await raya.records("input")).toEqual([])
    await raya.reopen()
    await settle()
    expect((await eventsOf(raya)).filter(({ type }) => type === "message")).toHaveLength(5)
    await world.close()
  })

  it("that hangs while payloads pour in makes reading wait, rather than memory grow", async () => {
    const { world, raya, talks, hang } = await conversing(2, hanging)
    const [stuck, free] = talked(talks)
    hang.add(stuck.id)
    const hint = hintOf(world.talkSeed(), true, 1, { crypto })
    const topic = inboxTopics.of(raya.client.participant, crypto)
    hang.add(free.id)
    for (let i = 0; i < 400; i++) await world.publish(topic, { hint, payload: utf8(`${i}`) })
    for (let i = 0; i < 40; i++) await world.clock.advance(3000)
    expect((await raya.records("input")).length).toBeLessThanOrEqual(256)
    expect((await raya.records("input")).length).toBeGreaterThan(100)
    const closed = raya.client.close()
    await world.clock.advance(10_000)
    await closed
    await world.close()
  })
})

describe("what is `later`", () => {
  /** Raya has a conversation whose first message is missing; the messages after it wait. */
  async function waiting(count: number) {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const { saro: talk } = await world.converse(saro, raya)
    await raya.client.close()
    const before = world.delivery.log().length
    for (let i = 1; i <= count; i++) await talk.send(text(`${i}`))
    await settle()
    const sent = world.delivery.log().slice(before)
    world.delivery.expire(world.delivery.log().length)
    await raya.open()
    await settle()
    const publish = async (number: number): Promise<void> => {
      const entry = sent[number - 1]
      if (entry !== undefined) await world.publish(entry.topic, entry.payload)
    }
    return { world, saro, raya, talk, publish }
  }

  it("is offered again after the next accepted step, in any order, and is then gone from the store", async () => {
    const { world, raya, talk, publish } = await waiting(talkWindow)
    for (const number of [5, 3, 8, 2, 4, 7, 6]) await publish(number)
    expect(await textsOf(raya, talk.id)).toEqual(["< hello"])
    expect(await raya.records("later")).toHaveLength(7)
    await publish(1)
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `< ${n}`)])
    expect(await raya.records("later")).toEqual([])
    await world.close()
  })

  it("survives a restart", async () => {
    const { world, raya, talk, publish } = await waiting(3)
    await publish(3)
    await publish(2)
    await raya.crash()
    await settle()
    await publish(1)
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< 1", "< 2", "< 3"])
    await world.close()
  })

  it("is bounded by count: the oldest make room", async () => {
    const { world, raya, publish } = await waiting(3)
    for (let i = 0; i < 100; i++) await publish(2)
    expect(await raya.records("later")).toHaveLength(64)
    expect(raya.client.counters()).toMatchObject({ LATER_DROPPED: 36 })
    await world.close()
  })

  it("is bounded by bytes", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    await world.converse(saro, raya)
    const hint = hintOf(world.talkSeed(), true, 2, { crypto })
    const topic = inboxTopics.of(raya.client.participant, crypto)
    for (let i = 0; i < 20; i++) await world.publish(topic, { hint, payload: new Uint8Array(100_000) })
    expect(await raya.records("later")).toHaveLength(10)
    expect(raya.client.counters()).toMatchObject({ LATER_DROPPED: 10 })
    await world.close()
  })

  it("is given up when it is too old", async () => {
    const { world, saro, raya, talk, publish } = await waiting(3)
    await saro.client.close()
    await publish(3)
    expect(await raya.records("later")).toHaveLength(1)
    await world.clock.advance(8 * 24 * 60 * 60 * 1000)
    await (await conversation(raya, talk.id)).send(text("anyone?"))
    await settle()
    expect(await raya.records("later")).toEqual([])
    await world.close()
  })
})

describe("a deadline", () => {
  const remind = async (person: Person, id: Parameters<typeof conversation>[1], atMs: number): Promise<void> => {
    await (await conversation(person, id)).as(UnsafeTalkV1)?.command("remind", { atMs })
  }
  const reminders = async (person: Person): Promise<unknown[]> =>
    (await eventsOf(person))
      .filter((event) => event.type === "notice")
      .map((event) => event.type === "notice" && event.body)

  it("wakes its conversation when it has come, and once", async () => {
    const { world, saro, talks } = await conversing(1, () => ({}))
    const [talk] = talked(talks)
    const atMs = world.clock.nowMs() + 60_000
    await remind(saro, talk.id, atMs)
    await world.clock.advance(59_999)
    expect(await reminders(saro)).toEqual([])
    await world.clock.advance(1)
    expect(await reminders(saro)).toEqual([{ atMs }])
    await world.clock.advance(600_000)
    expect(await reminders(saro)).toEqual([{ atMs }])
    await world.close()
  })

  it("of a conversation that just began is met, on both sides", async () => {
    const world = new World()
    const woken: string[] = []
    const type = (name: string) =>
      unsafeTalk({
        hooks: {
          start: (_, honest, { nowMs }) => ({ ...honest(), wakeAtMs: nowMs + 10_000 }),
          step: (input, honest) => {
            if (input.kind === "wake") woken.push(name)
            return honest()
          },
        },
      })
    const saro = await world.person("saro", { types: [type("saro"), UnsafeCarrierV1] })
    const raya = await world.person("raya", { types: [type("raya"), UnsafeCarrierV1] })
    // What was due when they opened is behind them: nobody looks for deadlines unless told.
    await world.clock.advance(60_000)
    await saro.client.conversations.start(await raya.client.introduce())
    await world.clock.advance(9_999)
    expect(woken).toEqual([])
    await world.clock.advance(1)
    expect(woken.sort()).toEqual(["raya", "saro"])
    await world.close()
  })

  it("whose commit failed can be set again, and is met after a restart", async () => {
    const world = new World()
    const gate = new Gate()
    const saro = await world.person("saro", { store: { onCommit: gate.onCommit } })
    const { saro: talk } = await world.converse(saro, await world.person("raya"))
    const atMs = world.clock.nowMs() + 10_000
    gate.fail()
    await expect(remind(saro, talk.id, atMs)).rejects.toMatchObject({ code: "STORE_FAILED" })
    await remind(saro, talk.id, atMs)
    await saro.reopen()
    await world.clock.advance(10_000)
    expect(await reminders(saro)).toEqual([{ atMs }])
    await world.close()
  })

  it("that is moved counts from where it was moved to", async () => {
    const { world, saro, talks } = await conversing(1, () => ({}))
    const [talk] = talked(talks)
    const nowMs = world.clock.nowMs()
    await remind(saro, talk.id, nowMs + 10_000)
    await remind(saro, talk.id, nowMs + 50_000)
    await remind(saro, talk.id, nowMs + 30_000)
    await world.clock.advance(20_000)
    expect(await reminders(saro)).toEqual([])
    await world.clock.advance(10_000)
    expect(await reminders(saro)).toEqual([{ atMs: nowMs + 30_000 }])
    await world.close()
  })

  it("that came while the client was closed wakes it when it opens", async () => {
    const { world, saro, talks } = await conversing(1, () => ({}))
    const [talk] = talked(talks)
    const atMs = world.clock.nowMs() + 60_000
    await remind(saro, talk.id, atMs)
    await saro.client.close()
    await world.clock.advance(120_000)
    await saro.open()
    await world.clock.advance(2000)
    expect(await reminders(saro)).toEqual([{ atMs }])
    await world.close()
  })

  it("in the far future is not forgotten", async () => {
    const { world, saro, talks } = await conversing(1, () => ({}))
    const [talk] = talked(talks)
    const atMs = world.clock.nowMs() + 40 * 24 * 60 * 60 * 1000
    await remind(saro, talk.id, atMs)
    await world.clock.advance(40 * 24 * 60 * 60 * 1000)
    expect(await reminders(saro)).toEqual([{ atMs }])
    await world.close()
  })

  it("of one conversation is met although another hangs at its own", async () => {
    const world = new World()
    const hang = new Set<string>()
    const saro = await world.person("saro", { types: [unsafeTalk({ hooks: hanging(hang) }), UnsafeCarrierV1] })
    const raya = await world.person("raya")
    const stuck = (await world.converse(saro, raya)).saro
    const free = (await world.converse(saro, raya)).saro
    const nowMs = world.clock.nowMs()
    await remind(saro, stuck.id, nowMs + 10_000)
    await remind(saro, free.id, nowMs + 20_000)
    hang.add(stuck.id)
    await world.clock.advance(60_000)
    expect(await reminders(saro)).toEqual([{ atMs: nowMs + 20_000 }])
    const closed = saro.client.close()
    await world.clock.advance(10_000)
    await closed
    hang.clear()
    await saro.open()
    await world.clock.advance(2000)
    expect(await reminders(saro)).toEqual([{ atMs: nowMs + 20_000 }, { atMs: nowMs + 10_000 }])
    await world.close()
  })

  it("of a conversation whose type is not registered keeps nobody else's from being met", async () => {
    const world = new World()
    const other = unsafeTalk({ name: "unsafe-other" })
    const all = [UnsafeTalkV1, other, UnsafeCarrierV1]
    const [saro, raya] = [await world.person("saro", { types: all }), await world.person("raya", { types: all })]
    const nowMs = world.clock.nowMs()
    for (let i = 0; i < 260; i++) {
      const introduction = await raya.client.introduce()
      const gone = await saro.client.conversations.start(introduction, { type: other })
      await gone.as(other)?.command("remind", { atMs: nowMs + 1000 })
    }
    const { saro: kept } = await world.converse(saro, raya)
    await remind(saro, kept.id, nowMs + 2000)
    await saro.reopen({ types: [UnsafeTalkV1, UnsafeCarrierV1] })
    await world.clock.advance(10_000)
    expect(await reminders(saro)).toEqual([{ atMs: nowMs + 2000 }])
    await world.close()
  })
})
