import { describe, expect, it } from "vitest"
import { crashingStorage, type CrashMoment } from "./support/crashing-storage.js"
import { Gate } from "./support/gate.js"
import { conversation, eventsOf, type Person, settle, text, textsOf, World } from "./support/world.js"

async function conversing() {
  const world = new World()
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  return { world, saro, raya, talk: await world.converse(saro, raya) }
}

const keys = ["instance", "cell", "row", "later", "peer", "carrier"] as const
const contents = ["message", "log", "idempotency"] as const

/** What is left that a conversation has and a fresh account has not. */
async function left(person: Person, tables: readonly (typeof keys | typeof contents)[number][]): Promise<number> {
  return (await person.records(...tables)).length
}

/** How many hints are expected, as the buckets say it. */
async function hints(person: Person): Promise<number> {
  const hexDigits = (await person.records("hint")).reduce((sum, record) => sum + (record.split(" ")[1] ?? "").length, 0)
  return hexDigits / 2 / 16
}

/** How many such records an account has that never conversed. */
async function fresh(): Promise<number> {
  const world = new World()
  const pax = await world.person("pax")
  const count = await left(pax, keys)
  await world.close()
  return count
}

describe("removing a conversation", () => {
  it("leaves nothing of it here, tells so in an event, and the other side keeps its own", async () => {
    const { world, saro, raya, talk } = await conversing()
    await talk.saro.send(text("keyed"), { key: "once" })
    await settle()
    await talk.saro.remove()
    expect(await left(saro, contents)).toBe(0)
    expect(await left(saro, keys)).toBe(await fresh())
    expect(await saro.records("removal", "outbox", "recent", "input", "journal")).toEqual([])
    expect(await hints(saro)).toBe(0)
    expect(await saro.client.conversations.get(talk.saro.id)).toBeUndefined()
    expect((await saro.client.conversations.list()).items).toEqual([])
    expect((await eventsOf(saro)).at(-1)).toMatchObject({ type: "removed", conversation: talk.saro.id })
    await expect(talk.saro.send(text("more"))).rejects.toMatchObject({ code: "CONVERSATION_UNKNOWN" })
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< keyed"])
    await world.close()
  })

  it("lets what arrives later find nobody", async () => {
    const { world, saro, talk } = await conversing()
    await talk.saro.remove()
    const before = (await eventsOf(saro)).length
    await talk.raya.send(text("are you there?"))
    await settle()
    expect(saro.client.counters()["PAYLOAD_UNEXPECTED"]).toBeGreaterThan(0)
    expect(await eventsOf(saro)).toHaveLength(before)
    await saro.reopen()
    await settle()
    expect(await left(saro, contents)).toBe(0)
    await world.close()
  })

  it("withdraws nothing where it can't be written", async () => {
    const world = new World()
    const gate = new Gate()
    const saro = await world.person("saro", { store: { onCommit: gate.onCommit } })
    const raya = await world.person("raya")
    const talk = await world.converse(saro, raya)
    world.delivery.setDown()
    await talk.saro.send(text("under way"))
    await settle()
    const message = await talk.saro.send(text("waiting"))
    gate.fail()
    await expect(talk.saro.remove()).rejects.toMatchObject({ code: "STORE_FAILED" })
    world.delivery.setUp()
    await world.clock.advance(120_000)
    expect(await message.state()).not.toBe("queued")
    expect(await textsOf(raya, talk.saro.id)).toEqual(["< hello", "< under way", "< waiting"])
    await world.close()
  })

  it("withdraws what waits to be published", async () => {
    const { world, saro, raya, talk } = await conversing()
    world.delivery.setDown()
    // The first is under way when the service goes down: whether it arrives cannot be known.
    await talk.saro.send(text("under way"))
    await settle()
    await talk.saro.send(text("waiting"))
    await talk.saro.remove()
    world.delivery.setUp()
    await world.clock.advance(120_000)
    expect(await saro.records("outbox")).toEqual([])
    expect(await textsOf(raya, talk.saro.id)).not.toContain("< waiting")
    await world.close()
  })

  it("can be followed by a new conversation with the same person", async () => {
    const { world, saro, raya, talk } = await conversing()
    await talk.saro.remove()
    const again = await saro.client.conversations.start(await raya.client.introduce(), { content: text("me again") })
    await settle()
    expect(again.id).not.toBe(talk.saro.id)
    expect(await textsOf(raya, again.id)).toEqual(["< me again"])
    await world.close()
  })

  it.each(["before", "after"] as const)(
    "that is interrupted %s any of its commits is finished later, keys first",
    async (moment: CrashMoment) => {
      const none = await fresh()
      let interrupted = 0
      for (let commit = 1; commit < 100; commit++) {
        const { world, saro, talk } = await conversing()
        for (let i = 0; i < 260; i++) await talk.saro.send(text(`number ${i}`), { key: `${i}` })
        await settle()
        await saro.client.close()
        const storage = crashingStorage(saro.store, commit, moment)
        await saro.open({ storage }).catch(() => undefined)
        await settle()
        const removing = async (): Promise<void> => (await conversation(saro, talk.saro.id)).remove()
        await removing().catch(() => undefined)
        await settle()
        if (!storage.crashed()) {
          await world.close()
          break
        }
        interrupted++
        await saro.open({ storage: saro.store, delivery: null })
        await settle()
        const exists = (await saro.client.conversations.get(talk.saro.id)) !== undefined
        const isWhole = (await left(saro, contents)) > 520
        // Without its keys a conversation is no more; with them it is all there.
        expect(exists).toBe(isWhole)
        if (!exists) {
          await world.clock.advance(1000)
          expect([await left(saro, contents), await left(saro, keys)]).toEqual([0, none])
          expect(await saro.records("removal")).toEqual([])
        } else await (await conversation(saro, talk.saro.id)).remove()
        expect(await left(saro, contents)).toBe(0)
        expect((await eventsOf(saro)).filter(({ type }) => type === "removed")).toHaveLength(1)
        await world.close()
      }
      expect(interrupted).toBeGreaterThan(4)
    },
  )
})
