import { describe, expect, it } from "vitest"
import { utf8 } from "../bytes.js"
import type { Clock } from "../environment/clock.js"
import type { Topic } from "../topics/topic.js"
import { memoryDelivery } from "./memory-delivery.js"

const topic = "/test/1/a/raw" as Topic
const clock: Clock = { nowMs: () => 1000, after: () => () => undefined }
let drawn = 0
const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(++drawn)
const environment = { clock, random }
const publication = (text: string) => ({ id: random(16), topic, payload: utf8(text) })

describe("memoryDelivery", () => {
  it("shows what the service saw, in order", async () => {
    const delivery = memoryDelivery()
    const service = delivery.open(environment)
    await service.publish(publication("one"))
    await service.publish(publication("two"))
    expect(delivery.log().map(({ sequence, timeMs, topic, payload }) => [sequence, timeMs, topic, payload])).toEqual([
      [1, 1000, topic, utf8("one")],
      [2, 1000, topic, utf8("two")],
    ])
  })

  it("keeps the newest payloads only, and tells a reader that was behind", async () => {
    const delivery = memoryDelivery({ payloadsMax: 2 })
    const service = delivery.open(environment)
    const feed = service.open()
    await feed.follow([{ topic }])
    for (const text of ["one", "two", "three"]) await service.publish(publication(text))
    const { value } = await feed[Symbol.asyncIterator]().next()
    expect(value?.payloads.map(({ payload }: { payload: Uint8Array }) => payload)).toEqual([utf8("two"), utf8("three")])
    expect(value?.gap).toEqual({ topics: [topic] })
  })

  it("is down with the code that a test sets, and lets feeds wait until it is up again", async () => {
    const delivery = memoryDelivery()
    const service = delivery.open(environment)
    const seen: unknown[] = []
    service.status((status) => seen.push(status))
    delivery.setDown("DELIVERY_SILENT")
    await expect(service.publish(publication("one"))).rejects.toMatchObject({ code: "DELIVERY_DOWN", retry: "later" })
    const feed = service.open()
    const followed = feed.follow([{ topic }])
    delivery.setUp()
    await followed
    expect(seen).toEqual([{ state: "up" }, { state: "down", code: "DELIVERY_SILENT" }, { state: "up" }])
  })

  it("voids the cursors and the open feeds of a log that was wiped", async () => {
    const delivery = memoryDelivery()
    const service = delivery.open(environment)
    const before = service.scope
    const feed = service.open()
    await feed.follow([{ topic }])
    delivery.wipe()
    expect(service.scope).not.toBe(before)
    await expect(feed[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "CURSOR_VOID" })
  })
})
