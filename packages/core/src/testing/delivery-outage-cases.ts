import { assert } from "./assertions.js"
import { type BoundCase, rejectsWith } from "./delivery-bench.js"

export const outageCases: readonly BoundCase[] = [
  {
    title:
      "while the service is down the status says so with a code, and publishing fails with DELIVERY_DOWN to be retried",
    needs: ["down", "up"],
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      await bench.down()
      const status = await bench.untilStatus(service, ({ state }) => state === "down")
      assert(status.code !== undefined && status.code !== "", "the status says why")
      const lost = bench.publication(topic, "kept by the caller")
      const failed = service.publish(lost).catch((error: unknown) => error as { code?: string; retry?: string })
      const error = await bench.soon(failed, "publish settles")
      assert("code" in error && error.code === "DELIVERY_DOWN", "publish fails with DELIVERY_DOWN")
      assert("retry" in error && error.retry === "later", "it can be retried")
      await bench.up()
      await bench.untilStatus(service, ({ state }) => state === "up")
      await bench.soon(service.publish(lost), "the same publication goes through")
      const feed = service.open()
      await bench.soon(feed.follow([{ topic, sinceMs: 0 }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      assert(reader.texts.length === 1, `it is stored once: ${reader.texts.length}`)
    },
  },
  {
    title: "a feed survives outages by itself and loses nothing that was published between them",
    needs: ["down", "up"],
    async run(bench) {
      const [saro, raya] = [await bench.service(), await bench.service()]
      const topic = bench.topic()
      const feed = raya.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const reader = bench.reader(feed)
      const texts: string[] = []
      for (let round = 0; round < 3; round++) {
        const news = Array.from({ length: 50 }, (_, index) => `${round}/${index}`)
        await bench.publishAll(saro, topic, news)
        texts.push(...news)
        if (round > 0) await reader.next()
        await bench.down()
        await bench.untilStatus(saro, ({ state }) => state === "down")
        await bench.up()
        await bench.untilStatus(saro, ({ state }) => state === "up")
      }
      await reader.untilAll(texts)
      assert([...new Set(reader.texts)].join() === texts.join(), "first arrivals have the order of publication")
    },
  },
  {
    title: "follow waits while the service is down, and the signal ends the wait",
    needs: ["down", "up"],
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      await bench.down()
      await bench.untilStatus(service, ({ state }) => state === "down")
      const feed = service.open()
      const reason = new Error("the caller's reason")
      const controller = new AbortController()
      const aborted = service
        .open()
        .follow([{ topic }], { signal: controller.signal })
        .catch((error: unknown) => error)
      const waiting = feed.follow([{ topic }])
      controller.abort(reason)
      assert((await bench.soon(aborted, "follow settles")) === reason, "follow fails with the signal's reason")
      await bench.up()
      await bench.soon(waiting, "follow resolves once the service is up")
      await bench.untilStatus(service, ({ state }) => state === "up")
      await bench.soon(service.publish(bench.publication(topic, "on")), "publish resolves")
      await bench.reader(feed).untilAll(["on"])
    },
  },
  {
    title: "what expired before a reader came is told as a gap of its topic, once, and to nobody else",
    needs: ["expire"],
    async run(bench) {
      const { controls } = bench
      const service = await bench.service()
      const [lost, whole] = [bench.topic(), bench.topic()]
      const behind = service.open()
      const elsewhere = service.open()
      await bench.soon(behind.follow([{ topic: lost }, { topic: whole }]), "follow resolves")
      await bench.soon(elsewhere.follow([{ topic: whole }]), "follow resolves")
      const reader = bench.reader(behind)
      const other = bench.reader(elsewhere)
      await reader.untilLive()
      await other.untilLive()
      const before = reader.cursor
      await service.publish(bench.publication(lost, "gone"))
      await controls.expire?.()
      for (const topic of [lost, whole]) await service.publish(bench.publication(topic, `after ${topic}`))
      const resumed = service.open({ cursor: before })
      await bench.soon(resumed.follow([{ topic: lost }, { topic: whole }]), "follow resolves")
      for (const each of [reader, bench.reader(resumed)]) {
        await each.untilAll([`after ${lost}`, `after ${whole}`])
        const gaps = each.batches.flatMap(({ gap }) => (gap === undefined ? [] : [gap]))
        const isTold = gaps.some(({ topics }) => topics === "all" || topics.includes(lost))
        assert(isTold || each.texts.includes("gone"), "a reader that was behind learns of the gap")
        assert(gaps.length <= 1, "a gap is told once")
        const early = each.batches.findIndex(({ gap }) => gap !== undefined)
        const first = each.batches.findIndex(({ payloads }) => payloads.some(({ topic }) => topic === lost))
        assert(early <= first, "it is told before what comes after it")
      }
      await other.untilAll([`after ${whole}`])
      assert(!other.batches.some(({ gap }) => Array.isArray(gap?.topics) && gap.topics.includes(lost)), "nobody else")
    },
  },
  {
    title: "a service that lost its past has another scope, and voids cursors and open feeds",
    needs: ["wipe"],
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const before = service.scope
      const feed = service.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const reader = bench.reader(feed)
      await service.publish(bench.publication(topic, "past"))
      await reader.untilAll(["past"])
      await bench.controls.wipe?.()
      const failed = (async () => {
        for (;;) await reader.next()
      })()
      await rejectsWith("CURSOR_VOID", failed, "an open feed")
      const later = await bench.service()
      assert(later.scope !== before, "the scope is another one")
      const resumed = later.open({ cursor: reader.cursor })
      await rejectsWith("CURSOR_VOID", bench.soon(resumed.follow([{ topic }]), "follow settles"), "an old cursor")
      await bench.soon(later.publish(bench.publication(topic, "present")), "publish resolves")
    },
  },
]
