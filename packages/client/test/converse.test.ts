import { describe, expect, it } from "vitest"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { UnsafeTalkV1 } from "./support/unsafe-talk.js"
import { UnsafeTallyV1 } from "./support/unsafe-tally.js"
import { UnsafeWhisperV1 } from "./support/unsafe-whisper.js"
import { conversation, eventsOf, settle, text, textsOf, World } from "./support/world.js"

describe("two clients", () => {
  it("converse, and both have the messages in one order", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const talk = await world.converse(saro, raya)
    await talk.saro.send(text("how are you?"))
    await settle()
    await talk.raya.send(text("fine"))
    await settle()
    expect(await textsOf(saro, talk.saro.id)).toEqual(["> hello", "> how are you?", "< fine"])
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< how are you?", "> fine"])
    await world.close()
  })

  it("learn what becomes of a message, and wait for it", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const talk = await world.converse(saro, raya)
    const message = await talk.saro.send(text("there?"))
    expect(await message.state()).toBe("queued")
    expect(await message.reached("published")).toBe("published")
    expect(await message.reached("acknowledged")).toBe("acknowledged")
    expect(await talk.saro.message(message.id)).toMatchObject({
      state: "acknowledged",
      proof: "stored",
      direction: "out",
    })
    const states = (await eventsOf(saro)).filter((event) => event.type === "state" && event.message === message.id)
    expect(states).toMatchObject([
      { state: "queued" },
      { state: "published", proof: "stored" },
      { state: "acknowledged", by: raya.client.participant },
    ])
    await world.close()
  })

  it("go on after both were closed and opened again", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const { saro: talk } = await world.converse(saro, raya)
    await saro.reopen()
    await raya.reopen()
    await (await conversation(saro, talk.id)).send(text("again"))
    await settle()
    await (await conversation(raya, talk.id)).send(text("indeed"))
    await settle()
    expect(await textsOf(saro, talk.id)).toEqual(["> hello", "> again", "< indeed"])
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< again", "> indeed"])
    await world.close()
  })

  it("run three unrelated types side by side, each with what is its own (invariant 6)", async () => {
    const world = new World()
    const types = [UnsafeTalkV1, UnsafeWhisperV1, UnsafeTallyV1, UnsafeCarrierV1]
    const [saro, raya] = [await world.person("saro", { types }), await world.person("raya", { types })]
    const start = async (type: (typeof types)[number]) =>
      saro.client.conversations.start(await raya.client.introduce(), { type })
    const talk = await start(UnsafeTalkV1)
    const whisper = await start(UnsafeWhisperV1)
    const tally = await start(UnsafeTallyV1)
    await settle()
    for (const id of [talk.id, whisper.id, tally.id]) await raya.client.requests.allow(id)
    await settle()
    await talk.send(text("talked"))
    await whisper.send(text("whispered"))
    await tally.as(UnsafeTallyV1)?.command("count", { by: 3 })
    await settle()
    await (await conversation(raya, whisper.id)).send(text("heard"))
    await (await conversation(raya, tally.id)).as(UnsafeTallyV1)?.command("count", { by: 4 })
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< talked"])
    expect(await textsOf(saro, whisper.id)).toEqual(["> whispered", "< heard"])
    for (const person of [saro, raya])
      expect((await eventsOf(person)).filter(({ type }) => type === "notice")).toMatchObject([
        { conversation: tally.id, name: "counted", body: { total: 3 } },
        { conversation: tally.id, name: "counted", body: { total: 7 } },
      ])
    expect(tally.as(UnsafeTalkV1)).toBeUndefined()
    await expect(tally.send(text("no"))).rejects.toMatchObject({ code: "CANNOT_SEND" })
    await world.close()
  })
})
