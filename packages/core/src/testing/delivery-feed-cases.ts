import type { Batch } from "../delivery/delivery-service.js"
import type { Topic } from "../topics/topic.js"
import { assert, failure } from "./assertions.js"
import { type BoundCase, rejectsWith } from "./delivery-bench.js"

const hourMs = 3_600_000
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`)

export const feedCases: readonly BoundCase[] = [
  {
    title: "a feed without a cursor begins at what is new when it first follows",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      await service.publish(bench.publication(topic, "before"))
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      await service.publish(bench.publication(topic, "after"))
      const reader = bench.reader(feed)
      await reader.until((texts) => texts.includes("after"))
      assert(!reader.texts.includes("before"), "what was there before is not news")
    },
  },
  {
    title: "each follow is answered by a live batch, an empty one where nothing waits",
    async run(bench) {
      const service = await bench.service()
      const feed = service.open()
      const reader = bench.reader(feed)
      for (const topic of [bench.topic(), bench.topic()]) {
        await bench.soon(feed.follow([{ topic }]), "follow resolves")
        const batch = await reader.next()
        assert(batch.live && batch.payloads.length === 0, "nothing waits, so the first batch is empty and live")
      }
    },
  },
  {
    title: "a batch is live only when nothing waits behind it",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const texts = numbered(700)
      await bench.publishAll(service, topic, texts)
      const reader = bench.reader(feed)
      await reader.untilLive()
      assert(new Set(reader.texts).size === texts.length, `everything had come by then: ${reader.texts.length} of 700`)
    },
  },
  {
    title: "a feed resumed at any batch's cursor loses nothing",
    async run(bench) {
      const service = await bench.service()
      const [topic, other] = [bench.topic(), bench.topic()]
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }, { topic: other }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      const texts = numbered(400)
      await bench.publishAll(service, topic, texts.slice(0, 200))
      await bench.publishAll(service, other, texts.slice(200))
      const seenBy: (readonly [Batch, string[]])[] = [[reader.batches[0] as Batch, []]]
      while (new Set(reader.texts).size < texts.length) seenBy.push([await reader.next(), [...reader.texts]])
      await feed[Symbol.asyncDispose]()
      for (const [batch, seen] of seenBy) {
        const resumed = service.open({ cursor: batch.cursor })
        await bench.soon(resumed.follow([{ topic }, { topic: other }]), "follow resolves")
        await bench.reader(resumed).untilAll(texts.filter((text) => !seen.includes(text)))
        await resumed[Symbol.asyncDispose]()
      }
    },
  },
  {
    title: "a feed resumed in the middle of a backfill loses nothing of it",
    async run(bench) {
      const service = await bench.service()
      const [old, present] = [bench.topic(), bench.topic()]
      const texts = numbered(700)
      await bench.publishAll(service, old, texts)
      const feed = service.open()
      await bench.soon(feed.follow([{ topic: present }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      await service.publish(bench.publication(present, "news"))
      await bench.soon(feed.follow([{ topic: old, sinceMs: 0 }]), "follow resolves")
      await reader.next()
      const seen = new Set(reader.texts)
      const resumed = service.open({ cursor: reader.cursor })
      await bench.soon(resumed.follow([{ topic: old }, { topic: present }]), "follow resolves")
      await bench.reader(resumed).untilAll([...texts, "news"].filter((text) => !seen.has(text)))
    },
  },
  {
    title: "follow with sinceMs brings what was kept since then, without it only what comes after the cursor",
    async run(bench) {
      const service = await bench.service()
      const { clock } = bench.environment
      const [a, b, c] = [bench.topic(), bench.topic(), bench.topic()]
      for (const topic of [a, b, c]) await service.publish(bench.publication(topic, `old ${topic}`))
      const feed = service.open()
      await bench.soon(
        feed.follow([
          { topic: a, sinceMs: clock.nowMs() - hourMs },
          { topic: b },
          { topic: c, sinceMs: clock.nowMs() + hourMs },
        ]),
        "follow resolves",
      )
      for (const topic of [a, b, c]) await service.publish(bench.publication(topic, `new ${topic}`))
      const reader = bench.reader(feed)
      await reader.untilAll([`old ${a}`, `new ${a}`, `new ${b}`, `new ${c}`])
      assert(!reader.texts.includes(`old ${b}`), "without sinceMs nothing comes from before the cursor")
      assert(!reader.texts.includes(`old ${c}`), "nothing comes from before sinceMs")
    },
  },
  {
    title: "a topic that is followed later joins the feed, with its past when asked for",
    async run(bench) {
      const service = await bench.service()
      const [first, second] = [bench.topic(), bench.topic()]
      const feed = service.open()
      await bench.soon(feed.follow([{ topic: first }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      await service.publish(bench.publication(second, "past"))
      const waiting = reader.until((texts) => texts.includes("past"))
      await bench.soon(feed.follow([{ topic: second, sinceMs: 0 }]), "follow resolves while a batch is asked for")
      await waiting
      await service.publish(bench.publication(second, "present"))
      await service.publish(bench.publication(first, "still here"))
      await reader.untilAll(["present", "still here"])
    },
  },
  {
    title: "only followed topics come, and none that was left",
    async run(bench) {
      const service = await bench.service()
      const [left, kept, foreign] = [bench.topic(), bench.topic(), bench.topic()]
      const feed = service.open()
      await bench.soon(feed.follow([{ topic: left }, { topic: kept }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      await service.publish(bench.publication(left, "one"))
      await reader.untilAll(["one"])
      await service.publish(bench.publication(left, "two"))
      await bench.soon(feed.leave([left, foreign]), "leave resolves, also for a topic that is not followed")
      await service.publish(bench.publication(left, "three"))
      await service.publish(bench.publication(foreign, "four"))
      await service.publish(bench.publication(kept, "five"))
      await reader.untilAll(["five"])
      assert(reader.texts.join() === "one,five", `nothing of a topic that was left: ${reader.texts.join()}`)
    },
  },
  {
    title: "a consumer that does not come back holds at most one batch",
    async run(bench) {
      const [saro, raya] = [await bench.service(), await bench.service()]
      const [flood, sentinel] = [bench.topic(), bench.topic()]
      const feed = raya.open()
      await bench.soon(feed.follow([{ topic: flood }, { topic: sentinel }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      await saro.publish(bench.publication(flood, "first"))
      await reader.untilAll(["first"])
      const bytes = Math.min(saro.limits.payloadBytesMax, 100_000)
      const count = Math.ceil((8 * 1024 * 1024) / bytes)
      for (let i = 0; i < count; i++) await saro.publish(bench.publication(flood, new Uint8Array(bytes)))
      await bench.soon(feed.leave([flood]), "leave resolves")
      await saro.publish(bench.publication(sentinel, "last"))
      await reader.untilAll(["last"])
      const ofTheFlood = (batch: Batch): number =>
        batch.payloads.filter(({ payload }) => payload.length === bytes).length
      const held = reader.batches.filter((batch) => ofTheFlood(batch) > 0)
      assert(held.length <= 1, `at most one batch was held: ${held.length}`)
      await bench.soon(feed.follow([{ topic: flood, sinceMs: 0 }]), "follow resolves")
      await reader.untilLive()
      const most = Math.max(...reader.batches.map(ofTheFlood))
      assert(most <= count / 2, `a batch is bounded: it had ${most} of ${count} payloads of ${bytes} bytes`)
    },
  },
  {
    title: "two feeds of one service don't share topics or positions",
    async run(bench) {
      const service = await bench.service()
      const [a, b] = [bench.topic(), bench.topic()]
      const feeds = [service.open(), service.open()] as const
      await bench.soon(feeds[0].follow([{ topic: a }]), "follow resolves")
      await bench.soon(feeds[1].follow([{ topic: a }, { topic: b }]), "follow resolves")
      const readers = feeds.map((feed) => bench.reader(feed))
      for (const topic of [b, a]) await service.publish(bench.publication(topic, topic))
      for (const reader of readers) await reader.untilAll([a])
      assert(readers[0]?.texts.includes(b) === false, "a feed has its own topics")
      assert(readers[1]?.texts.includes(b) === true, "a feed has its own position")
    },
  },
  {
    title: "leaving a loop does not end the feed",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const firstBatch = async (): Promise<Batch> => {
        for await (const batch of feed) return batch
        throw failure("the feed ended")
      }
      await bench.soon(firstBatch(), "a batch comes")
      await service.publish(bench.publication(topic, "more"))
      const batch = await bench.soon(firstBatch(), "another loop goes on")
      assert(batch.payloads.length === 1, "another loop goes on where the first one stopped")
    },
  },
  {
    title: "a cursor that the service did not make fails with CURSOR_VOID",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      const good = reader.cursor
      const bad = [
        new Uint8Array(0),
        Uint8Array.of(1),
        good.subarray(1),
        new Uint8Array(good.length),
        new Uint8Array(10_000),
      ]
      for (const cursor of bad) {
        const resumed = service.open({ cursor })
        await rejectsWith("CURSOR_VOID", bench.soon(resumed.follow([{ topic }]), "follow settles"), "follow")
        const next = resumed[Symbol.asyncIterator]().next()
        await rejectsWith("CURSOR_VOID", bench.soon(next, "the feed fails"), "the feed")
      }
      await service.publish(bench.publication(topic, "on"))
      await reader.untilAll(["on"])
    },
  },
  {
    title: "topics beyond the limit, and what is no content topic, are refused with TOPIC_REFUSED and change nothing",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      const many = numbered(service.limits.topicsMax).map((name) => ({ topic: `/conformance/1/${name}/raw` as Topic }))
      await rejectsWith("TOPIC_REFUSED", bench.soon(feed.follow(many), "follow settles"), "one topic too many")
      const malformed = { topic: "no topic" as Topic }
      await rejectsWith("TOPIC_REFUSED", bench.soon(feed.follow([malformed]), "follow settles"), "a bad topic")
      await service.publish(bench.publication(topic, "on"))
      await reader.untilAll(["on"])
    },
  },
]
