import { memoryDelivery, memoryStorage, type OpenStorage } from "@colloquy/core"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { Client, PrivateV1, rawKey, text } from "colloquy"
import { describe, expect, test } from "vitest"
import { VirtualClock } from "../src/simulator/virtual-clock.js"

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const crypto = await loadCrypto()
const random = systemRandom()

/** Another store with the same records, as a copy of the files would be. */
async function copyOf(open: OpenStorage): Promise<OpenStorage> {
  const from = await open()
  const entries = await from.scan({ from: Uint8Array.of(0), to: new Uint8Array(256).fill(255), limit: 1_000_000 })
  await from.close()
  const copy = memoryStorage()
  const to = await copy()
  await to.commit(entries)
  await to.close()
  return copy
}

async function textsOf(client: Client, id: string): Promise<string[]> {
  const { items } = (await (await client.conversations.get(id))?.messages({ limit: 1000 })) ?? { items: [] }
  return items.map(({ content }) => (text.is(content) ? content.text : content.type))
}

async function resetsSeen(client: Client): Promise<unknown[]> {
  const seen: unknown[] = []
  const stop = new AbortController()
  setImmediate(() => stop.abort())
  for await (const event of client.events({ signal: stop.signal }))
    if (event.type === "notice" && event.name === "reset") seen.push((event.body as { reason: string }).reason)
  return seen
}

describe("a profile that is a week-old copy", () => {
  test("goes on after a reset by its owner, and both people see it", async () => {
    const clock = new VirtualClock(1_800_000_000_000)
    const delivery = memoryDelivery()
    const keys = { saro: random(32), raya: random(32) }
    const open = (storage: OpenStorage, who: "saro" | "raya"): Promise<Client> =>
      Client.open({ storage, unlock: rawKey(keys[who].slice()), delivery: delivery.open, clock, random, crypto })
    const pass = (ms: number): Promise<void> => clock.runUntil(clock.nowMs() + ms)

    const disk = memoryStorage()
    let saro = await open(disk, "saro")
    const raya = await open(memoryStorage(), "raya")
    const { id } = await saro.conversations.start(await raya.introduce(), { content: text("hello") })
    await pass(minuteMs)
    await raya.requests.allow(id)
    const say = async (client: Client, words: string): Promise<void> => {
      await (await client.conversations.get(id))?.send(text(words))
      await pass(minuteMs)
    }
    await say(raya, "hello Saro")
    await pass(10 * minuteMs)

    await saro.close()
    const old = await copyOf(disk)
    saro = await open(disk, "saro")
    for (let day = 1; day <= 7; day++) {
      await say(saro, `Saro's day ${day}`)
      await say(raya, `Raya's day ${day}`)
      await pass(dayMs)
    }
    await saro.close()

    saro = await open(old, "saro")
    await say(raya, "written to the old copy")
    await pass(minuteMs)
    await (await saro.conversations.get(id))?.as(PrivateV1)?.command("reset", {})
    await pass(dayMs)
    await say(saro, "Saro is back")
    await say(raya, "welcome back")
    await pass(dayMs)

    expect(await textsOf(raya, id)).toEqual(expect.arrayContaining(["Saro is back", "welcome back"]))
    const seen = await textsOf(saro, id)
    expect(seen).toEqual(expect.arrayContaining(["hello", "written to the old copy", "Saro is back", "welcome back"]))
    expect(new Set(seen).size).toBe(seen.length)
    // The person's reset; then Saro's machine hears of numbers that it never used, and begins once more with fresh ones.
    const resets = ["person", "rollback"]
    expect(await resetsSeen(saro)).toEqual(resets)
    expect(await resetsSeen(raya)).toEqual(resets)
    await saro.close()
    await raya.close()
  })
})
