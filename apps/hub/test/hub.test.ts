import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { type DeliveryService, fromUtf8, type Topic, utf8 } from "@colloquy/core"
import { hub } from "@colloquy/delivery-hub"
import { closeCodes } from "@colloquy/delivery-hub/protocol"
import Database from "better-sqlite3"
import { describe, expect, it, onTestFinished } from "vitest"
import { WebSocket } from "ws"
import { readLog, startHub } from "../src/index.js"
import { environment, folderOfThisTest } from "./environment.js"
import { hubOfThisTest, RawClient, until } from "./raw-client.js"

const topic = "/test/1/a/raw" as Topic
const id = (): Uint8Array => environment.random(16)

function clientOf(url: string): DeliveryService {
  const service = hub(url, { webSocket: WebSocket, backoffMs: 20, backoffMsMax: 100 })(environment)
  onTestFinished(() => service.close())
  return service
}

async function textsSince(service: DeliveryService, sinceMs: number): Promise<string[]> {
  const feed = service.open()
  await feed.follow([{ topic, sinceMs }])
  const texts: string[] = []
  for await (const batch of feed) {
    texts.push(...batch.payloads.map(({ payload }) => fromUtf8(payload) ?? ""))
    if (batch.live) break
  }
  await feed[Symbol.asyncDispose]()
  return texts
}

describe("starting a hub", () => {
  it("listens on 127.0.0.1 unless told", async () => {
    expect((await hubOfThisTest()).url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/)
  })

  it("fails with HUB_PORT_IN_USE, and leaves the data to another hub", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as { port: number }
    const dataDir = folderOfThisTest()
    await expect(startHub({ port, dataDir })).rejects.toMatchObject({ code: "HUB_PORT_IN_USE" })
    await hubOfThisTest({ dataDir })
  })

  it("fails with HUB_ADDRESS_REFUSED where it can't listen", async () => {
    const options = { port: 0, host: "203.0.113.1", dataDir: folderOfThisTest() }
    await expect(startHub(options)).rejects.toMatchObject({ code: "HUB_ADDRESS_REFUSED" })
  })

  it("fails with HUB_DATA_IN_USE while another hub has the data, and starts once that has gone", async () => {
    const dataDir = folderOfThisTest()
    const first = await startHub({ port: 0, dataDir })
    await expect(startHub({ port: 0, dataDir })).rejects.toMatchObject({ code: "HUB_DATA_IN_USE", retry: "later" })
    expect(() => readLog(dataDir)).toThrow(expect.objectContaining({ code: "HUB_DATA_IN_USE" }))
    await first.close()
    await hubOfThisTest({ dataDir })
  })

  it("fails with HUB_DATA_NOT_WRITABLE where no folder can be", async () => {
    const folder = folderOfThisTest()
    writeFileSync(join(folder, "file"), "")
    mkdirSync(join(folder, "taken", "hub.sqlite"), { recursive: true })
    // Under /proc no folder can be made, not even by root.
    const impossible = process.platform === "linux" ? ["/proc/colloquy"] : []
    for (const dataDir of [join(folder, "file", "data"), join(folder, "taken"), ...impossible])
      await expect(startHub({ port: 0, dataDir })).rejects.toMatchObject({ code: "HUB_DATA_NOT_WRITABLE" })
    expect(() => readLog(join(folder, "nothing"))).toThrow(expect.objectContaining({ code: "HUB_DATA_NOT_WRITABLE" }))
  })

  it("fails with HUB_DATA_DAMAGED and HUB_DATA_VERSION for data that it can't read", async () => {
    const dataDir = folderOfThisTest()
    writeFileSync(join(dataDir, "hub.sqlite"), new Uint8Array(8192).fill(7))
    await expect(startHub({ port: 0, dataDir })).rejects.toMatchObject({ code: "HUB_DATA_DAMAGED" })
    const newer = folderOfThisTest()
    new Database(join(newer, "hub.sqlite")).exec("PRAGMA user_version = 2").close()
    await expect(startHub({ port: 0, dataDir: newer })).rejects.toMatchObject({ code: "HUB_DATA_VERSION" })
  })

  it("fails with HUB_BAD_OPTION for options out of range", async () => {
    const dataDir = folderOfThisTest()
    for (const bad of [{ port: -1 }, { port: 70_000 }, { payloadBytesMax: 0 }, { retentionMs: 0.5 }, { silenceMs: 1 }])
      await expect(startHub({ port: 0, dataDir, ...bad })).rejects.toMatchObject({ code: "HUB_BAD_OPTION" })
  })
})

