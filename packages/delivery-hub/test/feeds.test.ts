import { type Batch, type Feed, fromUtf8, type Topic, utf8 } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { type FromHubInit, type HubBatch, refusalNumber } from "../src/protocol/index.js"
import { ClientUnderTest, type FakeSocket, settle, watch } from "./fake-hub.js"

const topic = "/test/1/a/raw" as Topic
const other = "/test/1/b/raw" as Topic
const cursor = (at: number): Uint8Array => new Uint8Array(24).fill(at)

/** Answers the newest request. */
function confirm(socket: FakeSocket, at: number): void {
  const requests = [...socket.kind("follow"), ...socket.kind("leave")].map(({ request }) => request)
  socket.receive({ case: "requestDone", value: { request: Math.max(...requests), cursor: cursor(at) } })
}

async function following(client: ClientUnderTest, socket: FakeSocket): Promise<Feed> {
  const feed = client.service.open()
  const followed = feed.follow([{ topic }])
  confirm(socket, 1)
  await followed
  return feed
}

function batchOf(
  feed: number,
  at: number,
  texts: readonly string[],
  more: Omit<Partial<HubBatch>, "payloads"> = {},
): FromHubInit {
  const payloads = texts.map((text) => ({ topic: 0, payload: utf8(text) }))
  const { topics = [topic], live = true, gapTopics = [], gapAll = false } = more
  const value = { feed, topics, payloads, cursor: cursor(at), live, gapTopics, gapAll }
  return { case: "batch", value }
}

const textsOf = (batch: Batch) => batch.payloads.map(({ payload }) => fromUtf8(payload))

