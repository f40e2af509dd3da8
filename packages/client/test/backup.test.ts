import { memoryStorage } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { key, under } from "../src/store/keys.js"
import { collect, importInto, outcome, passphrase, unlock } from "./support/backups.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { type KeeperHooks, keeperJump, unsafeKeeper, UnsafeKeeperV1 } from "./support/unsafe-keeper.js"
import { UnsafeTalkV1 } from "./support/unsafe-talk.js"
import { conversation, eventsOf, Person, settle, text, textsOf, World } from "./support/world.js"

const types = [UnsafeKeeperV1, UnsafeTalkV1, UnsafeCarrierV1]

/** Saro and Raya in a conversation that a backup can bring back, and what Saro exported of it. */
async function exported(before: (saro: Person) => Promise<void> = async () => undefined) {
  const world = new World()
  const saro = await world.person("saro", { types })
  const raya = await world.person("raya", { types })
  const talk = await world.converse(saro, raya, "hello")
  await talk.raya.send(text("hello Saro"))
  await settle()
  await before(saro)
  const backup = await collect(saro.client.export({ unlock }))
  return { world, saro, raya, id: talk.saro.id, backup }
}

/** Someone else's machine, which gets the backup. */
async function imported(world: World, backup: Uint8Array, hooks: KeeperHooks = {}) {
  const again = new Person(world, "saro again", { types: [unsafeKeeper(hooks), ...types.slice(1)] })
  await importInto(world, again.store, backup)
  await again.open({ account: "open" })
  world.people.push(again)
  await settle()
  return again
}

