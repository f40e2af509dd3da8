import { describe, expect, it } from "vitest"
import { heldDelivery } from "./support/held-delivery.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { UnsafeTalkV1 } from "./support/unsafe-talk.js"
import { UnsafeWhisperV1 } from "./support/unsafe-whisper.js"
import { settle, text, textsOf, World } from "./support/world.js"

/** Saro starts and writes on; everything that he published can be given to Raya in any order. */
async function written(type: typeof UnsafeTalkV1 | typeof UnsafeWhisperV1 = UnsafeTalkV1) {
  const world = new World({ delivery: { batchPayloadsMax: 1 } })
  const types = [type, UnsafeCarrierV1]
  const held = heldDelivery(world.delivery)
  const saro = await world.person("saro", { types, delivery: held.open })
  const raya = await world.person("raya", { types })
  held.hold()
  const talk = await saro.client.conversations.start(await raya.client.introduce(), { content: text("zero") })
  for (const word of ["one", "two", "three"]) await talk.send(text(word))
  await settle()
  return { world, held, saro, raya, talk }
}

const all = ["< zero", "< one", "< two", "< three"]

describe("a payload that overtakes its invitation", () => {
  it("is delivered when the invitation has come", async () => {
    const { world, held, raya, talk } = await written()
    held.releaseReversed()
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(all)
    await world.close()
  })

  it("is delivered then on a topic of the conversation's own, too", async () => {
    const { world, held, raya, talk } = await written(UnsafeWhisperV1)
    held.releaseReversed()
    await settle()
    expect((await textsOf(raya, talk.id)).sort()).toEqual([...all].sort())
    await world.close()
  })

  for (const how of ["restart", "crash"] as const)
    it(`is delivered then across a ${how}`, async () => {
      const world = new World({ delivery: { batchPayloadsMax: 1 } })
      const [saro, raya] = [await world.person("saro"), await world.person("raya")]
      const introduction = await raya.client.introduce()
      await raya.client.close()
      const talk = await saro.client.conversations.start(introduction, { content: text("zero") })
      for (const word of ["one", "two", "three"]) await talk.send(text(word))
      await settle()
      const [invite, ...rest] = world.delivery.log()
      world.delivery.expire(4)
      await raya.open()
      for (const { topic, payload } of rest) await world.publish(topic, payload)
      await world.clock.advance(300)
      expect(await raya.records("ring")).toHaveLength(2)
      expect((await raya.client.requests.list()).items).toEqual([])
      if (how === "crash") await raya.crash()
      else await raya.reopen()
      await settle()
      if (invite !== undefined) await world.publish(invite.topic, invite.payload)
      expect(await textsOf(raya, talk.id)).toEqual(all)
      await world.close()
    })

  it("of a type that is not registered for a while waits for it", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const { saro: talk } = await world.converse(saro, raya)
    await raya.reopen({ types: [UnsafeCarrierV1] })
    await talk.send(text("are you there?"))
    await settle()
    expect(raya.client.counters()).toMatchObject({ TYPE_UNREGISTERED: 1 })
    await raya.reopen({ types: [UnsafeTalkV1, UnsafeCarrierV1] })
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", "< are you there?"])
    await world.close()
  })
})
