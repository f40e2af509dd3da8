import { type Batch, type Feed, inboxTopics, type OpenDelivery } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { Gate } from "./support/gate.js"
import { crypto, eventsOf, settle, text, textsOf, utf8, World } from "./support/world.js"

const count = 300
const words = Array.from({ length: count }, (_, number) => `word ${number}`)

/** Raya is away while Saro writes far more than her conversation expects at once; then she comes back. */
async function away() {
  const world = new World()
  const gate = new Gate()
  const saro = await world.person("saro")
  const raya = await world.person("raya", { store: { onCommit: gate.onCommit } })
  const talk = await world.converse(saro, raya)
  await raya.client.close()
  for (const word of words) await talk.saro.send(text(word))
  await settle()
  return { world, gate, raya, talk }
}

const all = ["< hello", ...words.map((word) => `< ${word}`)]

async function heard(raya: Awaited<ReturnType<typeof away>>["raya"]): Promise<string[]> {
  const said = (await eventsOf(raya)).filter((event) => event.type === "message")
  return said.map(({ message }) => (text.is(message.content) ? message.content.text : "?"))
}

/** A service that brings a few payloads at a time, and how many batches were taken from it. */
function sips(open: OpenDelivery, payloadsMax: number): { readonly open: OpenDelivery; taken(): number } {
  let taken = 0
  async function* cut(feed: Feed): AsyncGenerator<Batch> {
    for await (const batch of feed) {
      const { payloads, ...rest } = batch
      if (payloads.length === 0) yield batch
      for (let at = 0; at < payloads.length; at += payloadsMax) {
        taken++
        const isLast = at + payloadsMax >= payloads.length
        yield { ...rest, payloads: payloads.slice(at, at + payloadsMax), live: batch.live && isLast }
      }
    }
  }
  return {
    taken: () => taken,
    open: (environment) => {
      const service = open(environment)
      return {
        get scope() {
          return service.scope
        },
        limits: service.limits,
        publish: (publication, options) => service.publish(publication, options),
        status: (listener) => service.status(listener),
        close: () => service.close(),
        open: (options) => {
          const feed = service.open(options)
          return {
            follow: (topics, more) => feed.follow(topics, more),
            leave: (topics) => feed.leave(topics),
            [Symbol.asyncIterator]: () => cut(feed),
            [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
          }
        },
      }
    },
  }
}

describe("what waited for someone who was away", () => {
  it("is taken batch by batch: the next one is not asked for before the outcomes of the last are durable", async () => {
    const { world, gate, raya, talk } = await away()
    const { open, taken } = sips(world.delivery.open, 16)
    await raya.open({ delivery: null })
    await raya.client.close()
    const opened = raya.open({ delivery: open })
    gate.hold()
    for (let i = 0; i < 20; i++) await settle()
    expect(taken()).toBeLessThanOrEqual(1)
    gate.release()
    await opened
    for (let i = 0; i < 20; i++) await settle()
    expect(taken()).toBeGreaterThan(count / 16)
    expect(await textsOf(raya, talk.saro.id)).toEqual(all)
    await world.close()
  })

  it("is stepped in the order in which it came, in few commits", async () => {
    const { world, gate, raya, talk } = await away()
    const before = gate.commits
    await raya.open()
    for (let i = 0; i < 5; i++) await settle()
    expect(gate.commits - before).toBeLessThan(12)
    expect(await textsOf(raya, talk.saro.id)).toEqual(all)
    expect(await heard(raya)).toEqual(["hello", ...words])
    expect(raya.client.counters()["PAYLOAD_UNEXPECTED"]).toBeGreaterThan(100)
    await world.close()
  })

  for (let failing = 1; failing <= 6; failing++)
    it(`is all there when commit ${failing} of catching up fails once (invariant 2)`, async () => {
      const { world, gate, raya, talk } = await away()
      let commits = 0
      const { onCommit } = gate
      Object.assign(gate, {
        onCommit: async (batch: Parameters<typeof onCommit>[0]) => {
          if (++commits === failing) gate.fail()
          await onCommit(batch)
        },
      })
      await raya.open().catch(() => raya.open())
      for (let i = 0; i < 6; i++) await world.clock.advance(1000)
      expect(await textsOf(raya, talk.saro.id)).toEqual(all)
      expect(await heard(raya)).toEqual(["hello", ...words])
      // Nothing of it waits any more, in memory or in the store.
      await raya.reopen()
      await world.clock.advance(2000)
      expect(await textsOf(raya, talk.saro.id)).toEqual(all)
      await world.close()
    })
})

describe("payloads that nobody expects", () => {
  it("cost no commit of their own: several times a second at most, the cursor and the ring are saved", async () => {
    const world = new World()
    const gate = new Gate()
    const raya = await world.person("raya", { store: { onCommit: gate.onCommit } })
    await settle()
    await world.clock.advance(1000)
    const topic = inboxTopics.of(raya.client.participant, crypto)
    const before = gate.commits
    for (let i = 0; i < 50; i++) await world.publish(topic, { hint: world.random(16), payload: utf8(`foreign ${i}`) })
    expect(gate.commits - before).toBe(1)
    await world.clock.advance(1000)
    expect(gate.commits - before).toBe(2)
    expect(await raya.records("ring")).toHaveLength(2)
    for (let i = 0; i < 50; i++) await world.publish(topic, { hint: world.random(16), payload: utf8(`foreign ${i}`) })
    await raya.client.close()
    // Closing saves what was not saved.
    await raya.open({ delivery: null })
    expect(await raya.records("ring")).toHaveLength(4)
    await world.close()
  })
})
