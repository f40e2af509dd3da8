import { randomFillSync } from "node:crypto"
import { describe, expect, test } from "vitest"
import { be64 } from "../bytes.js"
import { memoryDelivery, type MemoryDeliveryOptions } from "../delivery/memory-delivery.js"
import type {
  Batch,
  DeliveryService,
  Feed,
  Following,
  OpenDelivery,
  Publication,
  Receipt,
} from "../delivery/delivery-service.js"
import { ColloquyError } from "../errors.js"
import { type DeliveryControls, deliveryConformance, type DeliveryEnvironment } from "./delivery-conformance.js"

const environment: DeliveryEnvironment = {
  clock: {
    nowMs: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  },
  random: (bytes) => randomFillSync(new Uint8Array(bytes)),
}

describe("the memory delivery service conforms", () => {
  const { open, controls } = underTest({})
  for (const { title, run } of deliveryConformance(open, environment, controls)) test(title, run)
})

describe("a delivery service with a flaw is caught when it", () => {
  test("(without any flaw the model passes)", async () => {
    expect(await failures({})).toEqual([])
  })
  for (const [flaw, how] of Object.entries(flaws())) {
    test(flaw, async () => {
      const failed = await failures(how)
      expect(failed).not.toEqual([])
    })
  }
})

/** How a broken service differs from the one in memory. */
interface Flaw {
  readonly options?: MemoryDeliveryOptions
  readonly service?: (service: DeliveryService) => Partial<DeliveryService>
  readonly feed?: (feed: Feed, service: DeliveryService) => Partial<Feed>
  readonly batch?: (batch: Batch, earlier: readonly Batch[]) => Batch
  readonly controls?: (controls: Required<DeliveryControls>) => Partial<DeliveryControls>
}

