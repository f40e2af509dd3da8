import type { Topic } from "@colloquy/core"
import { utf8 } from "@colloquy/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { closeCodes, encodeFromHub, type FromHubInit, type HubCloseReason } from "../src/protocol/index.js"
import { ClientUnderTest, settle, welcomeValue } from "./fake-hub.js"

const topic = "/test/1/a/raw" as Topic
const cursor = new Uint8Array(24).fill(1)
const welcome: FromHubInit = { case: "welcome", value: welcomeValue }
const batch: FromHubInit = {
  case: "batch",
  value: { feed: 1, topics: [topic], payloads: [{ topic: 0, payload: utf8("a") }], cursor, live: true },
}

/** The client closed with this reason, says so, and talks to the next hub that is good. */
async function expectClosed(client: ClientUnderTest, reason: HubCloseReason): Promise<void> {
  const socket = client.socket
  expect(socket.closedWith).toEqual({ code: closeCodes[reason], reason })
  expect(client.status).toMatchObject({ state: "down", code: "DELIVERY_REFUSED" })
  const next = client.reconnect()
  client.clock.advance(900)
  next.receive({ case: "ping", value: {} })
  client.clock.advance(900)
  expect(socket.terminated).toBe(true)
  expect(client.status).toEqual({ state: "up" })
  void client.service.publish(client.publication("good"))
  await settle()
  expect(next.kind("publish")).toHaveLength(1)
}

describe("a client of a hostile hub", () => {
  it.each<[string, HubCloseReason, FromHubInit[]]>([
    ["another version than it asked for", "HUB_VERSION", [{ case: "welcome", value: { ...welcomeValue, version: 2 } }]],
    ["a message before the greeting", "HUB_WRONG_ORDER", [{ case: "ping", value: {} }]],
    ["a second greeting", "HUB_WRONG_ORDER", [welcome, welcome]],
    ["an answer to no request", "HUB_WRONG_ORDER", [welcome, { case: "requestDone", value: { request: 9, cursor } }]],
    [
      "a refusal of no request",
      "HUB_WRONG_ORDER",
      [welcome, { case: "requestRefused", value: { request: 9, code: 2 } }],
    ],
  ])("HUB-20: closes on %s with %s", async (_, reason, messages) => {
    const client = new ClientUnderTest()
    client.socket.open()
    for (const message of messages) client.socket.receive(message)
    await expectClosed(client, reason)
  })

  it.each<[string, HubCloseReason, Uint8Array | string]>([
    ["a text frame", "HUB_MALFORMED", "hello"],
    ["an empty frame", "HUB_MALFORMED", new Uint8Array(0)],
    ["bytes that are no message", "HUB_MALFORMED", new Uint8Array(100).fill(0xff)],
    ["a message of more than 8 MiB", "HUB_TOO_LARGE", new Uint8Array(8 * 1024 * 1024 + 1)],
    ["a kind that it does not know", "HUB_UNKNOWN_KIND", Uint8Array.of(0xa2, 0x06, 0)],
  ])("HUB-20: closes on %s with %s", async (_, reason, data) => {
    const client = new ClientUnderTest()
    client.greet()
    client.socket.receiveRaw(data)
    await expectClosed(client, reason)
  })

  it("HUB-9, HUB-20: closes on a batch that nobody asked for, and hands nothing of it out", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = client.service.open()
    const followed = feed.follow([{ topic }])
    socket.receive({ case: "requestDone", value: { request: 1, cursor } })
    await followed
    socket.receive(batch)
    await expectClosed(client, "HUB_WRONG_ORDER")
  })

  it("HUB-20: takes a batch, a failure and a refusal of a feed that it has closed as nothing", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = client.service.open()
    void feed.follow([{ topic }]).catch(() => undefined)
    await feed[Symbol.asyncDispose]()
    socket.receive({ case: "requestDone", value: { request: 1, cursor } })
    socket.receive(batch)
    socket.receive({ case: "feedFailed", value: { feed: 1, code: 5 } })
    expect(client.status.state).toBe("up")
  })

  it("HUB-20: survives any messages in any order, damaged or not, and talks to a good hub after them", async () => {
    const messages: FromHubInit[] = [
      welcome,
      batch,
      { case: "published", value: { ids: [new Uint8Array(16)], proof: 1 } },
      { case: "publicationRefused", value: { id: new Uint8Array(16), code: 77 as 1 } },
      { case: "requestDone", value: { request: 1, cursor } },
      { case: "requestDone", value: { request: 2, cursor } },
      { case: "requestRefused", value: { request: 1, code: 2 } },
      { case: "feedFailed", value: { feed: 1, code: 5 } },
      { case: "ping", value: {} },
    ]
    const encoded = messages.map((message) => encodeFromHub(message))
    const step = fc.record({
      message: fc.nat(encoded.length - 1),
      at: fc.nat(200),
      mask: fc.constantFrom(0, 0, 0, 1, 255),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const client = new ClientUnderTest()
        const feed = client.service.open()
        void feed.follow([{ topic }]).catch(() => undefined)
        void feed[Symbol.asyncIterator]()
          .next()
          .catch(() => undefined)
        void client.service.publish(client.publication("a")).catch(() => undefined)
        client.socket.open()
        for (const { message, at, mask } of steps) {
          const bytes = (encoded[message] as Uint8Array).slice()
          const index = at % bytes.length
          bytes[index] = (bytes[index] as number) ^ mask
          client.socket.receiveRaw(bytes)
          await Promise.resolve()
          if (client.status.state === "down") break
        }
        if (client.status.state !== "down") client.socket.drop()
        await settle()
        client.reconnect()
        expect(client.status).toEqual({ state: "up" })
        const closed = client.service.close()
        await settle()
        client.clock.advance(1000)
        await closed
      }),
      { numRuns: 500 },
    )
  })
})
