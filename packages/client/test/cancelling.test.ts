import { describe, expect, it } from "vitest"
import { Gate } from "./support/gate.js"
import { heldDelivery } from "./support/held-delivery.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { type TalkHooks, unsafeTalk } from "./support/unsafe-talk.js"
import { conversation, eventsOf, settle, text, textsOf, World } from "./support/world.js"

/** The honest type knows nothing of cancelling: here it agrees. */
const agreeing: TalkHooks = {
  step: (input, honest) => (input.kind === "cancel" ? { kind: "next", patch: {}, effects: [] } : honest()),
}

async function conversing(hooks: TalkHooks = agreeing) {
  const world = new World()
  const gate = new Gate()
  const held = heldDelivery(world.delivery)
  const types = [unsafeTalk({ hooks }), UnsafeCarrierV1]
  const saro = await world.person("saro", { types, delivery: held.open, store: { onCommit: gate.onCommit } })
  const raya = await world.person("raya")
  return { world, gate, held, saro, raya, talk: await world.converse(saro, raya) }
}

/** Down so long that the outbox has tried, and waits to try again: then what is sent waits, too. */
async function goDown(world: World, talk: { send(content: ReturnType<typeof text>): Promise<unknown> }): Promise<void> {
  world.delivery.setDown()
  await talk.send(text("first"))
  await settle()
}

describe("cancelling a message", () => {
  it("that waits: it fails as CANCELLED, is never sent, and stays so", async () => {
    const { world, saro, raya, talk } = await conversing()
    await goDown(world, talk.saro)
    const message = await talk.saro.send(text("rather not"))
    await message.cancel()
    expect(await message.state()).toBe("failed")
    expect(await talk.saro.message(message.id)).toMatchObject({ state: "failed", code: "CANCELLED" })
    await expect(message.reached("published")).rejects.toMatchObject({ code: "MESSAGE_FAILED" })
    await expect(message.cancel()).rejects.toMatchObject({ code: "TOO_LATE" })
    await saro.reopen()
    world.delivery.setUp()
    await world.clock.advance(120_000)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< first"])
    expect(await talk.raya.message(message.id)).toBeUndefined()
    const states = (await eventsOf(saro)).flatMap((event) =>
      event.type === "state" && event.message === message.id ? [`${event.state} ${event.code ?? ""}`] : [],
    )
    expect(states).toEqual(["queued ", "failed CANCELLED"])
    await world.close()
  })

  it("that was the only one to wait leaves nothing to wait for", async () => {
    const { world, saro, talk } = await conversing()
    const client = await saro.reopen({ delivery: null })
    const message = await (await conversation(saro, talk.saro.id)).send(text("rather not"))
    const drained = client.drained(new AbortController().signal)
    await message.cancel()
    expect(await drained).toBe(true)
    await world.close()
  })

  it("that is under way, or was published, is too late and changes nothing", async () => {
    const { world, held, raya, talk } = await conversing()
    held.hold()
    const message = await talk.saro.send(text("gone already"))
    await settle()
    await expect(message.cancel()).rejects.toMatchObject({ code: "TOO_LATE" })
    expect(await message.state()).toBe("queued")
    held.releaseReversed()
    await settle()
    await expect(message.cancel()).rejects.toMatchObject({ code: "TOO_LATE" })
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< gone already"])
    await world.close()
  })

  it("that the type refuses goes on waiting, and is sent", async () => {
    const { world, raya, talk } = await conversing({})
    await goDown(world, talk.saro)
    const message = await talk.saro.send(text("still wanted"))
    await expect(message.cancel()).rejects.toMatchObject({ code: "NOT_SUPPORTED" })
    expect(await message.state()).toBe("queued")
    world.delivery.setUp()
    await world.clock.advance(120_000)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< first", "< still wanted"])
    expect(await message.state()).toBe("acknowledged")
    await world.close()
  })

  it("whose commit fails goes on waiting, and is sent", async () => {
    const { world, gate, raya, talk } = await conversing()
    await goDown(world, talk.saro)
    const message = await talk.saro.send(text("the disk says no"))
    gate.fail()
    await expect(message.cancel()).rejects.toMatchObject({ code: "STORE_FAILED" })
    expect(await message.state()).toBe("queued")
    world.delivery.setUp()
    await world.clock.advance(120_000)
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< first", "< the disk says no"])
    await world.close()
  })

  it("that travels with an invitation which is under way is too late", async () => {
    const { world, held, saro, raya } = await conversing()
    held.hold()
    const talk = await saro.client.conversations.start(await raya.client.introduce(), { content: text("with it") })
    await settle()
    await expect(talk.first?.cancel()).rejects.toMatchObject({ code: "TOO_LATE" })
    expect(await talk.first?.state()).toBe("queued")
    held.releaseReversed()
    await settle()
    expect(await textsOf(raya, talk.id)).toEqual(["< with it"])
    await world.close()
  })
})
