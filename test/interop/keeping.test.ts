import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import Database from "better-sqlite3"
import { Client, type ConversationId, memoryStorage, passphrase, rawKey } from "colloquy"
import { sqlite } from "colloquy/node"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { makeBackup, makePrivateBackup, readBackup, readPrivateBackup } from "./backup.js"
import { hex, join, random } from "./bytes.js"
import { Identity } from "./identity.js"
import { field, numberField } from "./protobuf.js"
import { headerKey, makeStore, openStore, type Records, withOtherOpener } from "./sealed-store.js"
import { type Meeting, type Ours, World } from "./world.js"

/** CT-12, store.md and backup.md: what our client keeps, the other program opens, and the other way round. */
let world: World
let directory: string
beforeAll(() => {
  directory = mkdtempSync(joinPath(tmpdir(), "colloquy-keeping-"))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const hour = 3_600_000
const day = 24 * hour
const secret = "pässphrase"
const cheap = { operations: 1, memoryBytes: 8 * 1024 * 1024 }
const key = new Uint8Array(32).fill(7)

async function exported({ client }: Ours, unlock = rawKey(key)): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of client.export({ unlock })) pieces.push(piece)
  return join(...pieces)
}

async function* source(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield file
}

const contentOf = (words: string): Uint8Array => join(numberField(1, 49_169), numberField(2, 1), field(3, words))

/** Saro gives two introductions, with which ours can begin a reset (PV1-37). */
async function introduce({ saro, talk }: Meeting): Promise<void> {
  await saro.publish(talk.introduce(saro.introduce(90 * day), saro.introduce(90 * day)).payloads)
}

describe("CT-12: the store", () => {
  function recordsOf(file: string): Records {
    const database = new Database(file)
    const rows = database.prepare("SELECT key, value FROM record").all() as { key: Buffer; value: Buffer }[]
    database.close()
    return new Map(rows.map(({ key, value }) => [key.toString("hex"), new Uint8Array(value)]))
  }

  function write(file: string, records: Records): void {
    const database = new Database(file)
    const put = database.prepare("INSERT OR REPLACE INTO record VALUES (?, ?)")
    for (const [key, value] of records) put.run(Buffer.from(key, "hex"), value)
    database.close()
  }

  it.each([
    ["a passphrase", passphrase(secret, cheap), { passphrase: secret.normalize("NFD") }],
    ["a key", rawKey(key), { key }],
  ])("SS-4 to SS-8: the other program opens what our client wrote to a disk, under %s", async (_, unlock, opener) => {
    const file = joinPath(directory, `${hex(random(8))}.db`)
    const name = "someone with a name"
    await (await Client.open({ storage: sqlite(file), unlock, name })).close()
    const below = recordsOf(file)
    const records = openStore(below, opener)
    expect(records.size).toBe(below.size - 1)
    const opened = [...records.values()].map((value) => Buffer.from(value).toString("latin1")).join("\n")
    expect(opened).toContain(name)
    expect([...below.values()].map((value) => Buffer.from(value).toString("latin1")).join("\n")).not.toContain(name)
  })

  it("SS-9: our client opens its own store under the passphrase to which the other program has changed it", async () => {
    const file = joinPath(directory, "changed.db")
    const client = await Client.open({ storage: sqlite(file), unlock: rawKey(key) })
    const { participant } = client
    await client.close()
    write(file, withOtherOpener(recordsOf(file), { key }, { passphrase: secret }))
    await expect(Client.open({ storage: sqlite(file), unlock: rawKey(key) })).rejects.toThrow("passphrase")
    await using again = await Client.open({ storage: sqlite(file), unlock: passphrase(secret) })
    expect(again.participant).toBe(participant)
  })

  it("SS-1, SS-7, SS-11: our client opens a store whose every record the other program has sealed anew", async () => {
    const [from, to] = [joinPath(directory, "from.db"), joinPath(directory, "to.db")]
    const client = await Client.open({ storage: sqlite(from), unlock: rawKey(key) })
    const { participant } = client
    await client.close()
    await (await sqlite(to)()).close()
    write(to, makeStore(openStore(recordsOf(from), { key }), { passphrase: secret }))
    expect(recordsOf(to).get(headerKey)).not.toEqual(recordsOf(from).get(headerKey))
    await using again = await Client.open({ storage: sqlite(to), unlock: passphrase(secret), account: "open" })
    expect(again.participant).toBe(participant)
  })
})

