import { connect } from "node:net"
import { once } from "node:events"
import { closeCodes, encodeToHub, type HubCloseReason, type ToHubInit } from "@colloquy/delivery-hub/protocol"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { expectServed, hubOfThisTest, RawClient, until } from "./raw-client.js"

const topic = "/test/1/a/raw"
const id = (): Uint8Array => crypto.getRandomValues(new Uint8Array(16))
const hello: ToHubInit = { case: "hello", value: { versions: [1] } }
const open = (feed: number): ToHubInit => ({ case: "openFeed", value: { feed } })

describe("a hub with a hostile client", () => {
  it.each<[string, HubCloseReason, ToHubInit[]]>([
    ["a message before the hello", "HUB_WRONG_ORDER", [{ case: "ping", value: {} }]],
    ["a second hello", "HUB_WRONG_ORDER", [hello, hello]],
    ["no version in common", "HUB_VERSION", [{ case: "hello", value: { versions: [2, 99] } }]],
    ["a feed that is not open", "HUB_WRONG_ORDER", [hello, { case: "pull", value: { feed: 1, batches: 1 } }]],
    ["a feed number in use", "HUB_WRONG_ORDER", [hello, open(1), open(1)]],
    [
      "a feed closed twice",
      "HUB_WRONG_ORDER",
      [hello, open(1), ...Array.from({ length: 2 }, () => ({ case: "closeFeed", value: { feed: 1 } }) as const)],
    ],
    ["more feeds than it may have", "HUB_LIMIT", [hello, open(1), open(2), open(3)]],
    [
      "more credit than it may have",
      "HUB_LIMIT",
      [hello, open(1), ...Array.from({ length: 2 }, () => ({ case: "pull", value: { feed: 1, batches: 9 } }) as const)],
    ],
    [
      "a malformed id",
      "HUB_MALFORMED",
      [hello, { case: "publish", value: { publications: [{ id: new Uint8Array(3), topic }] } }],
    ],
  ])("HUB-19: closes on %s with %s, and serves the next one", async (_, reason, messages) => {
    const hub = await hubOfThisTest({ feedsMax: 2 })
    const client = await RawClient.connect(hub.url)
    for (const message of messages) client.send(message)
    expect(await client.closed()).toEqual({ code: closeCodes[reason], reason })
    await expectServed(hub.url)
    await until(() => hub.stats().feeds === 0)
  })

  it.each<[string, HubCloseReason, Uint8Array | string]>([
    ["a text frame", "HUB_MALFORMED", "hello"],
    ["an empty frame", "HUB_MALFORMED", new Uint8Array(0)],
    ["garbage", "HUB_MALFORMED", new Uint8Array(100).fill(0xff)],
    ["a kind that it does not know", "HUB_UNKNOWN_KIND", Uint8Array.of(0xa2, 0x06, 0)],
    ["a hello of more than 1,024 bytes", "HUB_TOO_LARGE", new Uint8Array(1025)],
  ])("HUB-19: closes on %s with %s, and serves the next one", async (_, reason, data) => {
    const hub = await hubOfThisTest()
    const client = await RawClient.connect(hub.url)
    client.socket.send(data)
    expect(await client.closed()).toEqual({ code: closeCodes[reason], reason })
    await expectServed(hub.url)
  })

  it("HUB-19: closes on a frame over the limit without taking it into memory", async () => {
    const hub = await hubOfThisTest()
    const client = await RawClient.greeted(hub.url)
    client.socket.send(new Uint8Array(32 * 1024 * 1024))
    expect((await client.closed()).code).toBe(1009)
    await expectServed(hub.url)
  })

  it("HUB-1: refuses a WebSocket without the subprotocol, a plain request and bytes that are no HTTP", async () => {
    const hub = await hubOfThisTest()
    for (const protocols of [[], ["another"]]) {
      const socket = new WebSocket(hub.url, protocols)
      const [, response] = await once(socket, "unexpected-response")
      expect(response.statusCode).toBe(400)
      socket.on("error", () => undefined)
      socket.terminate()
    }
    expect((await fetch(hub.url.replace("ws:", "http:"))).status).toBe(426)
    const raw = connect(Number(new URL(hub.url).port), "127.0.0.1")
    raw.on("error", () => undefined)
    raw.write(new Uint8Array(1000).fill(0xee))
    raw.resume()
    await once(raw, "close")
    await expectServed(hub.url)
  })

  it("HUB-19: refuses more connections than it takes, and takes one again when one has gone", async () => {
    const hub = await hubOfThisTest({ connectionsMax: 2 })
    const [first] = [await RawClient.greeted(hub.url), await RawClient.greeted(hub.url)]
    const socket = new WebSocket(hub.url, ["colloquy.hub.v1"])
    const [, response] = await once(socket, "unexpected-response")
    expect(response.statusCode).toBe(503)
    socket.on("error", () => undefined)
    socket.terminate()
    first?.socket.close()
    await first?.closed()
    await expectServed(hub.url)
  })

  it("HUB-6: answers each bad publication with its code, and stores the good ones around it", async () => {
    const hub = await hubOfThisTest({ payloadBytesMax: 100 })
    const client = await RawClient.greeted(hub.url)
    const bad = [
      { id: id(), topic, payload: new Uint8Array(101) },
      { id: id(), topic: "no topic" },
      { id: id(), topic: `/test/1/${"x".repeat(300)}/raw` },
    ]
    const good = [
      { id: id(), topic, payload: new Uint8Array(100) },
      { id: id(), topic },
    ]
    client.send({ case: "publish", value: { publications: [good[0]!, ...bad, good[1]!] } })
    const refusals = [
      await client.next("publicationRefused"),
      await client.next("publicationRefused"),
      await client.next("publicationRefused"),
    ]
    expect(refusals.map(({ code }) => code)).toEqual([1, 2, 2])
    expect(refusals.map(({ id }) => Buffer.from(id))).toEqual(bad.map(({ id }) => Buffer.from(id)))
    expect((await client.next("published")).ids.map((each) => Buffer.from(each))).toEqual(
      good.map(({ id }) => Buffer.from(id)),
    )
    expect(hub.stats()).toMatchObject({ stored: 2, refused: 3 })
  })

  it("HUB-18: answers what is over the window with DELIVERY_BUSY", async () => {
    const hub = await hubOfThisTest({ publicationsMax: 5 })
    const client = await RawClient.greeted(hub.url)
    client.send({ case: "publish", value: { publications: Array.from({ length: 8 }, () => ({ id: id(), topic })) } })
    for (let i = 0; i < 3; i++) expect((await client.next("publicationRefused")).code).toBe(4)
    expect((await client.next("published")).ids).toHaveLength(5)
  })

  it("HUB-8: follows all topics of a request or none", async () => {
    const hub = await hubOfThisTest({ topicsMax: 3 })
    const client = await RawClient.greeted(hub.url)
    client.send(open(1))
    const follow = (request: number, ...topics: string[]): void =>
      client.send({ case: "follow", value: { request, feed: 1, topics: topics.map((each) => ({ topic: each })) } })
    follow(1, topic, "bad")
    expect(await client.next("requestRefused")).toMatchObject({ request: 1, code: 2 })
    follow(2, ..."abcd".split("").map((name) => `/test/1/${name}/raw`))
    expect(await client.next("requestRefused")).toMatchObject({ request: 2, code: 2 })
    expect(hub.stats().topicsFollowed).toBe(0)
    follow(3, ..."aabc".split("").map((name) => `/test/1/${name}/raw`))
    await client.next("requestDone")
    expect(hub.stats().topicsFollowed).toBe(3)
    client.send({ case: "leave", value: { request: 4, feed: 1, topics: ["/test/1/a/raw", "/test/1/z/raw"] } })
    await client.next("requestDone")
    expect(hub.stats().topicsFollowed).toBe(2)
  })

  it("HUB-14: closes a connection that never greets, and one that stops answering", async () => {
    const hub = await hubOfThisTest({ heartbeatMs: 20, silenceMs: 60 })
    const mute = await RawClient.connect(hub.url)
    expect((await mute.closed()).reason).toBe("HUB_SILENT")
    const silent = await RawClient.greeted(hub.url)
    await silent.next("ping")
    expect((await silent.closed()).reason).toBe("HUB_SILENT")
  })

  it("HUB-14: keeps a connection that answers", async () => {
    const hub = await hubOfThisTest({ heartbeatMs: 20, silenceMs: 400 })
    const client = await RawClient.greeted(hub.url)
    for (let i = 0; i < 30; i++) {
      await client.next("ping")
      client.send({ case: "pong", value: {} })
    }
    client.send({ case: "ping", value: {} })
    await client.next("pong")
    expect(hub.stats().connections).toBe(1)
  })

  it("HUB-25: slows a client down that sends more than it may, and loses nothing of it", async () => {
    const hub = await hubOfThisTest({ messagesPerSecond: 500, publicationsMax: 10_000 })
    const client = await RawClient.greeted(hub.url)
    for (let i = 0; i < 800; i++) client.send({ case: "publish", value: { publications: [{ id: id(), topic }] } })
    for (let acknowledged = 0; acknowledged < 800;) acknowledged += (await client.next("published")).ids.length
    expect(hub.stats().stored).toBe(800)
  })

  it("HUB-19: survives any messages in any order, damaged or not, and keeps serving", async () => {
    const hub = await hubOfThisTest()
    const messages: ToHubInit[] = [
      hello,
      { case: "publish", value: { publications: [{ id: id(), topic, payload: id() }] } },
      open(1),
      { case: "openFeed", value: { feed: 2, cursor: new Uint8Array(24) } },
      { case: "follow", value: { request: 1, feed: 1, topics: [{ topic, sinceMs: 0 }] } },
      { case: "leave", value: { request: 2, feed: 1, topics: [topic] } },
      { case: "pull", value: { feed: 1, batches: 3 } },
      { case: "closeFeed", value: { feed: 1 } },
      { case: "ping", value: {} },
      { case: "pong", value: {} },
    ]
    const encoded = messages.map((message) => encodeToHub(message))
    const step = fc.record({
      message: fc.nat(encoded.length - 1),
      at: fc.nat(200),
      mask: fc.constantFrom(0, 0, 0, 0, 1, 255),
    })
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 20 }), async (greets, steps) => {
        const client = await RawClient.connect(hub.url)
        if (greets) client.send(hello)
        for (const { message, at, mask } of steps) {
          const bytes = (encoded[message] as Uint8Array).slice()
          if (bytes.length > 0) bytes[at % bytes.length]! ^= mask
          client.socket.send(bytes)
        }
        client.socket.close()
        await client.closed()
      }),
      { numRuns: 200 },
    )
    await expectServed(hub.url)
    await until(() => hub.stats().connections === 0)
    expect(hub.stats()).toMatchObject({ feeds: 0, topicsFollowed: 0 })
  })
})
