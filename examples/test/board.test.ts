import {
  type AnyConversationType,
  type Clock,
  concat,
  type ConversationContext,
  empty,
  fromHex,
  memoryDelivery,
  type MemoryDelivery,
  memoryStorage,
  type OpenDelivery,
  participantFromKey,
  type Resident,
  type Table,
} from "@colloquy/core"
import { Client, type ClientEvent, type Conversation } from "@colloquy/client"
import { contentRegistry, text } from "@colloquy/content"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { InboxV1 } from "colloquy"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { BoardV1 } from "../src/index.js"

const crypto = await loadCrypto()
const random = systemRandom()
const timers = new Set<() => void>()
const clock: Clock = {
  nowMs: () => 1_800_000_000_000,
  after: (_, callback) => {
    timers.add(callback)
    return () => timers.delete(callback)
  },
}
const types: readonly AnyConversationType[] = [BoardV1, InboxV1]

/** Everything is in memory and waits for promises alone: a turn of the event loop later all is done. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function person(delivery: MemoryDelivery) {
  const storage = memoryStorage()
  const content = contentRegistry([text])
  const open = async (connect: OpenDelivery = delivery.open): Promise<Client> =>
    Client.open({ storage: await storage(), delivery: connect, types, content, crypto, random, clock })
  return { open }
}

async function atBoard() {
  const delivery = memoryDelivery()
  const [saros, rayas] = [person(delivery), person(delivery)]
  const [saro, raya] = [await saros.open(), await rayas.open()]
  const board = await saro.conversations.start(await raya.introduce(), { content: text("look at this") })
  await settle()
  await raya.requests.allow(board.id)
  const close = async (): Promise<void> => {
    await Promise.all([saro.close(), raya.close()])
  }
  return { delivery, saros, rayas, saro, raya, close, saroBoard: board, rayaBoard: await found(raya, board.id) }
}

async function found(client: Client, id: string): Promise<Conversation> {
  const conversation = await client.conversations.get(id)
  if (conversation === undefined) throw new Error("there is no such conversation")
  return conversation
}

async function texts(conversation: Conversation): Promise<string[]> {
  const { items } = await conversation.messages()
  return items.map(({ content }) => (text.is(content) ? content.text : content.type))
}

async function notices(client: Client): Promise<Extract<ClientEvent, { type: "notice" }>[]> {
  const stop = new AbortController()
  const seen: Extract<ClientEvent, { type: "notice" }>[] = []
  const reading = (async () => {
    for await (const event of client.events({ signal: stop.signal })) if (event.type === "notice") seen.push(event)
  })()
  await settle()
  stop.abort()
  await reading
  return seen
}

describe("the probe type, run by an unchanged client", () => {
  it("declares everything that a type must and should", () => {
    expect(BoardV1.id).toBe("BoardV1")
    expect(BoardV1.warnings).toEqual([])
  })

  it("uses core and nothing else: what a built-in type can use, a stranger's can", () => {
    const folder = join(import.meta.dirname, "..", "src", "probe")
    for (const name of readdirSync(folder)) {
      const source = readFileSync(join(folder, name), "utf8")
      for (const [, from] of source.matchAll(/ from "([^"]+)"/g)) expect(from).toMatch(/^(@colloquy\/core|\.\/.*)$/)
    }
  })

  it("is carried by InboxV1, which knows nothing of it, and lets two people converse", async () => {
    const { saro, raya, close, saroBoard, rayaBoard } = await atBoard()
    await saroBoard.send(text("and at that"))
    await settle()
    await rayaBoard.send(text("I see"))
    await settle()
    for (const board of [saroBoard, rayaBoard])
      expect(await texts(board)).toEqual(["look at this", "and at that", "I see"])
    expect(await saroBoard.details()).toMatchObject({ type: "BoardV1", peer: raya.participant, consent: "allowed" })
    expect(await rayaBoard.details()).toMatchObject({ type: "BoardV1", peer: saro.participant, consent: "allowed" })
    await close()
  })

  it("takes commands of its own and gives notices of its own, on both sides", async () => {
    const { saro, raya, close, saroBoard, rayaBoard } = await atBoard()
    await saroBoard.as(BoardV1)?.command("pin", { text: "milk" })
    await settle()
    const [pinned] = await notices(raya)
    expect(pinned).toMatchObject({ name: "pinned", body: { text: "milk", by: saro.participant } })
    const { row } = pinned?.body as { row: string }
    await rayaBoard.as(BoardV1)?.command("unpin", { row })
    await settle()
    for (const client of [saro, raya])
      expect((await notices(client)).map(({ name, body }) => [name, (body as { row: string }).row])).toEqual([
        ["pinned", row],
        ["unpinned", row],
      ])
    await expect(saroBoard.as(BoardV1)?.command("unpin", { row })).rejects.toMatchObject({ code: "PIN_UNKNOWN" })
    expect(saroBoard.as(InboxV1)).toBeUndefined()
    await close()
  })

  it("keeps what comes ahead of its number, also over a restart, until its turn has come", async () => {
    const { delivery, raya, rayas, close, saroBoard } = await atBoard()
    await raya.close()
    const before = delivery.log().length
    for (const word of ["one", "two", "three"]) {
      await saroBoard.send(text(word))
      await settle()
    }
    const sent = delivery.log().slice(before)
    const turned = memoryDelivery()
    const service = turned.open({ clock, random })
    const publish = async (index: number): Promise<void> => {
      const { topic, payload } = sent[index] as (typeof sent)[number]
      await service.publish({ id: random(16), topic, payload })
      await settle()
    }
    let late = await rayas.open(turned.open)
    await settle()
    // The other service has another past: the client begins anew there after a while.
    for (const callback of [...timers]) callback()
    await settle()
    await publish(2)
    await publish(1)
    expect(await texts(await found(late, saroBoard.id))).toEqual(["look at this"])
    await late.close()
    late = await rayas.open(turned.open)
    await publish(0)
    expect(await texts(await found(late, saroBoard.id))).toEqual(["look at this", "one", "two", "three"])
    await publish(1)
    expect(await texts(await found(late, saroBoard.id))).toEqual(["look at this", "one", "two", "three"])
    await late.close()
    await close()
  })

  it("holds 1,000 rows, refuses one more as TABLE_FULL, and has room again when one comes down", async () => {
    const { rayas, raya, close, saroBoard, saro } = await atBoard()
    const board = saroBoard.as(BoardV1)
    if (board === undefined) throw new Error("this is no board")
    await Promise.all(Array.from({ length: 1000 }, (_, number) => board.command("pin", { text: `note ${number}` })))
    await settle()
    expect(await notices(raya)).toHaveLength(1000)
    await expect(board.command("pin", { text: "one more" })).rejects.toMatchObject({ code: "TABLE_FULL" })
    await saroBoard.send(text("it is full"))
    await settle()
    await raya.close()
    const again = await rayas.open()
    expect(await texts(await found(again, saroBoard.id))).toContain("it is full")
    const full = (await found(again, saroBoard.id)).as(BoardV1)
    await expect(full?.command("pin", { text: "here neither" })).rejects.toMatchObject({ code: "TABLE_FULL" })
    const [first] = await notices(saro)
    await full?.command("unpin", { row: (first?.body as { row: string }).row })
    await full?.command("pin", { text: "at last" })
    await again.close()
    await close()
  })

  it("leaves nothing readable with the service, and goes on after both were away", async () => {
    const { delivery, saro, raya, saros, rayas, saroBoard } = await atBoard()
    await saroBoard.as(BoardV1)?.command("pin", { text: "a very readable note" })
    await settle()
    await Promise.all([saro.close(), raya.close()])
    const [saroAgain, rayaAgain] = [await saros.open(), await rayas.open()]
    await (await found(rayaAgain, saroBoard.id)).send(text("still readable"))
    await settle()
    expect(await texts(await found(saroAgain, saroBoard.id))).toEqual(["look at this", "still readable"])
    const seen = Buffer.concat(delivery.log().map(({ payload }) => payload)).toString("latin1")
    for (const word of ["readable", "look at", "BoardV1", "/board/1"]) expect(seen).not.toContain(word)
    await Promise.all([saroAgain.close(), rayaAgain.close()])
  })

  it("refuses what is forged, cut, moved or repeated, and takes the true one afterwards", async () => {
    const { delivery, saro, raya, rayas, saroBoard, rayaBoard } = await atBoard()
    await rayaBoard.send(text("answer"))
    await settle()
    const back = delivery.log().at(-1)?.topic
    await raya.close()
    await saroBoard.send(text("true"))
    await settle()
    const sent = delivery.log().at(-1)
    if (sent === undefined || back === undefined) throw new Error("nothing was published")
    delivery.expire(delivery.log().length)
    const again = await rayas.open()
    const service = delivery.open({ clock, random })
    const publish = async (topic: typeof sent.topic, payload: Uint8Array): Promise<void> => {
      await service.publish({ id: random(16), topic, payload })
      await settle()
    }
    for (let at = 0; at < sent.payload.length; at++) {
      const flipped = sent.payload.slice()
      flipped[at] = (flipped[at] as number) ^ 1
      await publish(sent.topic, flipped)
      await publish(sent.topic, sent.payload.slice(0, at))
    }
    await publish(back, sent.payload)
    const board = await found(again, saroBoard.id)
    expect(await texts(board)).toEqual(["look at this", "answer"])
    expect(again.counters()).toMatchObject({ PAYLOAD_FORGED: expect.any(Number) as number })
    expect(again.counters()).not.toHaveProperty("TYPE_FAULT")
    for (let i = 0; i < 3; i++) await publish(sent.topic, sent.payload)
    expect(await texts(board)).toEqual(["look at this", "answer", "true"])
    expect(again.counters()["PAYLOAD_DUPLICATE"]).toBeGreaterThanOrEqual(2)
    await service.close()
    await Promise.all([saro.close(), again.close()])
  })

  it("erases the secret of an offer in the step that uses it", async () => {
    const machine = BoardV1.resident?.machine as Resident<Record<string, Table<unknown>>>
    const pair = crypto.signingKeyPair(random(32))
    const self = { participant: participantFromKey(pair.publicKey) } as ConversationContext["self"]
    const conversation = "/board/1/00" as ConversationContext["conversation"]
    const context = {
      crypto,
      random,
      self,
      conversation,
      consent: "allowed",
      nowMs: 0,
    } as unknown as ConversationContext
    const offered = await machine.step({ offers: new Map() }, { kind: "offer", expiresAtMs: 1000 }, context)
    if (offered.kind !== "next") throw new Error("no offer was made")
    const offers = offered.patch["offers"] as ReadonlyMap<string, { seed: Uint8Array }>
    const [[row, { seed }]] = [...offers] as [[string, { seed: Uint8Array }]]
    const ephemeral = crypto.agreementKeyPair(random(32)).publicKey
    const body = concat(fromHex(row) ?? empty, ephemeral)
    const parcel = { type: BoardV1.id, kind: "invite" as const, body }
    const accepted = await machine.step({ offers }, { kind: "parcel", from: self.participant, parcel }, context)
    expect(accepted).toMatchObject({ kind: "next", patch: { offers: new Map([[row, undefined]]) } })
    if (accepted.kind === "next") expect(accepted.wipe).toContain(seed)
    const late = { ...context, nowMs: 1000 }
    expect(await machine.step({ offers }, { kind: "parcel", from: self.participant, parcel }, late)).toEqual({
      kind: "refused",
      code: "OFFER_EXPIRED",
    })
    expect(await machine.step({ offers }, { kind: "wake" }, late)).toMatchObject({
      patch: { offers: new Map([[row, undefined]]) },
      wipe: [seed],
    })
  })
})
