import { Client, type ConversationId, memoryDelivery, memoryStorage, rawKey, systemClock, text } from "colloquy"
import { expect, test } from "vitest"

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test("PV1-48: two people who begin at once have one thread each, and send on the same conversation as soon as they know of both", async () => {
  const delivery = memoryDelivery()
  const unlock = rawKey(new Uint8Array(32).fill(9))
  const open = () => Client.open({ storage: memoryStorage(), unlock, delivery: delivery.open, clock: systemClock })
  const [saro, raya] = [await open(), await open()]
  const [ofSaro, ofRaya] = [await saro.introduce(), await raya.introduce()]
  delivery.setDown()
  const one = await saro.conversations.start(ofRaya, { content: text("hello Raya") })
  const other = await raya.conversations.start(ofSaro, { content: text("hello Saro") })
  expect(one.id).not.toBe(other.id)
  delivery.setUp()
  for (const client of [saro, raya])
    for await (const event of client.events({ signal: AbortSignal.timeout(20_000) }))
      if (event.type === "message") break
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await turn()
  }
  await settle()
  const [, larger] = [one.id, other.id].sort() as [ConversationId, ConversationId]
  const rows = () => Promise.all([saro, raya].map(async (client) => (await client.storage(larger)).state.records))
  const before = await rows()
  await one.send(text("from Saro"))
  await other.send(text("from Raya"))
  // Where something is sent, a row is kept until it is acknowledged.
  expect(await rows()).toEqual(before)
  await settle()
  for (const [client, id] of [
    [saro, one.id],
    [raya, other.id],
  ] as const) {
    expect((await client.conversations.list()).items.map((details) => details.id)).toEqual([id])
    const { items } = await ((await client.conversations.get(id))?.messages() ?? { items: [] })
    expect(items.map(({ content }) => (text.is(content) ? content.text : "?")).sort()).toEqual(
      ["from Raya", "from Saro", "hello Raya", "hello Saro"].sort(),
    )
  }
  await saro.close()
  await raya.close()
})
