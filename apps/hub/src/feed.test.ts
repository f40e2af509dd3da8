import type { Topic } from "@colloquy/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { environment, folderOfThisTest } from "../test/environment.js"
import { Feed } from "./feed.js"
import { Log } from "./log.js"
import { Store } from "./store.js"

const topicOf = (index: number): Topic => `/t/1/${index}/raw` as Topic
const none = new Uint8Array(0)

/** A log whose newest payloads are in memory, or one that was just opened and has them all on the disk. */
function logOfThisTest(texts: readonly (readonly [topic: number, bytes: number])[], isReopened: boolean): Log {
  const dataDir = folderOfThisTest()
  const log = new Log(Store.open(dataDir))
  const publications = texts.map(([topic, bytes], index) => ({
    id: environment.random(16),
    topic: topicOf(topic),
    payload: new Uint8Array(bytes + 4).fill(index & 255),
  }))
  log.append(publications, 1)
  if (!isReopened) return log
  log.store.close()
  return new Log(Store.open(dataDir))
}

/** Everything that a feed gives until nothing is left, by topic, with the cursors on the way. */
function drain(feed: Feed, batchesMax = 100_000) {
  const given: { topic: string; payload: Uint8Array }[] = []
  const cursors: Uint8Array[] = []
  for (let turn = 0; turn < batchesMax && feed.hasWork; turn++) {
    const batch = feed.collect()
    if (batch === undefined) continue
    for (const { topic, payload } of batch.payloads ?? [])
      given.push({ topic: batch.topics?.[topic ?? 0] ?? "", payload: payload ?? none })
    cursors.push(batch.cursor ?? none)
  }
  return { given, cursors }
}

const contents = fc.array(fc.tuple(fc.nat(39), fc.constantFrom(0, 10, 100_000)), { minLength: 1, maxLength: 120 })

describe("a feed of the hub", () => {
  it("HUB-9, HUB-10: gives every payload of its topics once, in order, however many topics and from wherever they are read", () => {
    fc.assert(
      fc.property(contents, fc.boolean(), fc.integer({ min: 1, max: 40 }), (texts, isReopened, followed) => {
        const log = logOfThisTest(texts, isReopened)
        const feed = new Feed(1, log, none)
        const topics = Array.from({ length: followed }, (_, index) => ({ topic: topicOf(index), sinceMs: 0 }))
        feed.follow(topics as never, 100)
        const { given } = drain(feed)
        const wanted = texts.flatMap(([topic, bytes], index) =>
          topic < followed ? [[topicOf(topic), bytes + 4, index & 255]] : [],
        )
        expect(given.map(({ topic, payload }) => [topic, payload.length, payload[0]])).toEqual(wanted)
        log.store.close()
      }),
      { numRuns: 40 },
    )
  })

  it("HUB-8, HUB-9: resumed at any cursor, with topics that joined late, loses nothing", () => {
    fc.assert(
      fc.property(contents, fc.boolean(), fc.nat(20), fc.nat(1000), (texts, isReopened, early, at) => {
        const log = logOfThisTest(texts, isReopened)
        const begin = log.cursor(0)
        const feed = new Feed(1, log, begin)
        const all = Array.from({ length: 40 }, (_, index) => ({ topic: topicOf(index), sinceMs: 0 }))
        feed.follow(all.slice(0, early).map(({ topic }) => ({ topic })) as never, 100)
        const first = drain(feed, 1 + (at % 3))
        feed.follow(all.slice(early) as never, 100)
        const second = drain(feed, 1 + (at % 5))
        const given = [...first.given, ...second.given]
        const resumed = new Feed(2, log, feed.cursor)
        resumed.follow(all.map(({ topic }) => ({ topic })) as never, 100)
        given.push(...drain(resumed).given)
        const seen = new Set(given.map(({ topic, payload }) => `${topic} ${payload.length} ${payload[0]}`))
        const wanted = new Set(texts.map(([topic, bytes], index) => `${topicOf(topic)} ${bytes + 4} ${index & 255}`))
        expect(seen).toEqual(wanted)
        log.store.close()
      }),
      { numRuns: 40 },
    )
  })

  it.each([
    ["few topics, looked up one by one", 5, 97],
    ["many topics, found along the log", 30, 601],
  ])("HUB-9: gives every payload once from a long log with %s", (_, followed, modulus) => {
    const texts = Array.from({ length: 12_000 }, (_, index) => [(index * 31) % modulus, 0] as const)
    const log = logOfThisTest(texts, true)
    const feed = new Feed(1, log, log.cursor(0))
    feed.follow(Array.from({ length: followed }, (_, index) => ({ topic: topicOf(index) })) as never, 100)
    const wanted = texts.filter(([topic]) => topic < followed).map(([topic]) => topicOf(topic))
    expect(wanted.length).toBeGreaterThan(512)
    expect(drain(feed).given.map(({ topic }) => topic)).toEqual(wanted)
    log.store.close()
  })

  it("HUB-9: gives at most 512 payloads and 256 KiB a batch, but for a single larger one", () => {
    const small = logOfThisTest(
      Array.from({ length: 2000 }, () => [0, 0]),
      true,
    )
    const large = logOfThisTest(
      Array.from({ length: 20 }, () => [0, 100_000]),
      true,
    )
    const huge = logOfThisTest([[0, 1_000_000]], true)
    const sizes = [small, large, huge].map((log) => {
      const feed = new Feed(1, log, log.cursor(0))
      feed.follow([{ topic: topicOf(0) }] as never, 1)
      const size = feed.collect()?.payloads?.length
      log.store.close()
      return size
    })
    expect(sizes).toEqual([512, 2, 1])
  })

  it("HUB-12: tells a gap once, of the topics it has lost, also when it was in the middle of a backfill", () => {
    const log = logOfThisTest([...Array.from({ length: 600 }, () => [0, 0] as const), [1, 0]], true)
    const feed = new Feed(1, log, none)
    feed.follow([{ topic: topicOf(0), sinceMs: 0 }, { topic: topicOf(1) }, { topic: topicOf(2) }] as never, 10)
    expect(feed.collect()?.payloads).toHaveLength(512)
    log.store.drop(2, Number.POSITIVE_INFINITY)
    expect(feed.collect()).toMatchObject({ gapTopics: [topicOf(0)], gapAll: false, payloads: [], live: true })
    expect(feed.hasWork).toBe(false)
    const behind = new Feed(2, log, log.cursor(0))
    behind.follow([{ topic: topicOf(1) }, { topic: topicOf(2) }] as never, 10)
    expect(behind.collect()).toMatchObject({ gapTopics: [topicOf(1)], live: true })
    log.store.forgetTopics(0)
    const later = new Feed(3, log, log.cursor(0))
    later.follow([{ topic: topicOf(2) }] as never, 10)
    expect(later.collect()).toMatchObject({ gapAll: true })
    log.store.close()
  })
})
