import { fromUtf8, toHex, utf8 } from "../bytes.js"
import type {
  Batch,
  DeliveryService,
  DeliveryStatus,
  Feed,
  OpenDelivery,
  Publication,
} from "../delivery/delivery-service.js"
import { parseTopic, type Topic } from "../topics/topic.js"
import { assert, assertFails } from "./assertions.js"
import type { DeliveryControls, DeliveryEnvironment } from "./delivery-conformance.js"

/** One case before it is bound to a service. */
export interface BoundCase {
  readonly title: string
  readonly needs?: readonly ("down" | "up" | "expire" | "wipe")[]
  run(bench: DeliveryBench): Promise<void>
}

/** Fails unless the promise rejects with this code. */
export async function rejectsWith(code: string, promise: Promise<unknown>, what: string): Promise<void> {
  await assertFails(() => promise, code, what)
}

/** What a case works with: services that are closed behind it, topics that nobody else uses, and bounded waits. */
export class DeliveryBench {
  readonly environment: DeliveryEnvironment
  readonly controls: DeliveryControls
  readonly #open: OpenDelivery
  readonly #services: DeliveryService[] = []
  #isDown = false

  constructor(open: OpenDelivery, environment: DeliveryEnvironment, controls: DeliveryControls) {
    this.#open = open
    this.environment = environment
    this.controls = controls
  }

  /** A service that has not been waited for. */
  fresh(): DeliveryService {
    const service = this.#open(this.environment)
    this.#services.push(service)
    return service
  }

  /** A service that is up. */
  async service(): Promise<DeliveryService> {
    const service = this.fresh()
    await this.untilStatus(service, (status) => status.state === "up")
    return service
  }

  topic(): Topic {
    const topic = parseTopic(`/conformance/1/${toHex(this.environment.random(12))}/raw`)
    assert(topic !== undefined, "the topic of a case is well-formed")
    return topic.topic
  }

  publication(topic: Topic, payload: string | Uint8Array): Publication {
    return {
      id: this.environment.random(16),
      topic,
      payload: typeof payload === "string" ? utf8(payload) : payload,
    }
  }

  /** Publishes texts in order, all under way at once. */
  async publishAll(service: DeliveryService, topic: Topic, texts: readonly string[]): Promise<void> {
    const windowMax = 100
    for (let i = 0; i < texts.length; i += windowMax)
      await this.soon(
        Promise.all(texts.slice(i, i + windowMax).map((text) => service.publish(this.publication(topic, text)))),
        "publishing resolves",
      )
  }

  reader(feed: Feed): Reader {
    return new Reader(this, feed)
  }

  async down(): Promise<void> {
    await this.controls.down?.()
    this.#isDown = true
  }

  async up(): Promise<void> {
    await this.controls.up?.()
    this.#isDown = false
  }

  untilStatus(service: DeliveryService, wanted: (status: DeliveryStatus) => boolean): Promise<DeliveryStatus> {
    let stop = (): void => undefined
    const seen = new Promise<DeliveryStatus>((resolve) => {
      stop = service.status((status) => {
        if (wanted(status)) resolve(status)
      })
    })
    return this.soon(seen, "the status comes").finally(() => stop())
  }

  /** The promise, or a failure when it takes longer than a case has patience. */
  soon<T>(promise: Promise<T>, what: string, waitMs = this.controls.patienceMs ?? 10_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.environment.clock.after(waitMs, () => reject(new Error(`waited in vain: ${what}`)))
      promise.then(resolve, reject).finally(cancel)
    })
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.environment.clock.after(delayMs, resolve))
  }

  async close(): Promise<void> {
    if (this.#isDown) await this.up()
    for (const service of this.#services) await this.soon(service.close(), "close resolves")
  }
}

/** Pulls a feed and keeps what came. */
export class Reader {
  readonly texts: string[] = []
  readonly topics: Topic[] = []
  readonly batches: Batch[] = []
  readonly #bench: DeliveryBench
  readonly #iterator: AsyncIterator<Batch>

  constructor(bench: DeliveryBench, feed: Feed) {
    this.#bench = bench
    this.#iterator = feed[Symbol.asyncIterator]()
  }

  get cursor(): Uint8Array {
    const last = this.batches.at(-1)
    assert(last !== undefined, "there was a batch")
    return last.cursor
  }

  async next(waitMs?: number): Promise<Batch> {
    const result = await this.#bench.soon(this.#iterator.next(), "a batch comes", waitMs)
    assert(result.done !== true, "the feed has not ended")
    const batch = result.value
    assert(batch.cursor.length <= 256, `a cursor has at most 256 bytes: ${batch.cursor.length}`)
    this.batches.push(batch)
    for (const { topic, payload } of batch.payloads) {
      this.topics.push(topic)
      this.texts.push(fromUtf8(payload) ?? toHex(payload))
    }
    return batch
  }

  /** Pulls until the texts so far satisfy; fails when a batch takes too long. */
  async until(satisfied: (texts: readonly string[]) => boolean): Promise<void> {
    while (!satisfied(this.texts)) await this.next()
  }

  async untilLive(): Promise<void> {
    while ((await this.next()).live === false);
  }

  async untilAll(wanted: readonly string[]): Promise<void> {
    const missing = new Set(wanted)
    for (let seen = 0; missing.size > 0;) {
      for (; seen < this.texts.length; seen++) missing.delete(this.texts[seen] as string)
      if (missing.size > 0) await this.next()
    }
  }
}