function flaws(): Record<string, Flaw> {
  const publishing = (change: (service: DeliveryService, publication: Publication) => Promise<Receipt>): Flaw => ({
    service: (service) => ({
      publish: (publication, options) => {
        options?.signal?.throwIfAborted()
        return change(service, publication)
      },
    }),
  })
  const following = (change: (topics: readonly Following[]) => readonly Following[]): Flaw => ({
    feed: (feed) => ({ follow: (topics, options) => feed.follow(change(topics), options) }),
  })
  const fresh = (): Uint8Array => environment.random(16)
  const stored: Receipt = { proof: "stored" }
  let held: (() => Promise<unknown>) | undefined
  let lost = 0
  const everyFeed: Feed[] = []
  return {
    "acknowledges what it drops": publishing(async (service, publication) =>
      ++lost % 7 === 0 ? stored : service.publish(publication),
    ),
    "swaps neighbours": publishing(async (service, publication) => {
      if (held === undefined) {
        await new Promise<void>((resolve, reject) => {
          const release = async (): Promise<void> => {
            held = undefined
            await service.publish(publication).then(() => resolve(), reject)
          }
          held = release
          setTimeout(() => void (held === release && release()), 20)
        })
        return stored
      }
      const earlier = held
      const receipt = await service.publish(publication)
      await earlier()
      return receipt
    }),
    "stores a retry again": publishing((service, publication) => service.publish({ ...publication, id: fresh() })),
    "drops what is ephemeral": publishing(async (service, publication) =>
      publication.ephemeral === true ? { proof: "relayed" } : service.publish(publication),
    ),
    "takes payloads of any size": { options: { payloadBytesMax: 1 << 30 }, service: () => ({ limits: limits() }) },
    "takes any topic": publishing(async (service, publication) =>
      publication.topic.startsWith("/conformance/1/") && !publication.topic.includes(" ")
        ? service.publish(publication)
        : stored,
    ),
    "takes any id": publishing(async (service, publication) =>
      publication.id.length === 16 ? service.publish(publication) : stored,
    ),
    "ignores a publish's signal": {
      service: (service) => ({ publish: (publication) => service.publish(publication) }),
    },
    "throws an error of its own for an aborted signal": {
      service: (service) => ({
        publish: async (publication, options) => {
          if (options?.signal?.aborted === true) throw new ColloquyError("ABORTED", "aborted")
          return service.publish(publication)
        },
      }),
    },
    "truncates payloads": publishing((service, publication) =>
      service.publish({ ...publication, payload: publication.payload.subarray(0, 999) }),
    ),
    "keeps the caller's buffer": {
      batch: (batch) => ({
        ...batch,
        payloads: batch.payloads.map(({ topic }) => ({ topic, payload: new Uint8Array(4) })),
      }),
    },
    "brings the past without being asked": following((topics) => topics.map(({ topic }) => ({ topic, sinceMs: 0 }))),
    "never brings the past": following((topics) => topics.map(({ topic }) => ({ topic }))),
    "ignores the time of sinceMs": following((topics) =>
      topics.map((each) => (each.sinceMs === undefined ? each : { ...each, sinceMs: 0 })),
    ),
    "is live from the first batch on": { batch: (batch) => ({ ...batch, live: true }) },
    "is never live": { batch: (batch) => ({ ...batch, live: false }) },
    "gives a cursor ahead of the batch": {
      batch: (batch, earlier) => (earlier.length === 0 ? batch : { ...batch, cursor: advanced(batch.cursor, 50) }),
    },
    "gives the same cursor for every batch of a backfill, the last one": { feed: (feed) => readingAhead(feed, 1) },
    "forgets the last payload of a batch": { batch: (batch) => ({ ...batch, payloads: batch.payloads.slice(0, -1) }) },
    "gives a cursor of 300 bytes": { batch: (batch) => ({ ...batch, cursor: new Uint8Array(300) }) },
    "reads ahead without bound": { feed: (feed) => readingAhead(feed, Number.POSITIVE_INFINITY) },
    "puts everything into one batch": { options: { batchPayloadsMax: 1e9 }, feed: (feed) => merging(feed) },
    "ignores leave": { feed: () => ({ leave: async () => undefined }) },
    "follows what was never asked for": {
      service: (service) => ({
        publish: async (publication, options) => {
          for (const feed of everyFeed) await feed.follow([{ topic: publication.topic }]).catch(() => undefined)
          return service.publish(publication, options)
        },
        open: (options) => {
          const feed = service.open(options)
          everyFeed.push(feed)
          return feed
        },
      }),
    },
    "ends a feed when a loop is left": {
      feed: (feed) => ({
        [Symbol.asyncIterator]() {
          const iterator = feed[Symbol.asyncIterator]()
          return {
            next: () => iterator.next(),
            return: async () => {
              await feed[Symbol.asyncDispose]()
              return { done: true, value: undefined }
            },
          }
        },
      }),
    },
    "takes any cursor": {
      service: (service) => ({
        open: (options = {}) =>
          options.cursor?.length === 24 && options.cursor.some((byte) => byte !== 0)
            ? service.open(options)
            : service.open(),
      }),
    },
    "takes any number of topics": { options: { topicsMax: 1e9 }, service: () => ({ limits: limits() }) },
    "ignores the signal of a feed": {
      service: (service) => ({ open: ({ cursor } = {}) => service.open(cursor === undefined ? {} : { cursor }) }),
    },
    "ignores the signal of follow": { feed: (feed) => ({ follow: (topics) => feed.follow(topics) }) },
    "ignores dispose": { feed: () => ({ [Symbol.asyncDispose]: async () => undefined }) },
    "fails a feed that is disposed": {
      feed: (feed, service) => ({ [Symbol.asyncDispose]: () => (feed[Symbol.asyncDispose](), service.close()) }),
    },
    "ends feeds quietly on close": {
      feed: (feed) => ({
        [Symbol.asyncIterator]() {
          const iterator = feed[Symbol.asyncIterator]()
          return { next: () => iterator.next().catch(() => ({ done: true, value: undefined })) }
        },
      }),
    },
    "goes on after close": { service: () => ({ close: async () => undefined }) },
    "calls a listener only at changes": {
      service: (service) => ({
        status: (listener) => {
          let isFirst = true
          return service.status((status) => (isFirst ? (isFirst = false) : listener(status)))
        },
      }),
    },
    "keeps calling a listener that was removed": {
      service: (service) => ({ status: (listener) => (service.status(listener), () => undefined) }),
    },
    "has no scope": { service: () => ({ scope: "" }) },
    "has a scope for each connection": { service: () => ({ scope: `${Math.random()}` }) },
    "is always up": {
      service: (service) => ({
        status: (listener) =>
          service.status((status) => listener(status.code === "DELIVERY_CLOSED" ? status : { state: "up" })),
      }),
    },
    "does not say why it is down": {
      service: (service) => ({ status: (listener) => service.status(({ state }) => listener({ state })) }),
    },
    "says never retry while it is down": publishing((service, publication) =>
      service.publish(publication).catch((error: ColloquyError) => {
        throw new ColloquyError(error.code, error.message)
      }),
    ),
    "takes publications while it is down, and drops them": publishing((service, publication) =>
      service.publish(publication).catch((error: ColloquyError) => {
        if (error.code === "DELIVERY_DOWN") return stored
        throw error
      }),
    ),
    "loses its log in an outage": { controls: (controls) => ({ down: () => (controls.expire(), controls.down()) }) },
    "ends feeds in an outage": {
      service: (service) => {
        const feeds: Feed[] = []
        service.status(({ state }) => {
          if (state === "down") for (const feed of feeds) void feed[Symbol.asyncDispose]()
        })
        return { open: (options) => (feeds.push(service.open(options)), feeds.at(-1) as Feed) }
      },
    },
    "keeps gaps to itself": { batch: ({ payloads, cursor, live }) => ({ payloads, cursor, live }) },
    "tells gaps of all topics each time": { batch: (batch) => ({ ...batch, gap: { topics: "all" } }) },
    "keeps its scope when it lost its past": { service: () => ({ scope: "always the same" }) },
    "keeps cursors when it lost its past": { controls: ({ expire }) => ({ wipe: expire }) },
  }
}