describe("a backup that was imported", () => {
  it("BK-10 is the same account, with its conversations and messages, under an index key of its own", async () => {
    const { world, saro, id, backup } = await exported()
    const { participant, createdAtMs } = saro.client
    const before = await saro.client.conversations.list()
    const texts = await textsOf(saro, id)
    const keysBefore = (await saro.records("message", "instance", "recent")).map((line) => line.split(" ")[0])
    await saro.client.close()

    const again = await imported(world, backup)
    expect(again.client).toMatchObject({ participant, createdAtMs })
    expect((await again.client.conversations.list()).items).toEqual(before.items)
    expect(await textsOf(again, id)).toEqual(texts)
    const keysAfter = (await again.records("message", "instance", "recent")).map((line) => line.split(" ")[0])
    expect(keysAfter.filter((recordKey) => keysBefore.includes(recordKey))).toEqual([])
    await world.close()
  })

  it("BK-15 goes on where its type restores the conversation: both sides can write, and no number comes twice", async () => {
    const { world, saro, raya, id, backup } = await exported()
    await (await conversation(saro, id)).send(text("after the backup"))
    await settle()
    await saro.client.close()

    const again = await imported(world, backup)
    expect(await again.records("restore")).toEqual([])
    await (await conversation(again, id)).send(text("I am back"))
    await (await conversation(raya, id)).send(text("welcome"))
    await settle()
    expect((await textsOf(raya, id)).filter((line) => line === "< I am back")).toHaveLength(1)
    expect(await textsOf(raya, id)).toContain("< after the backup")
    expect(await textsOf(again, id)).toContain("< welcome")
    const { items } = await (await conversation(again, id)).messages()
    expect(items.find(({ content }) => text.is(content) && content.text === "I am back")?.state).toBe("acknowledged")
    expect(keeperJump).toBeGreaterThan(1)
    await world.close()
  })

  it("BK-15 is tried again at each open until its type accepts, and can be read and not written until then", async () => {
    const { world, saro, raya, id, backup } = await exported()
    await saro.client.close()
    let refusals = 2
    const hooks = { refuses: () => (refusals-- > 0 ? "NOT_NOW" : undefined) }
    const again = await imported(world, backup, hooks)
    for (const _ of [1, 2]) {
      const talk = await conversation(again, id)
      expect(await talk.details()).toMatchObject({ canSend: false, consent: "allowed", name: "kept" })
      expect(await outcome(() => talk.send(text("no")))).toBe("CANNOT_SEND")
      expect(await textsOf(again, id)).toEqual(["> hello", "< hello Saro"])
      await again.reopen()
      await settle()
    }
    expect(await (await conversation(again, id)).details()).toMatchObject({ canSend: true })
    await (await conversation(again, id)).send(text("I am back"))
    await settle()
    expect(await textsOf(raya, id)).toContain("< I am back")
    await world.close()
  })

  it("BK-15 stays unrestored when the type restores it under another id, and fails nothing else", async () => {
    const { world, saro, id, backup } = await exported()
    await saro.client.close()
    const restoresAs = id.replace(/[0-9a-f]{32}$/, "0".repeat(32)) as typeof id
    const again = await imported(world, backup, { restoresAs })
    expect(await (await conversation(again, id)).details()).toMatchObject({ canSend: false })
    expect(await again.records("restore")).toHaveLength(1)
    await world.close()
  })

  it("BK-15 is readable where its type keeps no backup, or is not registered, and a second backup of it has it all", async () => {
    const world = new World()
    const saro = await world.person("saro", { types: [UnsafeTalkV1, UnsafeCarrierV1] })
    const raya = await world.person("raya", { types: [UnsafeTalkV1, UnsafeCarrierV1] })
    const { saro: talk } = await world.converse(saro, raya, "hello")
    const backup = await collect(saro.client.export({ unlock }))
    await saro.client.close()
    const again = await imported(world, backup)
    expect(await textsOf(again, talk.id)).toEqual(["> hello"])
    expect(await (await conversation(again, talk.id)).details()).toMatchObject({ canSend: false })

    const kept = await exported()
    await kept.saro.client.close()
    const without = new Person(kept.world, "without", { types: [UnsafeTalkV1, UnsafeCarrierV1] })
    await importInto(kept.world, without.store, kept.backup)
    await without.open()
    await settle()
    const second = await collect(without.client.export({ unlock }))
    await without.client.close()
    const third = await imported(kept.world, second)
    expect(await (await conversation(third, kept.id)).details()).toMatchObject({ canSend: true })
    expect(await textsOf(third, kept.id)).toEqual(["> hello", "< hello Saro"])
    await Promise.all([again.client.close(), raya.client.close(), third.client.close(), kept.raya.client.close()])
  })

  it("BK-15 is not restored again once it was, and a type that fails in between changes nothing", async () => {
    const { world, saro, id, backup } = await exported()
    await saro.client.close()
    let starts = 0
    const hooks = {
      refuses: () => {
        starts++
        if (starts === 1) throw new Error("a fault")
        return undefined
      },
    }
    const again = await imported(world, backup, hooks)
    expect(await (await conversation(again, id)).details()).toMatchObject({ canSend: false })
    for (let i = 0; i < 3; i++) {
      await again.reopen()
      await settle()
    }
    expect(starts).toBe(2)
    await world.close()
  })

  it("BK-15 keeps what arrives for it while it is not restored, and hands it to its type then", async () => {
    const { world, saro, raya, id, backup } = await exported()
    await saro.client.close()
    await raya.reopen({ types: [unsafeKeeper({ concerns: () => id }), UnsafeCarrierV1] })
    let refusing = true
    const again = await imported(world, backup, { refuses: () => (refusing ? "NOT_NOW" : undefined) })
    for (let i = 0; i < 2; i++) {
      await raya.client.conversations.start(await again.client.introduce())
      await settle()
    }
    expect(await again.records("later")).toHaveLength(2)
    expect(await again.records("input")).toEqual([])
    expect(await (await conversation(again, id)).details()).toMatchObject({ canSend: false, name: "kept" })
    await again.reopen()
    await settle()
    expect(await again.records("later")).toHaveLength(2)

    refusing = false
    await again.reopen()
    await settle()
    expect(await again.records("later", "restore")).toEqual([])
    expect(await (await conversation(again, id)).details()).toMatchObject({ canSend: true, name: "invited 2" })
    await world.close()
  })

  it("BK-14 holds what was queued as failed with RESTORED, until its type sends it again", async () => {
    const { world, saro, raya, id, backup } = await exported(async (saro) => {
      await saro.reopen({ delivery: null })
      const talk = await conversation(saro, id_(await saro.client.conversations.list()))
      await talk.send(text("offline"))
    })
    await saro.client.close()
    const again = await imported(world, backup, { refuses: () => (refuse ? "NOT_NOW" : undefined) })
    const stateOf = async () =>
      (await (await conversation(again, id)).messages()).items.find(
        ({ content }) => text.is(content) && content.text === "offline",
      )
    expect(await stateOf()).toMatchObject({ state: "failed", code: "RESTORED" })
    refuse = false
    await again.reopen()
    await settle()
    expect(await textsOf(raya, id)).toContain("< offline")
    expect(await stateOf()).toMatchObject({ state: "acknowledged" })
    expect((await stateOf())?.code).toBeUndefined()
    const states = (await eventsOf(again)).filter(({ type }) => type === "state")
    expect(states.map((event) => (event.type === "state" ? event.state : ""))).toEqual(["published", "acknowledged"])
    await world.close()
  })

  it("BK-12 keeps whom its owner allowed and denied, also of conversations that were removed", async () => {
    const { world, saro, raya, id, backup } = await exported(async (saro) => {
      const [details] = (await saro.client.conversations.list()).items
      await (await conversation(saro, details!.id)).deny()
      await (await conversation(saro, details!.id)).remove()
    })
    await saro.client.close()
    const again = await imported(world, backup)
    expect((await again.client.conversations.list()).items).toEqual([])
    expect(await again.client.conversations.get(id)).toBeUndefined()
    await raya.client.conversations.start(await again.client.introduce(), { content: text("please") })
    await settle()
    expect((await again.client.conversations.list()).items).toEqual([])
    expect(again.client.counters()).toMatchObject({ SENDER_DENIED: 1 })
    await world.close()
  })

  it("BK-12 keeps out everyone who was denied, whatever the sign of his key", async () => {
    const world = new World()
    const saro = await world.person("saro", { types })
    const others = await Promise.all(Array.from({ length: 8 }, (_, at) => world.person(`other ${at}`, { types })))
    const signs = new Set(others.map(({ client }) => Number.parseInt(client.participant.slice(-2, -1), 16) >= 8))
    expect(signs).toEqual(new Set([false, true]))
    for (const { client } of others)
      await client.conversations.start(await saro.client.introduce(), { content: text("hello") })
    await settle()
    for (const { id } of (await saro.client.requests.list()).items) {
      await (await conversation(saro, id)).deny()
      await (await conversation(saro, id)).remove()
    }
    const backup = await collect(saro.client.export({ unlock }))
    await saro.client.close()
    const again = await imported(world, backup)
    for (const { client } of others) {
      await client.conversations.start(await again.client.introduce(), { content: text("please") })
      await settle()
    }
    expect((await again.client.conversations.list()).items).toEqual([])
    expect(again.client.counters()).toMatchObject({ SENDER_DENIED: others.length })
    await world.close()
  })

  it("BK-13 brings no message whose time to disappear has come, and keeps the time of the others", async () => {
    const { world, saro, id, backup } = await exported(async (saro) => {
      const [details] = (await saro.client.conversations.list()).items
      const talk = await conversation(saro, details!.id)
      await talk.disappear(60_000)
      await talk.send(text("soon gone"))
      await talk.disappear(undefined)
      await talk.disappear(3_600_000)
    })
    await saro.client.close()
    await world.clock.advance(1_800_000)
    const again = await imported(world, backup)
    expect(await (await conversation(again, id)).details()).toMatchObject({ disappearAfterMs: 3_600_000 })
    expect(await textsOf(again, id)).toHaveLength(3)
    await world.clock.advance(1_800_001)
    expect(await textsOf(again, id)).toEqual([])
    await again.client.close()

    const late = new Person(world, "late", { types })
    await importInto(world, late.store, backup)
    await late.open()
    expect(await late.records("message", "expiry", "log")).toEqual([])
    await late.client.close()
  })

  it("BK-11 has the messages of a conversation whose state is damaged, or whose type fails to give a backup", async () => {
    const { world, saro, id } = await exported()
    const messages = ["> hello", "< hello Saro"]
    const failing = () => {
      throw new Error("a fault")
    }
    await saro.reopen({ types: [unsafeKeeper({ backup: failing }), UnsafeCarrierV1] })
    const faulty = await imported(world, await collect(saro.client.export({ unlock })))
    expect(await textsOf(faulty, id)).toEqual(messages)
    await saro.client.close()

    const storage = await saro.store()
    const cells = await storage.scan({ ...under(key("cell")), limit: 100 })
    await storage.commit(cells.map((entry) => ({ key: entry.key, value: undefined })))
    await storage.close()
    await saro.open({ types })
    const damaged = await imported(world, await collect(saro.client.export({ unlock })))
    expect(await textsOf(damaged, id)).toEqual(messages)
    expect(await (await conversation(damaged, id)).details()).toMatchObject({ canSend: false })
    await world.close()
  })

  it("can be erased, denied and removed before it is restored, and nothing of it stays", async () => {
    const { world, saro, id, backup } = await exported()
    await saro.client.close()
    const again = await imported(world, backup, { refuses: () => "NOT_NOW" })
    const talk = await conversation(again, id)
    const [first] = (await talk.messages()).items
    await talk.erase([first!.id])
    expect(await textsOf(again, id)).toEqual(["< hello Saro"])
    await talk.deny()
    await talk.allow()
    await talk.remove()
    expect(await again.records("restore", "message", "log", "recent", "removal")).toEqual([])
    await world.close()
  })

  it("BK-4 BK-5 has no passphrase of its store's: another one opens it", async () => {
    const { world, saro } = await exported()
    const sealed = await collect(saro.client.export({ unlock: passphrase("correct horse") }))
    const right = memoryStorage()
    expect(await outcome(() => importInto(world, right, sealed, passphrase("wrong horse")))).toBe(
      "BACKUP_WRONG_PASSPHRASE",
    )
    expect(await outcome(() => importInto(world, right, sealed))).toBe("BACKUP_WRONG_PASSPHRASE")
    expect(await importInto(world, right, sealed, passphrase("correct horse"))).toMatchObject({
      participant: saro.client.participant,
      conversations: 1,
      messages: 2,
    })
    await world.close()
  })
})

let refuse = true

function id_(page: { readonly items: readonly { readonly id: Parameters<typeof conversation>[1] }[] }) {
  return page.items[0]!.id
}
