import type { DeliveryStatus } from "../delivery/delivery-service.js"
import { assert } from "./assertions.js"
import { type BoundCase, rejectsWith } from "./delivery-bench.js"

export const lifeCases: readonly BoundCase[] = [
  {
    title: "a status listener hears the present status at once, and nothing after it was removed",
    async run(bench) {
      const service = await bench.service()
      const seen: DeliveryStatus[] = []
      const removed: DeliveryStatus[] = []
      service.status((status) => seen.push(status))
      service.status((status) => removed.push(status))()
      assert(seen.length === 1 && seen[0]?.state === "up", "the listener heard at once that the service is up")
      await bench.soon(service.close(), "close resolves")
      const last = seen.at(-1)
      assert(last?.state === "down" && last.code === "DELIVERY_CLOSED", "the last status is down, DELIVERY_CLOSED")
      assert(removed.length === 1, "a listener that was removed hears nothing")
    },
  },
  {
    title: "scope and limits are known once the service is up, and the same on every connection",
    async run(bench) {
      const [one, other] = [await bench.service(), await bench.service()]
      assert(one.scope !== "" && one.scope === other.scope, "one service has one scope")
      assert(one.limits.payloadBytesMax > 0 && one.limits.topicsMax > 0, "the limits let something through")
      assert(one.limits.payloadBytesMax === other.limits.payloadBytesMax, "one service has one payload limit")
    },
  },
  {
    title: "disposing a feed ends its iteration and its topics, also while a batch is awaited",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const iterator = feed[Symbol.asyncIterator]()
      await bench.soon(iterator.next(), "a live batch comes")
      const awaited = iterator.next()
      await bench.soon(Promise.resolve(feed[Symbol.asyncDispose]()), "dispose resolves")
      assert((await bench.soon(awaited, "the iteration ends")).done === true, "the awaited batch ends the iteration")
      assert((await bench.soon(iterator.next(), "it stays ended")).done === true, "a feed stays ended")
      await rejectsWith(
        "DELIVERY_CLOSED",
        bench.soon(feed.follow([{ topic }]), "follow settles"),
        "following after the end",
      )
      await bench.soon(Promise.resolve(feed[Symbol.asyncDispose]()), "disposing again resolves")
    },
  },
  {
    title: "a feed ends when its signal aborts, before or while a batch is awaited",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const controller = new AbortController()
      const feed = service.open({ signal: controller.signal })
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const iterator = feed[Symbol.asyncIterator]()
      await bench.soon(iterator.next(), "a live batch comes")
      const awaited = iterator.next()
      controller.abort()
      assert((await bench.soon(awaited, "the iteration ends")).done === true, "the signal ends the iteration")
      const ended = service.open({ signal: AbortSignal.abort() })
      const first = await bench.soon(ended[Symbol.asyncIterator]().next(), "the iteration ends")
      assert(first.done === true, "a signal that was aborted before leaves nothing to iterate")
      await bench.soon(service.publish(bench.publication(topic, "on")), "the service goes on")
    },
  },
  {
    title: "follow fails with the signal's reason when it was aborted before",
    async run(bench) {
      const service = await bench.service()
      const reason = new Error("the caller's reason")
      const followed = service.open().follow([{ topic: bench.topic() }], { signal: AbortSignal.abort(reason) })
      const outcome = await bench.soon(
        followed.catch((error: unknown) => error),
        "follow settles",
      )
      assert(outcome === reason, "follow fails with the signal's reason")
    },
  },
  {
    title: "close ends feeds and everything asked for later with DELIVERY_CLOSED, and may be called again",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const iterator = feed[Symbol.asyncIterator]()
      await bench.soon(iterator.next(), "a live batch comes")
      const awaited = rejectsWith(
        "DELIVERY_CLOSED",
        bench.soon(iterator.next(), "the feed settles"),
        "the awaited batch",
      )
      const underWay = Array.from({ length: 10 }, () =>
        service.publish(bench.publication(topic, "under way")).then(
          () => "DELIVERY_CLOSED",
          (error: unknown) => (error as { code?: string }).code,
        ),
      )
      await bench.soon(service.close(), "close resolves")
      await awaited
      for (const code of await bench.soon(Promise.all(underWay), "publishes under way settle"))
        assert(code === "DELIVERY_CLOSED", `a publish under way succeeds or fails with DELIVERY_CLOSED: ${code}`)
      const closed = (promise: Promise<unknown>, what: string): Promise<void> =>
        rejectsWith("DELIVERY_CLOSED", bench.soon(promise, "it settles"), what)
      await closed(iterator.next(), "a later batch")
      await closed(feed.follow([{ topic }]), "a later follow")
      await closed(service.publish(bench.publication(topic, "late")), "a later publish")
      await closed(service.open()[Symbol.asyncIterator]().next(), "a later feed")
      await bench.soon(service.close(), "close resolves again")
    },
  },
  {
    title: "closing one connection leaves another alone",
    async run(bench) {
      const [one, other] = [await bench.service(), await bench.service()]
      const topic = bench.topic()
      const feed = other.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      await bench.soon(one.close(), "close resolves")
      await bench.soon(other.publish(bench.publication(topic, "on")), "publish resolves")
      await bench.reader(feed).untilAll(["on"])
    },
  },
  {
    title: "a service that is closed before it was up closes all the same",
    async run(bench) {
      const service = bench.fresh()
      const feed = service.open()
      const settled = feed.follow([{ topic: bench.topic() }]).catch(() => undefined)
      const next = feed[Symbol.asyncIterator]().next()
      const failed = rejectsWith("DELIVERY_CLOSED", bench.soon(next, "the feed settles"), "the feed")
      await bench.soon(service.close(), "close resolves")
      await bench.soon(settled, "follow settles")
      await failed
    },
  },
]