function limits() {
  return { payloadBytesMax: 150 * 1024, topicsMax: 100 }
}

function advanced(cursor: Uint8Array, by: number): Uint8Array {
  const forward = cursor.slice()
  const sequence = new DataView(forward.buffer).getUint32(20) + by
  forward.set(be64(sequence), 16)
  return forward
}

/** A feed that pulls on its own and gives out what it has, with the newest cursor. */
function readingAhead(feed: Feed, batchesMax: number): Partial<Feed> {
  const queue: Batch[] = []
  let wake = (): void => undefined
  let ended: { error?: unknown } | undefined
  let cursor: Uint8Array | undefined
  let isReading = false
  const read = async (): Promise<void> => {
    try {
      for await (const batch of feed) {
        queue.push(batch)
        cursor = batch.cursor
        wake()
        while (queue.length > batchesMax) await new Promise((resolve) => setTimeout(resolve, 1))
      }
      ended = {}
    } catch (error) {
      ended = { error }
    }
    wake()
  }
  const next = async (): Promise<IteratorResult<Batch>> => {
    if (!isReading) void read()
    isReading = true
    while (queue.length === 0 && ended === undefined) await new Promise<void>((resolve) => (wake = resolve))
    if (batchesMax === 1) await new Promise((resolve) => setTimeout(resolve, 5))
    const batch = queue.shift()
    if (batch !== undefined)
      return { done: false, value: batchesMax === 1 ? { ...batch, cursor: cursor as Uint8Array } : batch }
    if (ended !== undefined && "error" in ended) throw ended.error
    return { done: true, value: undefined }
  }
  return { [Symbol.asyncIterator]: () => ({ next }) }
}

/** A feed that reads to the end before it gives anything out. */
function merging(feed: Feed): Partial<Feed> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = feed[Symbol.asyncIterator]()
      const next = async (): Promise<IteratorResult<Batch>> => {
        let merged = await iterator.next()
        while (merged.done !== true && !merged.value.live) {
          const more = await iterator.next()
          if (more.done === true) return more
          merged = {
            done: false,
            value: { ...more.value, payloads: [...merged.value.payloads, ...more.value.payloads] },
          }
        }
        return merged
      }
      return { next }
    },
  }
}

function underTest(flaw: Flaw): { open: OpenDelivery; controls: DeliveryControls } {
  const delivery = memoryDelivery({ topicsMax: 100, ...flaw.options })
  const open: OpenDelivery = (given) => {
    const service = delivery.open(given)
    const flawed = overridden(service, flaw.service?.(service) ?? {})
    return overridden(flawed, {
      open: (options) =>
        flawedFeed(flaw, flawed, (flaw.service?.(service).open ?? ((each) => service.open(each)))(options)),
    })
  }
  const controls = {
    down: () => delivery.setDown(),
    up: () => delivery.setUp(),
    expire: () => delivery.expire(delivery.log().length),
    wipe: () => delivery.wipe(),
    patienceMs: 10_000,
  }
  return { open, controls: { ...controls, ...flaw.controls?.(controls) } }
}

function flawedFeed(flaw: Flaw, service: DeliveryService, feed: Feed): Feed {
  const changed = overridden(feed, flaw.feed?.(feed, service) ?? {})
  const change = flaw.batch
  if (change === undefined) return changed
  const iterator = changed[Symbol.asyncIterator]()
  const earlier: Batch[] = []
  const next = async (): Promise<IteratorResult<Batch>> => {
    const result = await iterator.next()
    if (result.done === true) return result
    const batch = change(result.value, earlier)
    earlier.push(result.value)
    return { done: false, value: batch }
  }
  return overridden(changed, { [Symbol.asyncIterator]: () => ({ next }) })
}

/** The object with some members replaced; methods stay bound to it. */
function overridden<T extends object>(object: T, members: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (name in members) return members[name as keyof T]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === "function" ? (value as () => unknown).bind(target) : value
    },
  })
}

/** The first case that fails; without a flaw there must be none. */
async function failures(flaw: Flaw): Promise<string[]> {
  const { open, controls } = underTest(flaw)
  const patience = { ...controls, patienceMs: Object.keys(flaw).length === 0 ? 10_000 : 300 }
  for (const { title, run } of deliveryConformance(open, environment, patience)) {
    const failure = await run().catch((error: Error) => error)
    if (failure !== undefined) return [`${title}: ${failure.message}`]
  }
  return []
}
