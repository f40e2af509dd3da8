import { createHash } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import { startHub } from "@colloquy/hub"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import WebSocket from "ws"
import { hex, join, random } from "./bytes.js"
import { fromHub, HubClient, makeWelcome, proofs, readWelcome, refusals, toHub, type Welcome } from "./hub.js"
import { OtherHub } from "./other-hub.js"
import { field, numberField, numberOf, varint } from "./protobuf.js"

/** CT-12, hub.md: the other program's client at our hub, and our client at a hub of the other program's, each with a peer that misbehaves. */
let dataDir: string
let running: Awaited<ReturnType<typeof startHub>>
beforeAll(async () => {
  dataDir = mkdtempSync(joinPath(tmpdir(), "colloquy-hub-interop-"))
  running = await startHub({ port: 0, dataDir })
})
afterAll(async () => {
  await running.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const topic = (name: string): string => `/interop/1/${name}/bytes`
const payload = (number: number): Uint8Array => Uint8Array.of(number)

describe("CT-12: the other program's client at our hub", () => {
  it("HUB-1: is refused without the subprotocol", async () => {
    const socket = new WebSocket(running.url)
    const [error] = (await once(socket, "error").catch((thrown: unknown) => [thrown])) as [Error]
    expect(error.message).toContain("400")
  })

  it("HUB-2: is told the limits, and refused where no version is spoken by both", async () => {
    const client = await HubClient.connect(running.url)
    client.send(toHub.hello, field(1, join(varint(1), varint(7))))
    const welcome = readWelcome(await client.next(fromHub.welcome))
    expect(welcome.version).toBe(1)
    expect(welcome.scope).toHaveLength(16)
    expect(welcome.messageBytesMax).toBeGreaterThan(welcome.payloadBytesMax)
    client.close()
    const other = await HubClient.connect(running.url)
    other.send(toHub.hello, field(1, varint(7)))
    expect(await other.closed).toEqual({ code: 4001, reason: "HUB_VERSION" })
  })

  it("HUB-3 to HUB-6, HUB-23: publishes once under an id, in order, and is told what is refused", async () => {
    const [client, reader] = [await HubClient.open(running.url), await HubClient.open(running.url)]
    const place = topic("publish")
    reader.openFeed(3)
    await reader.follow(3, [place])
    const id = random(16)
    expect(await client.publish(place, payload(1), { id })).toBe(proofs.stored)
    expect(await client.publish(place, payload(2), { id })).toBe(proofs.stored)
    expect(await client.publish(place, payload(3), { ephemeral: true })).toBe(proofs.relayed)
    expect(await client.publish(place, payload(4))).toBe(proofs.stored)
    expect(await client.publish("no topic", payload(5))).toBe(-refusals.topicRefused)
    expect(await client.publish(place, new Uint8Array(1_500_000))).toBe(-refusals.payloadTooLarge)
    const heard: number[] = []
    while (heard.length < 3) heard.push(...(await reader.batches(3)).payloads.map(([byte = 0]) => byte))
    expect(heard.filter((byte) => byte !== 3)).toEqual([1, 4])
    client.close()
    reader.close()
  })

  it("HUB-7 to HUB-13: resumes at its cursor, also after the hub was started again, and is told of cursors that are void", async () => {
    const place = topic("cursor")
    let client = await HubClient.open(running.url)
    for (const number of [1, 2]) await client.publish(place, payload(number))
    client.openFeed(1)
    expect(await client.follow(1, [place], 0)).toBeInstanceOf(Uint8Array)
    const first = await client.batches(1)
    expect(first.payloads).toEqual([payload(1), payload(2)])
    const last = random(16)
    await client.publish(place, payload(3), { id: last })
    const { port } = new URL(running.url)
    await running.close()
    expect(await client.closed).toEqual({ code: 4004, reason: "HUB_CLOSING" })
    running = await startHub({ port: Number(port), dataDir })

    client = await HubClient.open(running.url)
    client.openFeed(1, first.cursor)
    await client.follow(1, [place])
    const second = await client.batches(1)
    expect(second.payloads).toEqual([payload(3)])
    // HUB-13: the scope, the sequence, and the beginning of a hash of the publication's id.
    const { cursor } = second
    expect(cursor).toHaveLength(32)
    expect(hex(cursor.slice(24))).toBe(createHash("sha256").update(last).digest("hex").slice(0, 16))
    await client.leave(1, [place])
    client.send(toHub.closeFeed, numberField(1, 1))

    const changed = (at: number): Uint8Array => cursor.map((byte, index) => (index === at ? byte ^ 1 : byte))
    const void_ = [cursor.slice(1), changed(0), changed(18), changed(31), Uint8Array.of(1)]
    for (const [index, bad] of void_.entries()) {
      client.openFeed(10, bad)
      const failed = await client.next(fromHub.feedFailed)
      expect([index, numberOf(failed, 1), numberOf(failed, 2)]).toEqual([index, 10, refusals.cursorVoid])
      expect(await client.follow(10, [place])).toBe(refusals.cursorVoid)
      client.send(toHub.closeFeed, numberField(1, 10))
    }
    client.openFeed(10, cursor)
    expect(await client.follow(10, [place])).toBeInstanceOf(Uint8Array)
    client.close()
  })

  it("HUB-9, HUB-11: gets no batch that it did not ask for, and a live one after each follow", async () => {
    const client = await HubClient.open(running.url)
    const [quiet, loud] = [topic("quiet"), topic("loud")]
    client.openFeed(1)
    client.openFeed(2)
    await client.follow(1, [quiet])
    await client.follow(2, [loud])
    await client.publish(loud, payload(1))
    client.pull(1)
    expect(await client.batch()).toMatchObject({ feed: 1, live: true, payloads: [] })
    client.pull(2)
    expect(await client.batch()).toMatchObject({ feed: 2, payloads: [{ topic: loud }] })
    client.close()
  })

  const hostile: readonly (readonly [string, number, string, (client: HubClient) => void])[] = [
    ["a text", 4000, "HUB_MALFORMED", (client) => client.sendRaw("hello")],
    ["no message", 4000, "HUB_MALFORMED", (client) => client.sendRaw(Uint8Array.of(255))],
    ["no choice", 4000, "HUB_MALFORMED", (client) => client.sendRaw(new Uint8Array(0))],
    ["nothing to publish", 4000, "HUB_MALFORMED", (client) => client.send(toHub.publish)],
    ["a request without a number", 4000, "HUB_MALFORMED", (client) => client.send(toHub.follow)],
    ["an unknown kind", 4006, "HUB_UNKNOWN_KIND", (client) => client.send(15)],
    ["a second greeting", 4007, "HUB_WRONG_ORDER", (client) => client.send(toHub.hello, field(1, varint(1)))],
    ["a feed that is not open", 4007, "HUB_WRONG_ORDER", (client) => client.pull(9)],
    [
      "a feed's number twice",
      4007,
      "HUB_WRONG_ORDER",
      (client) => {
        client.openFeed(1)
        client.openFeed(1)
      },
    ],
    [
      "too much credit",
      4002,
      "HUB_LIMIT",
      (client) => {
        client.openFeed(1)
        client.pull(1, 16)
        client.pull(1, 16)
      },
    ],
    [
      "credit out of range",
      4000,
      "HUB_MALFORMED",
      (client) => {
        client.openFeed(1)
        client.pull(1, 17)
      },
    ],
  ]
  it.each(hostile)("HUB-19: is closed for %s, and nobody else is", async (_, code, reason, misbehave) => {
    const [client, other] = [await HubClient.open(running.url), await HubClient.open(running.url)]
    misbehave(client)
    expect(await client.closed).toEqual({ code, reason })
    expect(await other.publish(topic("other"), payload(1))).toBe(proofs.stored)
    other.close()
  })
})

describe("CT-12: our client at the other program's hub", () => {
  let other: OtherHub
  let service: Awaited<ReturnType<OtherHub["connect"]>> | undefined
  const place = topic("other") as Parameters<NonNullable<typeof service>["publish"]>[0]["topic"]
  afterEach(async () => {
    await service?.close()
    await other.stop()
  })

  it("publishes, follows, pulls, and takes what comes, with the cursor that comes with it", async () => {
    other = new OtherHub()
    const { answer } = other
    other.answer = (kind, body, reply, socket) => {
      answer(kind, body, reply, socket)
      if (kind !== toHub.pull) return
      const one = field(3, join(numberField(1, 0), field(2, payload(7))))
      reply(
        fromHub.batch,
        join(numberField(1, numberOf(body, 1)), field(2, place), one, field(4, "here"), numberField(5, 1)),
      )
    }
    service = await other.connect()
    expect(await service.publish({ id: random(16), topic: place, payload: payload(1) })).toEqual({ proof: "stored" })
    expect(service.scope).toBe("01".repeat(16))
    expect(service.limits).toMatchObject({ payloadBytesMax: 100_000, topicsMax: 100 })
    const feed = service.open()
    await feed.follow([{ topic: place, sinceMs: 5 }])
    for await (const batch of feed) {
      const { payloads, live, cursor } = batch
      expect(payloads).toEqual([{ topic: place, payload: payload(7) }])
      expect([live, Buffer.from(cursor).toString()]).toEqual([true, "here"])
      break
    }
    expect(other.came.map(([kind]) => kind)).toEqual([
      toHub.hello,
      toHub.publish,
      toHub.openFeed,
      toHub.follow,
      toHub.pull,
    ])
  })

  it("HUB-7: a cursor that is void ends the feed with CURSOR_VOID", async () => {
    other = new OtherHub()
    const { answer } = other
    other.answer = (kind, body, reply, socket) => {
      if (kind === toHub.openFeed)
        reply(fromHub.feedFailed, join(numberField(1, numberOf(body, 1)), numberField(2, refusals.cursorVoid)))
      else if (kind === toHub.follow)
        reply(fromHub.requestRefused, join(numberField(1, numberOf(body, 1)), numberField(2, refusals.cursorVoid)))
      else answer(kind, body, reply, socket)
    }
    service = await other.connect()
    const feed = service.open({ cursor: payload(1) })
    await expect(feed.follow([{ topic: place }])).rejects.toMatchObject({ code: "CURSOR_VOID" })
    await expect(feed[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "CURSOR_VOID" })
  })

  it.each<readonly [string, Welcome, number, string]>([
    ["a scope of 15 bytes", { scope: new Uint8Array(15) }, 4000, "HUB_MALFORMED"],
    ["no payload allowed", { payloadBytesMax: 0 }, 4000, "HUB_MALFORMED"],
    ["a heartbeat of 1 ms", { heartbeatMs: 1 }, 4000, "HUB_MALFORMED"],
    ["a silence of an hour", { silenceMs: 3_600_000 }, 4000, "HUB_MALFORMED"],
    ["half a millisecond", { retentionMs: 0.5 }, 4000, "HUB_MALFORMED"],
    ["another version", { version: 2 }, 4001, "HUB_VERSION"],
  ])("HUB-2: a welcome with %s is refused", async (_, welcome, code, reason) => {
    other = new OtherHub(welcome)
    service = await other.connect()
    expect(await other.closed).toEqual({ code, reason })
  })

  const many = join(...Array.from({ length: 16_385 }, () => field(1, new Uint8Array(16))))
  it.each<readonly [string, number, string, Uint8Array | string]>([
    ["a text", 4000, "HUB_MALFORMED", "hello"],
    ["no message", 4000, "HUB_MALFORMED", Uint8Array.of(255)],
    ["too many elements", 4000, "HUB_MALFORMED", field(fromHub.published, join(many, numberField(2, 1)))],
    [
      "an unknown proof",
      4000,
      "HUB_MALFORMED",
      field(fromHub.published, join(field(1, random(16)), numberField(2, 9))),
    ],
    ["an unknown kind", 4006, "HUB_UNKNOWN_KIND", field(15, "", true)],
    ["a second welcome", 4007, "HUB_WRONG_ORDER", field(fromHub.welcome, makeWelcome())],
    [
      "an answer to nothing",
      4007,
      "HUB_WRONG_ORDER",
      field(fromHub.requestDone, join(numberField(1, 99), field(2, "c"))),
    ],
  ])("HUB-20: %s ends the connection with its code", async (_, code, reason, message) => {
    other = new OtherHub()
    const { answer } = other
    other.answer = (kind, body, reply, socket) => {
      answer(kind, body, reply, socket)
      if (kind === toHub.hello) socket.send(message)
    }
    service = await other.connect()
    expect(await other.closed).toEqual({ code, reason })
  })

  it("HUB-20: acknowledgements of ids that are not under way are passed over", async () => {
    other = new OtherHub()
    const { answer } = other
    other.answer = (kind, body, reply, socket) => {
      if (kind === toHub.publish) reply(fromHub.published, join(field(1, random(16)), numberField(2, 1)))
      answer(kind, body, reply, socket)
    }
    service = await other.connect()
    expect(await service.publish({ id: random(16), topic: place, payload: payload(1) })).toEqual({ proof: "stored" })
  })
})