describe("CT-12: backups", () => {
  it("BK-1 to BK-13: the other program reads what our client exports, under a passphrase", async () => {
    const meeting = await world.meet()
    const { ours, saro, talk } = meeting
    await introduce(meeting)
    await (await ours.conversation(talk)).disappear(hour)
    const long = "x".repeat(100_000)
    const last = await ours.send(talk, long)
    const file = await exported(ours, passphrase(secret, cheap))
    const backup = readBackup(file, { passphrase: secret })
    expect(backup).toMatchObject({ name: "", writtenAtMs: world.clock.now })
    expect(backup.consents).toEqual([[hex(saro.identity.key), 1]])
    const [conversation, ...others] = backup.conversations
    expect(others).toEqual([])
    expect(conversation).toMatchObject({ id: talk.id, type: "PrivateV1", consent: 1, disappearAfterMs: hour })
    expect(new Set(conversation?.participants)).toEqual(new Set([ours.client.participant, hex(saro.identity.key)]))
    const messages = conversation?.messages ?? []
    const ids = messages.map(({ id }) => id)
    expect(ids).toEqual([...ids].sort())
    expect(messages).toHaveLength(3)
    const found = messages.find(({ id }) => id === last)
    expect(found).toMatchObject({ outgoing: true, state: 2, proof: "stored" })
    expect(hex(found?.content ?? key)).toBe(hex(contentOf(long)))
    expect(found?.expiresAtMs).toBe(world.clock.now + hour)
    const saved = readPrivateBackup(conversation?.backup ?? new Uint8Array(0))
    const self = new Identity(Date.now, backup.seed).key
    expect(hex(self)).toBe(ours.client.participant)
    const numbers = { epoch: 0, sequence: 4, heard: 2, peerTopic: saro.identity.topic }
    expect(saved).toMatchObject({ self, peer: saro.identity.key, ...numbers })
    expect(saved.introductions).toEqual(saro.introductions.map(({ signed }) => signed))
  })

  it("BK-14 to BK-16, PV1-41: our client imports what the other program wrote, and goes on with the conversation", async () => {
    const meeting = await world.meet()
    const { ours, saro, talk } = meeting
    await introduce(meeting)
    const written = readBackup(await exported(ours), { key })
    await ours.client.close()
    const unheard = talk.say("while you were away")
    const [conversation] = written.conversations
    if (conversation?.backup === undefined) throw new Error("there is no backup")
    const before = readPrivateBackup(conversation.backup)
    const about = { sender: ours.client.participant, outgoing: true, lamport: world.clock.now, proof: "", code: "" }
    const times = { timestampMs: world.clock.now, expiresAtMs: 0 }
    const queued = { ...about, ...times, id: "ff".repeat(16), content: contentOf("queued then"), state: 1 }
    const gone = { ...queued, id: `${"ff".repeat(15)}fe`, state: 3, expiresAtMs: world.clock.now }
    const file = makeBackup(
      {
        ...written,
        name: "Raya, restored",
        conversations: [
          {
            ...conversation,
            backup: makePrivateBackup(before),
            messages: [...conversation.messages, gone, queued],
          },
        ],
      },
      { passphrase: secret },
    )
    const storage = memoryStorage()
    const unlock = rawKey(new Uint8Array(32))
    await world.pass(1)
    const imported = { storage, unlock, source: source(file), backupUnlock: passphrase(secret), clock: world.clock }
    expect(await Client.import(imported)).toMatchObject({ conversations: 1 })
    const restored = await world.open({ storage, unlock })
    expect(restored.client).toMatchObject({ name: "Raya, restored", participant: ours.client.participant })
    await world.pass()
    const payloads = saro.payloads()
    const [came] = saro.invites(payloads)
    const taken = came && talk.acceptReset(came.own, came.payload)
    expect(taken?.reset).toMatchObject({ reason: 2, conversation: talk.id })
    await saro.publish([...(taken?.waiting ?? []), talk.acknowledge()])
    saro.collect(payloads)
    const log = await restored.log(talk)
    expect(log.map(({ text }) => text)).toEqual(["hello", "hello Saro", "queued then", "while you were away"])
    expect(log.at(-1)?.id).toBe(unheard.id)
    const items = (await (await restored.conversation(talk)).messages()).items
    expect(items.find(({ id }) => id === queued.id)).toMatchObject({ state: "failed", code: "RESTORED" })
    await restored.send(talk, "I am back")
    expect(saro.collect().at(-1)).toMatchObject({ text: "I am back", isOfOldSession: false })
    expect((await restored.client.conversations.list()).items.map(({ id }) => id)).toEqual([talk.id as ConversationId])
  })
})
