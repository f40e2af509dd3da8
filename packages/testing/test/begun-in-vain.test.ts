import { Client, memoryDelivery, memoryStorage, rawKey, text } from "colloquy"
import { expect, test } from "vitest"
import { VirtualClock } from "../src/simulator/virtual-clock.js"

const hourMs = 60 * 60 * 1000

async function people(...names: readonly string[]) {
  const clock = new VirtualClock(1_800_000_000_000)
  const delivery = memoryDelivery()
  const unlock = rawKey(new Uint8Array(32).fill(9))
  const clients = await Promise.all(
    names.map(() => Client.open({ storage: memoryStorage(), unlock, delivery: delivery.open, clock })),
  )
  const pass = (ms: number): Promise<void> => clock.runUntil(clock.nowMs() + ms)
  const close = async (): Promise<void> => {
    for (const client of clients) await client.close()
  }
  return { clients: clients as [Client, Client, Client], delivery, pass, close }
}

/** What others said, in all conversations of a client. */
async function heard(client: Client): Promise<string[]> {
  const texts: string[] = []
  for (const { id } of (await client.conversations.list()).items)
    for (const { direction, content } of (await (await client.conversations.get(id))?.messages())?.items ?? [])
      if (direction === "in") texts.push(text.is(content) ? content.text : "?")
  return texts.sort()
}

test("whoever began with an introduction that ran out on the way begins anew with the next one", async () => {
  const { clients, delivery, pass, close } = await people("saro", "raya")
  const [saro, raya] = clients
  const short = await raya.introduce({ expiresInMs: hourMs })
  delivery.setDown()
  const vain = await saro.conversations.start(short, { content: text("too late") })
  await pass(2 * hourMs)
  delivery.setUp()
  await pass(60_000)
  expect(await heard(raya)).toEqual([])
  const again = await saro.conversations.start(await raya.introduce(), { content: text("second try") })
  expect(again.id).not.toBe(vain.id)
  await pass(60_000)
  expect(await heard(raya)).toEqual(["second try"])
  await raya.requests.allow(again.id)
  await (await raya.conversations.get(again.id))?.send(text("at last"))
  await pass(60_000)
  expect(await heard(saro)).toEqual(["at last"])
  // What is alive is used, and not what was begun in vain.
  expect((await saro.conversations.start(await raya.introduce(), { content: text("third") })).id).toBe(again.id)
  await pass(60_000)
  expect(await heard(raya)).toEqual(["second try", "third"])
  await close()
})

test("whoever got an introduction that somebody else had used up begins anew with one of his own", async () => {
  const { clients, pass, close } = await people("saro", "raya", "pax")
  const [saro, raya, pax] = clients
  const shared = await raya.introduce()
  await saro.conversations.start(shared, { content: text("from Saro") })
  await pass(60_000)
  const vain = await pax.conversations.start(shared, { content: text("from Pax, in vain") })
  await pass(60_000)
  expect(await heard(raya)).toEqual(["from Saro"])
  const again = await pax.conversations.start(await raya.introduce(), { content: text("from Pax") })
  expect(again.id).not.toBe(vain.id)
  await pass(60_000)
  expect(await heard(raya)).toEqual(["from Pax", "from Saro"])
  await close()
})

test("who is begun with a day after he began in vain answers where the other one hears it", async () => {
  // Half of the ids are smaller than the one that nobody else knows.
  for (let round = 0; round < 4; round++) {
    const { clients, delivery, pass, close } = await people("saro", "raya")
    const [saro, raya] = clients
    const short = await raya.introduce({ expiresInMs: hourMs })
    delivery.setDown()
    await saro.conversations.start(short, { content: text("too late") })
    await pass(25 * hourMs)
    delivery.setUp()
    const begun = await raya.conversations.start(await saro.introduce(), { content: text("from Raya") })
    await pass(60_000)
    const talk = await saro.conversations.get(begun.id)
    await talk?.allow()
    await talk?.send(text("from Saro"))
    await pass(60_000)
    expect(await heard(raya)).toEqual(["from Saro"])
    await close()
  }
})
