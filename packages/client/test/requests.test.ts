import { describe, expect, it } from "vitest"
import { conversation, eventsOf, settle, text, textsOf, World } from "./support/world.js"

async function asking() {
  const world = new World()
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  const talk = await saro.client.conversations.start(await raya.client.introduce(), { content: text("may I?") })
  await settle()
  return { world, saro, raya, talk }
}

describe("someone unknown", () => {
  it("is a request, and learns nothing before he is allowed", async () => {
    const { world, saro, raya, talk } = await asking()
    const before = world.delivery.log().length
    await talk.send(text("hello?"))
    await settle()
    expect(world.delivery.log()).toHaveLength(before + 1)
    expect((await raya.client.requests.list()).items).toMatchObject([{ id: talk.id, peer: saro.client.participant }])
    expect(await textsOf(raya, talk.id)).toEqual(["< may I?", "< hello?"])
    await raya.client.requests.allow(talk.id)
    await settle()
    const { items } = await talk.messages()
    expect(items.map(({ state }) => state)).toEqual(["acknowledged", "acknowledged"])
    expect((await raya.client.requests.list()).items).toEqual([])
    await world.close()
  })

  it("is heard for 320 payloads and no more, over restarts too, until he is allowed", async () => {
    const { world, raya, talk } = await asking()
    const say = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) await talk.send(text(`message ${i}`))
      await settle()
    }
    await say(1, 200)
    await raya.reopen()
    await settle()
    await say(200, 322)
    const refused = world.delivery.log().at(-1)
    const before = await raya.records("message", "event", "cell", "row", "instance")
    expect((await textsOf(raya, talk.id)).length).toBe(321)
    expect(raya.client.counters()).toMatchObject({ REQUEST_FULL: 1 })
    await say(322, 330)
    expect(await raya.records("message", "event", "cell", "row", "instance")).toEqual(before)
    await raya.client.requests.allow(talk.id)
    await settle()
    if (refused !== undefined) await world.publish(refused.topic, refused.payload)
    expect((await textsOf(raya, talk.id)).at(-1)).toBe("< message 321")
    await world.close()
  })

  it("is allowed by an answer", async () => {
    const { world, raya, talk } = await asking()
    await (await conversation(raya, talk.id)).send(text("you may"))
    await settle()
    expect(await (await conversation(raya, talk.id)).details()).toMatchObject({ consent: "allowed" })
    expect((await eventsOf(raya)).filter(({ type }) => type === "consent")).toHaveLength(1)
    await world.close()
  })

  it("who was allowed once needs no leave again", async () => {
    const { world, saro, raya, talk } = await asking()
    await raya.client.requests.allow(talk.id)
    await settle()
    const again = await saro.client.conversations.start(await raya.client.introduce(), { content: text("again") })
    await settle()
    expect((await raya.client.conversations.list()).items).toMatchObject([
      { consent: "allowed" },
      { consent: "allowed" },
    ])
    expect(await textsOf(raya, again.id)).toEqual(["< again"])
    await world.close()
  })
})

describe("someone denied", () => {
  it("is not shown any more, begins nothing new, and hears nothing", async () => {
    const { world, saro, raya, talk } = await asking()
    await raya.client.requests.deny(talk.id)
    await settle()
    const [events, sent] = [(await eventsOf(raya)).length, world.delivery.log().length]
    await talk.send(text("why not?"))
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< may I?"])
    await saro.client.conversations.start(await raya.client.introduce(), { content: text("otherwise then") })
    await settle()
    expect((await raya.client.conversations.list()).items).toMatchObject([{ id: talk.id, consent: "denied" }])
    expect(raya.client.counters()).toMatchObject({ SENDER_DENIED: 1 })
    expect(await eventsOf(raya)).toHaveLength(events)
    expect(world.delivery.log()).toHaveLength(sent + 2)
    await expect((await conversation(raya, talk.id)).send(text("x"))).rejects.toMatchObject({ code: "CONSENT_DENIED" })
    await world.close()
  })

  it("stays denied over a restart, and can be allowed later", async () => {
    const { world, saro, raya, talk } = await asking()
    await raya.client.requests.deny(talk.id)
    await raya.reopen()
    await saro.client.conversations.start(await raya.client.introduce())
    await settle()
    expect((await raya.client.conversations.list()).items).toHaveLength(1)
    await raya.client.requests.allow(talk.id)
    await talk.send(text("at last"))
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< may I?", "< at last"])
    await saro.client.conversations.start(await raya.client.introduce(), { content: text("and more") })
    await settle()
    expect((await raya.client.conversations.list()).items).toHaveLength(2)
    await world.close()
  })
})
