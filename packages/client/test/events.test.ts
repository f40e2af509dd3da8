import { getEventListeners } from "node:events"
import type { ClientEvent, EventOptions } from "../src/index.js"
import { describe, expect, it } from "vitest"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { unsafeTalk, UnsafeTalkV1 } from "./support/unsafe-talk.js"
import { conversation, eventsOf, type Person, settle, text, World } from "./support/world.js"

async function conversing() {
  const world = new World()
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  return { world, saro, raya, talk: await world.converse(saro, raya) }
}

/** Reads so many events and leaves the loop in the body of the last, or after it when `finished`. */
async function read(person: Person, count: number, options: EventOptions, finished = false): Promise<ClientEvent[]> {
  const seen: ClientEvent[] = []
  const stop = new AbortController()
  for await (const event of person.client.events({ ...options, signal: stop.signal })) {
    seen.push(event)
    if (seen.length < count) continue
    if (!finished) break
    stop.abort()
  }
  return seen
}

const cursors = (events: readonly ClientEvent[]): string[] => events.map(({ cursor }) => cursor)

describe("events", () => {
  it("say in order what happened, and go on with what happens", async () => {
    const { world, saro, raya, talk } = await conversing()
    const seen: ClientEvent[] = []
    const stop = new AbortController()
    const reading = (async () => {
      for await (const event of raya.client.events({ signal: stop.signal })) seen.push(event)
    })()
    await settle()
    expect(seen).toMatchObject([
      {
        type: "conversation",
        conversation: talk.raya.id,
        conversationType: "UnsafeTalkV1",
        participants: [raya.client.participant, saro.client.participant],
        consent: "unknown",
      },
      { type: "message", message: { direction: "in", sender: saro.client.participant, state: "received" } },
      { type: "consent", consent: "allowed" },
    ])
    await talk.saro.send(text("news"))
    await settle()
    expect(seen[3]).toMatchObject({ type: "message", message: { content: { type: "text", text: "news" } } })
    expect(cursors(seen)).toEqual([...cursors(seen)].sort((a, b) => Number(a) - Number(b)))
    expect(new Set(cursors(seen)).size).toBe(seen.length)
    stop.abort()
    await reading
    await world.close()
  })

  it("are all there again for a reader without a name, and the rest for one who says after which", async () => {
    const { world, saro } = await conversing()
    const all = await eventsOf(saro)
    expect(all.length).toBeGreaterThan(2)
    expect(await eventsOf(saro)).toEqual(all)
    expect(await eventsOf(saro, { after: (all[0] as ClientEvent).cursor })).toEqual(all.slice(1))
    expect(await eventsOf(saro, { after: (all.at(-1) as ClientEvent).cursor })).toEqual([])
    await saro.reopen()
    await settle()
    expect((await eventsOf(saro)).slice(0, all.length)).toEqual(all)
    await world.close()
  })

  it("come again for a named reader who did not finish the last one, and not when he did", async () => {
    const { world, saro } = await conversing()
    const all = cursors(await eventsOf(saro))
    expect(cursors(await read(saro, 2, { consumer: "bot" }))).toEqual(all.slice(0, 2))
    expect(cursors(await read(saro, 1, { consumer: "bot" }, true))).toEqual(all.slice(1, 2))
    await saro.reopen()
    expect(cursors(await eventsOf(saro, { consumer: "bot" }))).toEqual(all.slice(2))
    expect(cursors(await eventsOf(saro, { consumer: "another" }))).toEqual(all)
    expect(cursors(await eventsOf(saro, { consumer: "bot", after: all[0] as string }))).toEqual(all.slice(1))
    await world.close()
  })

  it("are left out for no named reader, whenever the store is lost", async () => {
    const { world, saro, raya, talk } = await conversing()
    await talk.saro.send(text("more"))
    await settle()
    const all = cursors(await eventsOf(raya))
    const seen: string[] = []
    for (let i = 0; i < all.length; i++) {
      for await (const { cursor } of raya.client.events({ consumer: "bot" })) {
        seen.push(cursor)
        if (seen.length % 2 === 0) raya.store.lose()
        if (raya.client !== undefined && seen.length % 2 === 0) break
      }
      await settle()
      await raya.open()
      await settle()
      if (new Set(seen).size === all.length) break
    }
    expect([...new Set(seen)]).toEqual(all)
    await saro.client.close()
    await raya.client.close()
    expect(world.people).toHaveLength(2)
  })

  it("end with the signal: at once while nothing happens, and before when it was aborted already", async () => {
    const { world, saro } = await conversing()
    const stop = new AbortController()
    let count = 0
    const reading = (async () => {
      for await (const _ of saro.client.events({ signal: stop.signal })) count++
    })()
    await settle()
    stop.abort()
    await reading
    const before = count
    expect(before).toBeGreaterThan(0)
    for await (const _ of saro.client.events({ signal: stop.signal })) count++
    expect(count).toBe(before)
    await world.close()
  })

  it("fail with CLIENT_CLOSED for whoever waits, or is in the loop's body, when the client closes", async () => {
    const { world, saro, raya } = await conversing()
    const waiting = (async () => {
      for await (const _ of saro.client.events({ consumer: "a" }));
    })()
    let inBody = (): void => undefined
    const body = new Promise<void>((resolve) => (inBody = resolve))
    const working = (async () => {
      for await (const _ of saro.client.events({ consumer: "b" })) await body
    })()
    const outcomes = Promise.allSettled([waiting, working])
    await settle()
    const closed = saro.client.close()
    await settle()
    inBody()
    await closed
    expect(await outcomes).toMatchObject([
      { status: "rejected", reason: { code: "CLIENT_CLOSED" } },
      { status: "rejected", reason: { code: "CLIENT_CLOSED" } },
    ])
    await raya.client.close()
    expect(world.people).toHaveLength(2)
  })

  it("keep their order when the clock is set back", async () => {
    const { world, saro, raya, talk } = await conversing()
    const before = await eventsOf(raya)
    world.clock.set(world.clock.nowMs() - 7 * 24 * 60 * 60 * 1000)
    await saro.reopen()
    await raya.reopen()
    await (await conversation(saro, talk.saro.id)).send(text("a week ago"))
    await settle()
    const after = await eventsOf(raya)
    expect(after.slice(0, before.length)).toEqual(before)
    expect(after[before.length]).toMatchObject({ type: "message", message: { content: { text: "a week ago" } } })
    await world.close()
  })

  it("refuse a cursor that is none", async () => {
    const { world, saro } = await conversing()
    for (const after of ["", "x", "-1", "1.5", "9".repeat(20), "1e9"])
      await expect(read(saro, 1, { after })).rejects.toMatchObject({ code: "BAD_CURSOR" })
    const { signal } = new AbortController()
    await expect(saro.client.events({ after: "x", signal }).next()).rejects.toMatchObject({ code: "BAD_CURSOR" })
    expect(getEventListeners(signal, "abort"), "nobody waits for it").toEqual([])
    await world.close()
  })

  it("tell of a type that is not known here, and of a frame of a later version", async () => {
    const world = new World()
    const newer = unsafeTalk({ version: 2 })
    const saro = await world.person("saro", { types: [newer, UnsafeTalkV1, UnsafeCarrierV1] })
    const raya = await world.person("raya")
    await saro.client.conversations.start(await raya.client.introduce(), { type: newer, content: text("hello?") })
    await settle()
    expect(await eventsOf(raya)).toMatchObject([{ type: "unknown", what: "type", unknownType: "UnsafeTalkV2" }])
    expect(raya.client.counters()).toMatchObject({ TYPE_UNKNOWN: 1 })
    await world.close()
  })

  it("of a type that is no longer registered are still read, but for its notices", async () => {
    const { saro, raya, talk } = await conversing()
    await talk.saro.as(UnsafeTalkV1)?.command("note", { text: "x" })
    await settle()
    const before = await eventsOf(raya)
    expect(before.map(({ type }) => type)).toContain("notice")
    await raya.reopen({ types: [UnsafeCarrierV1] })
    expect(await eventsOf(raya)).toEqual(before.filter(({ type }) => type !== "notice"))
    expect((await raya.client.conversations.list()).items).toHaveLength(1)
    const handle = await conversation(raya, talk.saro.id)
    await expect(handle.send(text("x"))).rejects.toMatchObject({ code: "CONVERSATION_UNKNOWN" })
    expect((await handle.messages()).items).toHaveLength(1)
    await talk.saro.send(text("into the ring"))
    await settle()
    await raya.reopen({ types: [UnsafeTalkV1, UnsafeCarrierV1] })
    await settle()
    expect((await eventsOf(raya)).slice(0, before.length)).toEqual(before)
    await saro.client.close()
    await raya.client.close()
  })
})
