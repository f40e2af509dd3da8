import {
  type Batch,
  encodeEnvelope,
  inboxTopics,
  le32,
  type OpenDelivery,
  type OpenStorage,
  type Range,
  type ReceivedPayload,
  storageError,
  type Topic,
} from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { encodeBucket } from "../src/hints/hint-bucket.js"
import { bucketKey, key } from "../src/store/keys.js"
import { crypto, type Person, settle, text, textsOf, World } from "./support/world.js"

/** Brings these payloads in one batch, and nothing more. */
function bringing(payloads: readonly ReceivedPayload[]): OpenDelivery {
  return () => {
    let close = (): void => undefined
    const closed = new Promise<void>((resolve) => (close = resolve))
    return {
      scope: "one batch",
      limits: { payloadBytesMax: 2000, topicsMax: 10 },
      publish: () => new Promise(() => undefined),
      status: () => () => undefined,
      close: () => Promise.resolve(close()),
      open: ({ signal } = {}) => ({
        follow: () => Promise.resolve(),
        leave: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
        async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
          yield { payloads, cursor: Uint8Array.of(1), live: true }
          signal?.addEventListener("abort", close)
          await closed
        },
      }),
    }
  }
}

function foreign(topic: Topic, number: number): ReceivedPayload {
  return { topic, payload: encodeEnvelope({ hint: crypto.hash(le32(number), 16), payload: new Uint8Array(50) }) }
}

/** A store of Raya's with more buckets than are read at once, none of which is asked for by what is foreign; she is away. */
async function crowded(): Promise<{ world: World; raya: Person; topic: Topic }> {
  const world = new World()
  const raya = await world.person("raya")
  const topic = inboxTopics.of(raya.client.participant, crypto)
  await raya.client.close()
  const storage = await raya.store()
  const owner = new Uint8Array(8)
  await storage.commit(
    Array.from({ length: 600 }, (_, at) => {
      const high = at * 7_000_000
      return { key: bucketKey(high), value: encodeBucket([{ print: { high, low: at }, owner }]) }
    }),
  )
  await storage.close()
  return { world, raya, topic }
}

/** Raya's store, whose scans are seen before they are answered. */
function watched(raya: Person, see: (range: Range) => void): OpenStorage {
  return async () => {
    const storage = await raya.store()
    return {
      get: (keys) => storage.get(keys),
      scan: (range) => {
        see(range)
        return storage.scan(range)
      },
      commit: (batch) => storage.commit(batch),
      scrub: () => storage.scrub(),
      lost: storage.lost,
      close: () => storage.close(),
    }
  }
}

const ofHints = ({ from }: Range): boolean => from[0] === key("hint")[0]

describe("a large batch", () => {
  it("is led payload by payload, in order, whatever is between those that are ours", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const { saro: talk } = await world.converse(saro, raya)
    const topic = inboxTopics.of(raya.client.participant, crypto)
    const before = world.delivery.log().length
    await raya.client.close()
    const words = ["one", "two", "three", "four", "five"]
    for (const word of words) await talk.send(text(word))
    await settle()
    const ours = world.delivery.log().slice(before)
    expect(ours).toHaveLength(5)
    const places = [0, 1023, 1024, 2047, 2999]
    const payloads = Array.from({ length: 3000 }, (_, at): ReceivedPayload => {
      const mine = ours[places.indexOf(at)]
      if (mine !== undefined) return { topic: mine.topic, payload: mine.payload }
      if (at % 10 === 1) return { topic: "/test/1/invented/raw" as Topic, payload: foreign(topic, at).payload }
      if (at % 10 === 2) return { topic, payload: foreign(topic, at).payload.subarray(0, 60) }
      if (at % 10 === 3) return { topic, payload: encodeEnvelope({ payload: Uint8Array.of(1) }) }
      return foreign(topic, at)
    })
    const count = (rest: number): number => payloads.filter((_, at) => at % 10 === rest && !places.includes(at)).length
    await raya.open({ delivery: bringing(payloads) })
    await settle()
    await world.clock.advance(300)
    expect(await textsOf(raya, talk.id)).toEqual(["< hello", ...words.map((word) => `< ${word}`)])
    const counted = { TOPIC_UNEXPECTED: count(1), ENVELOPE_TRUNCATED: count(2) }
    const unexpected = payloads.length - places.length - count(1) - count(2)
    expect(raya.client.counters()).toMatchObject({ ...counted, PAYLOAD_UNEXPECTED: unexpected })
    // What has a hint waits, in the bytes that it came in.
    const ring = (await raya.records("ring")).map((record) => record.split(" ")[1]?.length ?? 0)
    const envelopeBytes = foreign(topic, 0).payload.length + 4
    const kept = (unexpected - count(3)) * envelopeBytes
    const stored = ring.reduce((sum, hex) => sum + hex / 2, 0)
    expect(stored).toBeGreaterThanOrEqual(kept)
    expect(stored).toBeLessThan(kept + ring.length * 200)
    await world.close()
  })
})

describe("what comes while hints are loaded", () => {
  it("waits for that, and costs no look at the store", async () => {
    const { world, raya, topic } = await crowded()
    let looks = 0
    const storage = watched(raya, (range) => (looks += ofHints(range) && range.reverse === true ? 1 : 0))
    const payloads = Array.from({ length: 200 }, (_, at) => foreign(topic, at))
    await raya.open({ storage, delivery: bringing(payloads) })
    await settle()
    expect(raya.client.counters()).toEqual({})
    await world.clock.advance(100)
    expect(raya.client.counters()).toEqual({ PAYLOAD_UNEXPECTED: 200 })
    expect(looks).toBe(0)
    await world.close()
  })

  it("is taken nevertheless when that does not end, and closing does not wait for it", async () => {
    const { world, raya, topic } = await crowded()
    const storage = watched(raya, (range) => {
      // The first page is read, and no other.
      if (ofHints(range) && range.reverse !== true && range.from.length > 1)
        throw storageError("STORE_DAMAGED", "the rest of the hints is damaged")
    })
    await raya.open({ storage, delivery: bringing([foreign(topic, 1)]) })
    await world.clock.advance(2500)
    expect(raya.client.counters()).toEqual({})
    await raya.reopen()
    await world.clock.advance(3000)
    expect(raya.client.counters()).toEqual({ PAYLOAD_UNEXPECTED: 1 })
    await world.close()
  })
})
