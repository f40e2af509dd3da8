import { empty, equalBytes } from "../bytes.js"
import type { Topic } from "../topics/topic.js"
import { assert } from "./assertions.js"
import { type BoundCase, rejectsWith } from "./delivery-bench.js"

export const publishCases: readonly BoundCase[] = [
  {
    title: "a publication reaches a follower on another connection, with its topic and its bytes",
    async run(bench) {
      const [saro, raya] = [await bench.service(), await bench.service()]
      const topic = bench.topic()
      const feed = raya.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const reader = bench.reader(feed)
      const payloads = [
        bench.environment.random(1000),
        empty,
        Uint8Array.of(0),
        bench.environment.random(saro.limits.payloadBytesMax),
      ]
      for (const payload of payloads) {
        const receipt = await bench.soon(saro.publish(bench.publication(topic, payload)), "publish resolves")
        assert(
          receipt.proof === "stored" || receipt.proof === "relayed",
          `the proof is stored or relayed: ${receipt.proof}`,
        )
      }
      const received: Uint8Array[] = []
      while (received.length < payloads.length) {
        for (const arrived of (await reader.next()).payloads) {
          assert(arrived.topic === topic, "a payload comes with its topic")
          if (!received.some((earlier) => equalBytes(earlier, arrived.payload))) received.push(arrived.payload)
        }
      }
      payloads.forEach((payload, index) =>
        assert(equalBytes(payload, received[index] as Uint8Array), "a payload arrives byte for byte"),
      )
    },
  },
  {
    title: "publications of one publisher arrive in the order of the calls, also when the calls overlap",
    async run(bench) {
      const [saro, raya] = [await bench.service(), await bench.service()]
      const topic = bench.topic()
      const feed = raya.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const reader = bench.reader(feed)
      const texts = Array.from({ length: 300 }, (_, index) => `${index}`)
      const published = bench.publishAll(saro, topic, texts)
      await reader.untilAll(texts)
      await published
      const firsts = [...new Set(reader.texts)]
      assert(firsts.join() === texts.join(), "first arrivals have the order of the calls")
    },
  },
  {
    title: "the same id again is stored once, from the same connection, another one, and both at once",
    async run(bench) {
      const [saro, other] = [await bench.service(), await bench.service()]
      const topic = bench.topic()
      const once = bench.publication(topic, "once")
      await bench.soon(saro.publish(once), "publish resolves")
      await bench.soon(saro.publish(once), "publish resolves for the same id")
      await bench.soon(other.publish(once), "publish resolves for the same id from another connection")
      const twice = bench.publication(topic, "twice")
      await bench.soon(Promise.all([saro.publish(twice), other.publish(twice)]), "publish resolves for both")
      await bench.soon(saro.publish(bench.publication(topic, "last")), "publish resolves")
      const feed = other.open()
      await bench.soon(feed.follow([{ topic, sinceMs: 0 }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.until((texts) => texts.includes("last"))
      assert(reader.texts.join() === "once,twice,last", `each publication is kept once: ${reader.texts.join()}`)
    },
  },
  {
    title: "an ephemeral publication reaches who follows its topic now",
    async run(bench) {
      const [saro, raya] = [await bench.service(), await bench.service()]
      const topic = bench.topic()
      const feed = raya.open()
      await bench.soon(feed.follow([{ topic }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.untilLive()
      const arrived = reader.until((texts) => texts.includes("now"))
      await bench.soon(saro.publish({ ...bench.publication(topic, "now"), ephemeral: true }), "publish resolves")
      await arrived
    },
  },
  {
    title: "a payload over the limit is refused with PAYLOAD_TOO_LARGE, and the next good one goes through",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const tooLarge = bench.publication(topic, new Uint8Array(service.limits.payloadBytesMax + 1))
      await rejectsWith(
        "PAYLOAD_TOO_LARGE",
        bench.soon(service.publish(tooLarge), "publish settles"),
        "too large a payload",
      )
      const huge = bench.publication(topic, new Uint8Array(8 * 1024 * 1024))
      if (service.limits.payloadBytesMax < huge.payload.length)
        await rejectsWith("PAYLOAD_TOO_LARGE", bench.soon(service.publish(huge), "publish settles"), "a huge payload")
      await bench.soon(service.publish(bench.publication(topic, "good")), "the next good one resolves")
    },
  },
  {
    title: "what is no content topic is refused with TOPIC_REFUSED, an id of another length with DELIVERY_REFUSED",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      for (const bad of [
        "",
        "/",
        "a",
        `/conformance/1/${"x".repeat(300)}/raw`,
        "/conformance/1/a b/raw",
        `${topic}/more`,
      ]) {
        const publication = { ...bench.publication(topic, "bad"), topic: bad as Topic }
        await rejectsWith("TOPIC_REFUSED", bench.soon(service.publish(publication), "publish settles"), "a bad topic")
      }
      for (const length of [0, 15, 17, 1000]) {
        const publication = { ...bench.publication(topic, "bad"), id: new Uint8Array(length) }
        await rejectsWith("DELIVERY_REFUSED", bench.soon(service.publish(publication), "publish settles"), "a bad id")
      }
      await bench.soon(service.publish(bench.publication(topic, "good")), "the next good one resolves")
    },
  },
  {
    title: "publish fails with the signal's reason when it is aborted before, and settles when it is aborted meanwhile",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const reason = new Error("the caller's reason")
      const outcome = (promise: Promise<unknown>): Promise<unknown> =>
        bench.soon(
          promise.then(
            () => "resolved",
            (error: unknown) => error,
          ),
          "publish settles",
        )
      const before = await outcome(
        service.publish(bench.publication(topic, "a"), { signal: AbortSignal.abort(reason) }),
      )
      assert(before === reason, "publish fails with the reason of a signal that was aborted before")
      const controller = new AbortController()
      const underWay = Array.from({ length: 8 }, () =>
        outcome(service.publish(bench.publication(topic, "b"), { signal: controller.signal })),
      )
      controller.abort(reason)
      for (const settled of await Promise.all(underWay))
        assert(
          settled === reason || settled === "resolved",
          "publish settles with the proof or with the signal's reason",
        )
      await bench.soon(service.publish(bench.publication(topic, "c")), "the next one resolves")
    },
  },
  {
    title: "the caller may overwrite its buffers once publish has resolved",
    async run(bench) {
      const service = await bench.service()
      const topic = bench.topic()
      const publication = bench.publication(topic, "kept")
      await bench.soon(service.publish(publication), "publish resolves")
      publication.payload.fill(0)
      publication.id.fill(0)
      const feed = service.open()
      await bench.soon(feed.follow([{ topic, sinceMs: 0 }]), "follow resolves")
      const reader = bench.reader(feed)
      await reader.until((texts) => texts.length > 0)
      assert(reader.texts[0] === "kept", "the payload is the one that was published")
    },
  },
]
