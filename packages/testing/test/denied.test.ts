import { memoryDelivery, memoryStorage } from "@colloquy/core"
import { Client, PrivateV1, rawKey, text } from "colloquy"
import { expect, test } from "vitest"
import { VirtualClock } from "../src/simulator/virtual-clock.js"

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

async function conversing() {
  const clock = new VirtualClock(1_800_000_000_000)
  const delivery = memoryDelivery()
  const unlock = rawKey(new Uint8Array(32).fill(7))
  const open = (): Promise<Client> => Client.open({ storage: memoryStorage(), unlock, delivery: delivery.open, clock })
  const pass = (ms: number): Promise<void> => clock.runUntil(clock.nowMs() + ms)
  const [saro, raya] = [await open(), await open()]
  const { id } = await saro.conversations.start(await raya.introduce(), { content: text("hello") })
  await pass(minuteMs)
  await raya.requests.allow(id)
  await (await raya.conversations.get(id))?.send(text("hello Saro"))
  await pass(10 * minuteMs)
  const talkOf = async (client: Client) => {
    const talk = await client.conversations.get(id)
    if (talk === undefined) throw new Error("no conversation")
    return talk
  }
  const texts = async (client: Client): Promise<string[]> =>
    (await (await talkOf(client)).messages()).items.map(({ content }) => (text.is(content) ? content.text : "?"))
  const close = async (): Promise<void> => {
    await saro.close()
    await raya.close()
  }
  return { saro, raya, id, pass, talkOf, texts, close }
}

test("what was written while one was denied is acknowledged only once it is shown, and is shown when he is allowed again", async () => {
  const { saro, raya, pass, talkOf, texts, close } = await conversing()
  await (await talkOf(raya)).deny()
  const message = await (await talkOf(saro)).send(text("why not?"))
  await pass(minuteMs)
  expect(await message.state()).toBe("published")
  expect(await texts(raya)).not.toContain("why not?")
  await (await talkOf(raya)).allow()
  await pass(3000)
  expect(await message.state()).toBe("published")
  await pass(dayMs)
  expect(await texts(raya)).toContain("why not?")
  expect(await message.state()).toBe("acknowledged")
  await close()
})

test("a new session that was begun while one was denied is the session when he is allowed again", async () => {
  const { saro, raya, pass, talkOf, texts, close } = await conversing()
  await (await talkOf(raya)).deny()
  await (await talkOf(saro)).as(PrivateV1)?.command("reset", {})
  await pass(30 * minuteMs)
  await (await talkOf(raya)).allow()
  const [ours, theirs] = [
    await (await talkOf(saro)).send(text("in the new session")),
    await (await talkOf(raya)).send(text("I am back")),
  ]
  await pass(dayMs)
  expect(await texts(raya)).toContain("in the new session")
  expect(await texts(saro)).toContain("I am back")
  expect([await ours.state(), await theirs.state()]).toEqual(["acknowledged", "acknowledged"])
  await close()
})