describe("a hub", () => {
  it("HUB-4, HUB-13: keeps its payloads, its scope and the ids that it knows over a restart", async () => {
    const dataDir = folderOfThisTest()
    const publication = { id: id(), topic, payload: utf8("once") }
    let scope = ""
    for (let round = 0; round < 3; round++) {
      const running = await startHub({ port: 0, dataDir })
      const service = clientOf(running.url)
      await service.publish(publication)
      scope ||= service.scope
      expect(service.scope).toBe(scope)
      expect(await textsSince(service, 0)).toEqual(["once"])
      expect(running.stats()).toMatchObject({ stored: round === 0 ? 1 : 0, duplicates: round === 0 ? 0 : 1 })
      await service.close()
      await running.close()
    }
    expect(readLog(dataDir)).toHaveLength(1)
  })

  it("HUB-13: voids a cursor that is ahead of its log, as one restored from a copy would be", async () => {
    const running = await hubOfThisTest()
    const client = await RawClient.greeted(running.url)
    client.send({ case: "openFeed", value: { feed: 1 } })
    client.send({ case: "follow", value: { request: 1, feed: 1, topics: [{ topic }] } })
    const { cursor } = await client.next("requestDone")
    for (const [at, failed] of [
      [0, false],
      [1, true],
    ] as const) {
      const ahead = cursor.slice()
      ahead[23] = at
      client.send({ case: "openFeed", value: { feed: 2 + at, cursor: ahead } })
      client.send({ case: "follow", value: { request: 2 + at, feed: 2 + at, topics: [{ topic }] } })
      if (failed) expect(await client.next("feedFailed")).toMatchObject({ feed: 3, code: 5 })
      else await client.next("requestDone")
    }
    expect(await client.next("requestRefused")).toMatchObject({ request: 3, code: 5 })
  })

  it("HUB-11: answers each follow with a live batch, an empty one where nothing waits", async () => {
    const running = await hubOfThisTest()
    const client = await RawClient.greeted(running.url)
    client.send({ case: "openFeed", value: { feed: 1 } })
    for (const request of [1, 2]) {
      client.send({ case: "pull", value: { feed: 1, batches: 1 } })
      client.send({ case: "follow", value: { request, feed: 1, topics: [{ topic }] } })
      const { cursor } = await client.next("requestDone")
      expect(await client.next("batch")).toMatchObject({ feed: 1, payloads: [], live: true, cursor })
    }
  })

  it("HUB-21: drops what is too old", async () => {
    let nowMs = 1_000_000
    const running = await hubOfThisTest({ retentionMs: 1000, retentionCheckMs: 5, nowMs: () => nowMs })
    const service = clientOf(running.url)
    await service.publish({ id: id(), topic, payload: utf8("old") })
    nowMs += 900
    await service.publish({ id: id(), topic, payload: utf8("young") })
    nowMs += 101
    await until(() => running.stats().payloads === 1)
    expect(await textsSince(service, 0)).toEqual(["young"])
    expect(service.limits.retentionMs).toBe(1000)
  })

  it("HUB-12, HUB-21: drops the oldest of too much, and tells who was behind", async () => {
    const running = await hubOfThisTest({ retentionBytes: 10_000 })
    const service = clientOf(running.url)
    const [behind, apart] = [service.open(), service.open()]
    await behind.follow([{ topic }])
    await apart.follow([{ topic: "/test/1/other/raw" as Topic }])
    for (let i = 0; i < 100; i++) await service.publish({ id: id(), topic, payload: new Uint8Array(872) })
    expect(running.stats()).toMatchObject({ payloads: 10, bytes: 10_000, dropped: 90 })
    const { value } = await behind[Symbol.asyncIterator]().next()
    expect(value).toMatchObject({ gap: { topics: [topic] }, live: true })
    expect(value?.payloads).toHaveLength(10)
    expect((await apart[Symbol.asyncIterator]().next()).value).not.toHaveProperty("gap")
  })

  it("HUB-5: a clock that runs backwards leaves the order and the times in order", async () => {
    let nowMs = 1_000_000
    const dataDir = folderOfThisTest()
    const running = await startHub({ port: 0, dataDir, nowMs: () => nowMs, retentionMs: 10_000_000 })
    const service = clientOf(running.url)
    for (const [text, at] of [
      ["a", 1_000_000],
      ["b", 500_000],
      ["c", 1_000_001],
    ] as const) {
      nowMs = at
      await service.publish({ id: id(), topic, payload: utf8(text) })
    }
    expect(await textsSince(service, 1_000_000)).toEqual(["a", "b", "c"])
    expect(await textsSince(service, 1_000_001)).toEqual(["c"])
    await service.close()
    await running.close()
    expect(readLog(dataDir).map(({ timeMs }) => timeMs)).toEqual([1_000_000, 1_000_000, 1_000_001])
  })

  it("HUB-9: readers that do not come back, or do not read their socket, do not grow the hub", async () => {
    const running = await hubOfThisTest()
    const service = clientOf(running.url)
    for (let i = 0; i < 10; i++)
      await Promise.all(
        Array.from({ length: 50 }, () => service.publish({ id: id(), topic, payload: new Uint8Array(100_000) })),
      )
    const client = await RawClient.greeted(running.url)
    for (let feed = 1; feed <= 10; feed++) {
      client.send({ case: "openFeed", value: { feed } })
      client.send({ case: "follow", value: { request: feed, feed, topics: [{ topic, sinceMs: 0 }] } })
      await client.next("requestDone")
    }
    client.socket.pause()
    for (let feed = 1; feed <= 10; feed++) client.send({ case: "pull", value: { feed, batches: 16 } })
    // By then the hub has read the pulls, and turned its event loop for each batch that it would send.
    for (let i = 0; i < 200; i++) await service.publish({ id: id(), topic, payload: utf8("more") })
    expect(running.stats().outgoingBytes).toBeLessThan(2 * 1024 * 1024)
    client.socket.resume()
    for (let i = 0; i < 160; i++) expect((await client.next("batch")).payloads.length).toBeLessThanOrEqual(512)
  })

  it("HUB-9: a publisher that does not read its acknowledgements does not grow the hub", async () => {
    const running = await hubOfThisTest()
    const client = await RawClient.greeted(running.url)
    client.socket.pause()
    const publications = Array.from({ length: 1000 }, () => ({ id: id(), topic: "no topic" }))
    for (let i = 0; i < 500; i++) client.send({ case: "publish", value: { publications } })
    const service = clientOf(running.url)
    for (let i = 0; i < 100; i++) await service.publish({ id: id(), topic, payload: utf8("good") })
    expect(running.stats().outgoingBytes).toBeLessThan(4 * 1024 * 1024)
    client.socket.terminate()
  })

  it("HUB-23: hands an ephemeral payload to who follows now, and stores nothing of it", async () => {
    const running = await hubOfThisTest()
    const [saro, raya] = [clientOf(running.url), clientOf(running.url)]
    const feed = raya.open()
    await feed.follow([{ topic }])
    const iterator = feed[Symbol.asyncIterator]()
    await iterator.next()
    const next = iterator.next()
    expect(await saro.publish({ id: id(), topic, payload: utf8("now"), ephemeral: true })).toEqual({ proof: "relayed" })
    expect(fromUtf8((await next).value?.payloads[0]?.payload ?? new Uint8Array())).toBe("now")
    expect(await textsSince(raya, 0)).toEqual([])
    expect(running.stats()).toMatchObject({ stored: 0, relayed: 1, payloads: 0 })
  })

  it("HUB-23: keeps at most 64 ephemeral payloads for a reader that does not come", async () => {
    const running = await hubOfThisTest()
    const service = clientOf(running.url)
    const feed = service.open()
    await feed.follow([{ topic }])
    for (let i = 0; i < 200; i++) await service.publish({ id: id(), topic, payload: utf8(`${i}`), ephemeral: true })
    const { value } = await feed[Symbol.asyncIterator]().next()
    expect(value?.payloads.map(({ payload }: { payload: Uint8Array }) => fromUtf8(payload))).toEqual(
      Array.from({ length: 64 }, (_, index) => `${136 + index}`),
    )
  })

  it("HUB-22: acknowledges what is durable and says HUB_CLOSING when it is closed", async () => {
    const dataDir = folderOfThisTest()
    const running = await startHub({ port: 0, dataDir })
    const client = await RawClient.greeted(running.url)
    const ids = Array.from({ length: 300 }, id)
    for (const each of ids)
      client.send({ case: "publish", value: { publications: [{ id: each, topic, payload: each }] } })
    const acknowledged = new Set(
      [...(await client.next("published")).ids].map((each) => Buffer.from(each).toString("hex")),
    )
    const closed = running.close()
    expect(await client.closed()).toEqual({ code: closeCodes.HUB_CLOSING, reason: "HUB_CLOSING" })
    await closed
    await running.close()
    for (const message of client.received)
      if (message.case === "published")
        for (const each of message.value.ids) acknowledged.add(Buffer.from(each).toString("hex"))
    const kept = readLog(dataDir).map(({ firstBytes }) => Buffer.from(firstBytes.subarray(0, 16)).toString("hex"))
    expect(new Set(kept)).toEqual(acknowledged)
  })

  it("HUB-24: logs no topic, payload or id, and keeps no address", async () => {
    const dataDir = folderOfThisTest()
    const lines: string[] = []
    const logger = { log: (...line: unknown[]) => void lines.push(JSON.stringify(line)) }
    const running = await startHub({ port: 0, dataDir, logger })
    const secret = "/a-topic-to-look-for/1/x/raw" as Topic
    const service = clientOf(running.url)
    await service.publish({ id: utf8("an-id-to-look-fo"), topic: secret, payload: utf8("a payload to look for") })
    const bad = await RawClient.greeted(running.url)
    bad.socket.send("garbage to look for")
    await bad.closed()
    await service.close()
    await running.close()
    expect(lines.length).toBeGreaterThan(2)
    expect(lines.join()).not.toMatch(/look/)
    const files = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name)).toString("latin1"))
    expect(files.join()).toContain("a payload to look for")
    expect(files.join()).not.toContain("127.0.0.1")
  })

  it("shows what it kept: topic, size, time and first bytes, and nothing else", async () => {
    const dataDir = folderOfThisTest()
    const running = await startHub({ port: 0, dataDir, nowMs: () => 42 })
    const service = clientOf(running.url)
    await service.publish({ id: id(), topic, payload: new Uint8Array(1000).fill(9) })
    await service.publish({ id: id(), topic, payload: new Uint8Array(0) })
    await service.close()
    await running.close()
    expect(readLog(dataDir)).toEqual([
      { sequence: 1, topic, timeMs: 42, bytes: 1000, firstBytes: new Uint8Array(32).fill(9) },
      { sequence: 2, topic, timeMs: 42, bytes: 0, firstBytes: new Uint8Array(0) },
    ])
    expect(readLog(dataDir, { limit: 1 })).toHaveLength(1)
  })
})
