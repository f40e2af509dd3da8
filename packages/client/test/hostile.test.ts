import { inboxTopics, type OpenDelivery, type Topic } from "@colloquy/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hintOf } from "./support/unsafe-talk.js"
import { crypto, eventsOf, settle, text, textsOf, utf8, World } from "./support/world.js"

const seed = 20_261_123

async function conversing() {
  const world = new World({ delivery: { payloadBytesMax: 2_000_000 } })
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  const talk = await world.converse(saro, raya)
  return { world, saro, raya, talk, topic: inboxTopics.of(raya.client.participant, crypto) }
}

const state = [
  "cell",
  "row",
  "instance",
  "hint",
  "journal",
  "claim",
  "message",
  "log",
  "event",
  "outbox",
  "input",
  "later",
] as const

describe("bytes from outside (invariant 5)", () => {
  it("that are no envelope are counted, and gone", async () => {
    const { world, raya, talk, topic } = await conversing()
    const records = await raya.records(...state)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await world.publish(topic, bytes)
      }),
      { seed, numRuns: 300 },
    )
    await world.publish(topic, new Uint8Array(1_500_000))
    expect(await raya.records(...state)).toEqual(records)
    expect(raya.client.counters()).toMatchObject({ ENVELOPE_EMPTY: expect.any(Number) as number, ENVELOPE_TOO_LONG: 1 })
    await talk.saro.send(text("still here"))
    await settle()
    expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< still here"])
    await world.close()
  })

  it("cut short at every length, and with every byte changed, change nothing", async () => {
    const { world, raya, talk } = await conversing()
    await raya.client.close()
    await talk.saro.send(text("whole"))
    await settle()
    const sent = world.delivery.log().at(-1)
    if (sent === undefined) throw new Error("nothing was published")
    world.delivery.expire(1000)
    await raya.open()
    await settle()
    const records = await raya.records(...state)
    for (let length = 0; length < sent.payload.length; length++)
      await world.publish(sent.topic, sent.payload.slice(0, length))
    expect(await raya.records(...state)).toEqual(records)
    for (let at = 0; at < 40; at++) {
      const changed = sent.payload.slice()
      changed[at] = (changed[at] as number) ^ 0xff
      await world.publish(sent.topic, changed)
    }
    expect(await raya.records(...state)).toEqual(records)
    await world.publish(sent.topic, sent.payload)
    expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< whole"])
    await world.close()
  })

  it("under a hint that is expected are the type's to refuse: random ones change nothing", async () => {
    const { world, raya, talk, topic } = await conversing()
    const hint = hintOf(world.talkSeed(), true, 1, { crypto })
    const records = await raya.records(...state)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (payload) => {
        await world.publish(topic, { hint, payload })
      }),
      { seed, numRuns: 300 },
    )
    expect(await raya.records(...state)).toEqual(records)
    expect(raya.client.counters()).toMatchObject({ PAYLOAD_MALFORMED: 300 })
    await talk.saro.send(text("good"))
    await settle()
    expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< good"])
    await world.close()
  })

  it("that nobody expects stay within 4 MiB a topic and a day, in memory and in the store", async () => {
    const { world, raya, talk, topic } = await conversing()
    await raya.client.close()
    for (let i = 0; i < 3000; i++)
      await world.publish(topic, { hint: world.random(16), payload: new Uint8Array(3000).fill(i) })
    await raya.open()
    for (let i = 0; i < 10; i++) await settle()
    await world.clock.advance(1000)
    const bytes = async (): Promise<number> =>
      (await raya.records("ring")).reduce((sum, line) => sum + line.length / 2, 0)
    expect(await bytes()).toBeLessThan(4.5 * 1024 * 1024)
    expect(await bytes()).toBeGreaterThan(3 * 1024 * 1024)
    expect(raya.client.counters()).toMatchObject({ PAYLOAD_UNEXPECTED: 3000 })
    await world.clock.advance(25 * 60 * 60 * 1000)
    await talk.saro.send(text("a day later"))
    await settle()
    expect(await bytes()).toBeLessThan(10_000)
    expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< a day later"])
    await world.close()
  })

  it("under one hint cannot fill the ring for the others", async () => {
    const { world, raya, topic } = await conversing()
    const hint = world.random(16)
    for (let i = 0; i < 100; i++) await world.publish(topic, { hint, payload: utf8(`forged ${i}`) })
    expect((await raya.records("ring")).length).toBeLessThanOrEqual(8)
    await world.close()
  })

  it("on topics that nobody asked for leave no trace, however many topics there are", async () => {
    const world = new World()
    const inventing: OpenDelivery = (environment) => {
      const service = world.delivery.open(environment)
      let number = 0
      const invented = () => ({
        topic: `/invented/1/${number++}/raw` as Topic,
        payload: Uint8Array.of(0x0a, 16, ...environment.random(16), 0x12, 1, 7),
      })
      return {
        get scope() {
          return service.scope
        },
        limits: service.limits,
        publish: (...args) => service.publish(...args),
        status: (listener) => service.status(listener),
        close: () => service.close(),
        open: (options) => {
          const feed = service.open(options)
          return {
            follow: (...args) => feed.follow(...args),
            leave: (topics) => feed.leave(topics),
            [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
            async *[Symbol.asyncIterator]() {
              for await (const batch of feed)
                yield { ...batch, payloads: [...Array.from({ length: 500 }, invented), ...batch.payloads] }
            },
          }
        },
      }
    }
    const saro = await world.person("saro")
    const raya = await world.person("raya", { delivery: inventing })
    const talk = await world.converse(saro, raya)
    await talk.saro.send(text("among many"))
    await settle()
    expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< among many"])
    expect(await raya.records("ring")).toEqual([])
    expect(raya.client.counters()["TOPIC_UNEXPECTED"]).toBeGreaterThanOrEqual(1000)
    await world.close()
  })

  it("grow numbers and nothing else: no events, no log of their own", async () => {
    const world = new World()
    const lines: unknown[] = []
    const saro = await world.person("saro")
    const raya = await world.person("raya", { logger: { log: (...line) => lines.push(line) } })
    await world.converse(saro, raya)
    const [events, logged] = [await eventsOf(raya), lines.length]
    const topic = inboxTopics.of(raya.client.participant, crypto)
    const hint = hintOf(world.talkSeed(), true, 1, { crypto })
    for (let i = 0; i < 200; i++) {
      await world.publish(topic, { hint, payload: utf8("junk") })
      await world.publish(topic, { hint: world.random(16), payload: utf8("junk") })
      await world.publish(topic, utf8("junk"))
    }
    expect(await eventsOf(raya)).toEqual(events)
    expect(lines.length).toBe(logged)
    expect(Object.keys(raya.client.counters()).length).toBeLessThan(10)
    await world.close()
  })
})