describe("feeds of the hub's client", () => {
  it("HUB-9: asks for a batch only when the consumer does, and for one at a time", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = await following(client, socket)
    await settle()
    expect(socket.kind("pull")).toEqual([])
    const iterator = feed[Symbol.asyncIterator]()
    const [first, second] = [iterator.next(), iterator.next()]
    await settle()
    expect(socket.kind("pull")).toHaveLength(1)
    socket.receive(batchOf(1, 2, ["a"]))
    expect(textsOf((await first).value as Batch)).toEqual(["a"])
    await settle()
    expect(socket.kind("pull")).toHaveLength(2)
    socket.receive(batchOf(1, 3, ["b"], { live: false }))
    const { value } = await second
    expect(value).toMatchObject({ cursor: cursor(3), live: false })
  })

  it("HUB-15: resumes where the last batch was handed out, with its topics and the pull that waits", async () => {
    const client = new ClientUnderTest()
    const first = client.greet()
    const feed = await following(client, first)
    const iterator = feed[Symbol.asyncIterator]()
    const one = iterator.next()
    await settle()
    first.receive(batchOf(1, 7, ["a"]))
    await one
    const two = iterator.next()
    await settle()
    first.drop()
    const second = client.reconnect()
    expect(second.sent.map((message) => message.case)).toEqual(["hello", "openFeed", "follow", "pull"])
    expect(second.kind("openFeed")).toMatchObject([{ feed: 1, cursor: cursor(7) }])
    expect(second.kind("follow")[0]?.topics).toMatchObject([{ topic }])
    confirm(second, 7)
    second.receive(batchOf(1, 8, ["b"]))
    expect(textsOf((await two).value as Batch)).toEqual(["b"])
  })

  it("HUB-15: resumes at the cursor of the confirmation when no batch came yet", async () => {
    const client = new ClientUnderTest()
    await following(client, client.greet())
    client.socket.drop()
    expect(client.reconnect().kind("openFeed")).toMatchObject([{ cursor: cursor(1) }])
  })

  it("HUB-8, HUB-15: a follow that was not confirmed is asked for again, with its time", async () => {
    const client = new ClientUnderTest()
    const first = client.greet()
    const feed = await following(client, first)
    const watched = watch(feed.follow([{ topic: other, sinceMs: 123.9 }]))
    await settle()
    expect(first.kind("follow")[1]?.topics).toMatchObject([{ topic: other, sinceMs: 123 }])
    first.drop()
    const second = client.reconnect()
    expect(second.kind("follow").map(({ topics }) => topics)).toMatchObject([
      [{ topic }],
      [{ topic: other, sinceMs: 123 }],
    ])
    expect(watched.state).toBe("pending")
    confirm(second, 2)
    await settle()
    expect(watched.state).toBe("resolved")
  })

  it("HUB-8: leaves at once what it follows, and does not follow it again after a lost connection", async () => {
    const client = new ClientUnderTest()
    const first = client.greet()
    const feed = await following(client, first)
    const watched = watch(feed.leave([topic]))
    await settle()
    expect(first.kind("leave")).toMatchObject([{ topics: [topic] }])
    expect(watched.state).toBe("pending")
    first.drop()
    await settle()
    expect(watched.state).toBe("resolved")
    expect(client.reconnect().kind("follow")).toEqual([])
  })

  it("HUB-8: a topic that was left while its follow was under way is not followed", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = await following(client, socket)
    void feed.follow([{ topic: other }])
    void feed.leave([other])
    await settle()
    for (const request of [2, 3]) socket.receive({ case: "requestDone", value: { request, cursor: cursor(2) } })
    socket.drop()
    expect(client.reconnect().kind("follow")[0]?.topics).toMatchObject([{ topic }])
  })

  it("HUB-7: fails with CURSOR_VOID when the hub says so, and frees the feed's place", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = client.service.open({ cursor: cursor(9) })
    const followed = watch(feed.follow([{ topic }]))
    const next = watch(feed[Symbol.asyncIterator]().next())
    socket.receive({ case: "feedFailed", value: { feed: 1, code: refusalNumber("CURSOR_VOID") } })
    socket.receive({ case: "requestRefused", value: { request: 1, code: refusalNumber("CURSOR_VOID") } })
    await settle()
    expect([followed.state, next.state]).toEqual(["CURSOR_VOID", "CURSOR_VOID"])
    expect(socket.kind("closeFeed")).toMatchObject([{ feed: 1 }])
    expect(client.status.state).toBe("up")
  })

  it("HUB-6: a follow that the hub refuses fails, and the topics that were there stay", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = await following(client, socket)
    const refused = watch(feed.follow([{ topic: other }]))
    await settle()
    socket.receive({ case: "requestRefused", value: { request: 2, code: refusalNumber("TOPIC_REFUSED") } })
    await settle()
    expect(refused.state).toBe("TOPIC_REFUSED")
    socket.drop()
    expect(
      client
        .reconnect()
        .kind("follow")
        .map(({ topics }) => topics),
    ).toMatchObject([[{ topic }]])
  })

  it("HUB-20: payloads and gaps of topics that are not followed are dropped", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = await following(client, socket)
    const next = feed[Symbol.asyncIterator]().next()
    await settle()
    const payloads = [0, 1, 0].map((index) => ({ topic: index, payload: utf8(`${index}`) }))
    const value = { feed: 1, topics: [topic, other], payloads, cursor: cursor(2), live: true, gapTopics: [other] }
    socket.receive({ case: "batch", value })
    const handed = (await next).value as Batch
    expect(textsOf(handed)).toEqual(["0", "0"])
    expect(handed).not.toHaveProperty("gap")
  })

  it("HUB-12: tells gaps, of topics or of all", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const iterator = (await following(client, socket))[Symbol.asyncIterator]()
    for (const [gap, told] of [
      [{ gapTopics: [topic] }, [topic]],
      [{ gapAll: true }, "all"],
    ] as [Partial<HubBatch>, unknown][]) {
      const next = iterator.next()
      await settle()
      socket.receive(batchOf(1, 2, [], gap))
      expect((await next).value).toMatchObject({ gap: { topics: told } })
    }
  })

  it("keeps no view of a message in what it hands out", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const next = (await following(client, socket))[Symbol.asyncIterator]().next()
    await settle()
    socket.receive(batchOf(1, 2, ["a", "b"]))
    const batch = (await next).value as Batch
    for (const { payload } of batch.payloads) expect(payload.buffer.byteLength).toBe(1)
    expect(batch.cursor.buffer.byteLength).toBe(24)
  })

  it("an aborted follow ends the wait, not the feed", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const feed = await following(client, socket)
    const controller = new AbortController()
    const watched = watch(feed.follow([{ topic: other }], { signal: controller.signal }))
    await settle()
    controller.abort(Object.assign(new Error("stop"), { code: "ABORTED" }))
    await settle()
    expect(watched.state).toBe("ABORTED")
    confirm(socket, 2)
    const next = feed[Symbol.asyncIterator]().next()
    await settle()
    socket.receive(batchOf(1, 3, ["a"]))
    expect(textsOf((await next).value as Batch)).toEqual(["a"])
  })
})
