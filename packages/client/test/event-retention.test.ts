import { describe, expect, it } from "vitest"
import type { ClientEvent } from "../src/index.js"
import { eventsOf, settle, text, World } from "./support/world.js"

const dayMs = 24 * 60 * 60 * 1000

async function conversing() {
  const world = new World()
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  return { world, saro, raya, talk: await world.converse(saro, raya) }
}

describe("events", () => {
  it("are forgotten after 30 days, hour by hour; messages stay", async () => {
    const { world, saro, talk } = await conversing()
    const old = await eventsOf(saro)
    await world.clock.advance(15 * dayMs)
    await talk.saro.send(text("half way"))
    await settle()
    await world.clock.advance(15 * dayMs - 1)
    expect((await eventsOf(saro)).slice(0, old.length)).toEqual(old)
    await world.clock.advance(3_600_001)
    const kept = await eventsOf(saro)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.some(({ cursor }) => old.some((event) => event.cursor === cursor))).toBe(false)
    expect((await talk.saro.messages()).items).toHaveLength(2)
    await world.close()
  })

  it("that a reader has not read when they are forgotten are told of as CURSOR_EXPIRED, and reading goes on from there", async () => {
    const { world, saro, talk } = await conversing()
    const [first] = await eventsOf(saro)
    const stop = new AbortController()
    for await (const event of saro.client.events({ consumer: "bot", signal: stop.signal }))
      if (event.cursor === first?.cursor) stop.abort()
    await world.clock.advance(31 * dayMs)
    await talk.saro.send(text("news"))
    await settle()
    const expired = async (options: { consumer?: string; after?: string }): Promise<unknown> => {
      try {
        for await (const event of saro.client.events(options)) return event
      } catch (error) {
        return error
      }
    }
    const after = (first as ClientEvent).cursor
    const told = (await expired({ after })) as { fields: { oldest: string } }
    expect(told).toMatchObject({ code: "CURSOR_EXPIRED" })
    expect(await expired({ consumer: "bot" })).toMatchObject({ code: "CURSOR_EXPIRED" })
    const rest = await eventsOf(saro, { after: told.fields.oldest })
    expect(rest).toEqual(await eventsOf(saro))
    expect(rest.map((event) => (event.type === "state" ? event.state : event.type))).toEqual([
      "queued",
      "published",
      "acknowledged",
    ])
    await saro.reopen()
    expect(await expired({ consumer: "bot" })).toMatchObject({ code: "CURSOR_EXPIRED" })
    expect(await eventsOf(saro, { consumer: "bot", after: told.fields.oldest })).toEqual(rest)
    await world.close()
  })

  it("that were all read are forgotten without a word", async () => {
    const { world, saro } = await conversing()
    const all = await eventsOf(saro, { consumer: "bot" })
    expect(all.length).toBeGreaterThan(2)
    await world.clock.advance(31 * dayMs)
    expect(await eventsOf(saro, { consumer: "bot" })).toEqual([])
    expect(await saro.records("event")).toEqual([])
    await world.close()
  })
})
