import { ColloquyError } from "../errors.js"
import { parseTopic, type Topic } from "../topics/topic.js"
import type { Batch, DeliveryErrorCode, Feed, Following, ReceivedPayload } from "./delivery-service.js"
import type { MemoryLog, MemoryReader } from "./memory-delivery-log.js"

const ephemeralMax = 64
const batchBytesMax = 1024 * 1024

/** What a feed needs of the service that opened it. */
export interface MemoryFeedHost {
  readonly log: MemoryLog
  readonly batchPayloadsMax: number
  isUp(): boolean
  /** Whether this many topics may be followed in addition. */
  hasRoom(topics: number): boolean
  ended(feed: MemoryFeed): void
}

type End = { readonly kind: "done" } | { readonly kind: "failed"; readonly error: ColloquyError<DeliveryErrorCode> }

/**
 * A feed over the memory log. `#high` is how far it has read for the topics it follows; a topic that was followed with `sinceMs` lags behind
 * in `#backfill` until it has caught up. The cursor is the smallest of these positions, so that resuming there never loses a payload.
 */
export class MemoryFeed implements Feed, MemoryReader {
  readonly #host: MemoryFeedHost
  readonly #topics = new Set<Topic>()
  readonly #backfill = new Map<Topic, number>()
  readonly #waiting = new Set<() => void>()
  readonly #unlisten: () => void
  readonly #cursor: Uint8Array | undefined
  #high: number | undefined
  #scope = ""
  #liveOwed = false
  #relayed: ReceivedPayload[] = []
  #end: End | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(host: MemoryFeedHost, cursor: Uint8Array | undefined, signal: AbortSignal | undefined) {
    this.#host = host
    this.#cursor = cursor?.slice()
    const abort = (): void => this.#finish({ kind: "done" })
    signal?.addEventListener("abort", abort)
    this.#unlisten = () => signal?.removeEventListener("abort", abort)
    host.log.readers.add(this)
    if (signal?.aborted === true) abort()
  }

  get topicCount(): number {
    return this.#topics.size
  }

  async follow(topics: readonly Following[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const wanted = topics.map((following) => ({ ...following }))
    if (wanted.some(({ topic }) => parseTopic(topic) === undefined))
      throw new ColloquyError("TOPIC_REFUSED", "a topic to follow is not a content topic")
    await this.#untilUp(options.signal)
    const added = new Set(wanted.map(({ topic }) => topic).filter((topic) => !this.#topics.has(topic)))
    if (!this.#host.hasRoom(added.size)) throw new ColloquyError("TOPIC_REFUSED", "more topics than the service takes")
    this.#begin()
    for (const { topic, sinceMs } of wanted) {
      this.#topics.add(topic)
      if (sinceMs !== undefined) this.#fill(topic, sinceMs)
    }
    this.#liveOwed = true
    this.wake()
  }

  async leave(topics: readonly Topic[]): Promise<void> {
    this.#assertOpen()
    for (const topic of topics) {
      this.#topics.delete(topic)
      this.#backfill.delete(topic)
    }
    this.#relayed = this.#relayed.filter(({ topic }) => this.#topics.has(topic))
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return {
      next: () => {
        const result = this.#turn.then(() => this.#pull())
        this.#turn = result.catch(() => undefined)
        return result
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish({ kind: "done" })
  }

  /** The service closes. */
  close(): void {
    this.#fail("DELIVERY_CLOSED", "the delivery service was closed")
  }

  wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resume of waiting) resume()
  }

  follows(topic: Topic): boolean {
    return this.#topics.has(topic)
  }

  relay(topic: Topic, payload: Uint8Array): void {
    if (!this.#host.isUp()) return
    this.#relayed.push({ topic, payload })
    if (this.#relayed.length > ephemeralMax) this.#relayed.shift()
    this.wake()
  }

  async #pull(): Promise<IteratorResult<Batch>> {
    for (;;) {
      if (this.#end?.kind === "failed") throw this.#end.error
      if (this.#end?.kind === "done") return { done: true, value: undefined }
      const batch = this.#host.isUp() ? this.#collect() : undefined
      if (batch !== undefined) return { done: false, value: batch }
      if (this.#end === undefined) await this.#change()
    }
  }

  #collect(): Batch | undefined {
    if (this.#high === undefined) {
      if (this.#cursor !== undefined) this.#begin()
      return undefined
    }
    const { log, batchPayloadsMax } = this.#host
    if (this.#scope !== log.scope) {
      this.#fail("CURSOR_VOID", "the service lost its past while the feed was open")
      return undefined
    }
    const gap = this.#skipDropped(this.#high)
    const payloads: ReceivedPayload[] = []
    let bytes = 0
    let isFull = false
    let high = Math.max(this.#high, log.droppedThrough)
    let low = this.#backfill.size === 0 ? high : Math.min(...this.#backfill.values())
    for (const entry of log.after(low)) {
      const from = entry.sequence <= high ? this.#backfill.get(entry.topic) : high
      if (from !== undefined && entry.sequence > from && this.#topics.has(entry.topic)) {
        isFull =
          payloads.length >= batchPayloadsMax || (payloads.length > 0 && bytes + entry.payload.length > batchBytesMax)
        if (isFull) break
        payloads.push({ topic: entry.topic, payload: entry.payload.slice() })
        bytes += entry.payload.length
      }
      low = entry.sequence
    }
    for (const [topic, from] of this.#backfill)
      if (low >= high) this.#backfill.delete(topic)
      else this.#backfill.set(topic, Math.max(from, low))
    high = Math.max(high, low)
    this.#high = high
    if (!isFull) payloads.push(...this.#relayed.splice(0))
    if (payloads.length === 0 && gap.length === 0 && !(this.#liveOwed && !isFull)) return undefined
    if (!isFull) this.#liveOwed = false
    const cursor = log.cursor(this.#backfill.size === 0 ? high : Math.min(...this.#backfill.values()))
    return { payloads, cursor, live: !isFull, ...(gap.length > 0 ? { gap: { topics: gap } } : {}) }
  }

  /** The followed topics of which payloads are gone that this feed had still to read. */
  #skipDropped(high: number): Topic[] {
    const { log } = this.#host
    const gap: Topic[] = []
    for (const topic of this.#topics) {
      const position = this.#backfill.get(topic) ?? high
      if (position >= log.droppedThrough) continue
      if (log.droppedOf(topic) > position) gap.push(topic)
      if (this.#backfill.has(topic)) this.#backfill.set(topic, log.droppedThrough)
    }
    return gap
  }

  /** Decides where the feed begins; only the first call does. */
  #begin(): void {
    const { log } = this.#host
    if (this.#high !== undefined) {
      if (this.#scope !== log.scope)
        throw this.#fail("CURSOR_VOID", "the service lost its past while the feed was open")
      return
    }
    const start = this.#cursor === undefined ? log.head : log.sequenceOf(this.#cursor)
    if (start === undefined) throw this.#fail("CURSOR_VOID", "the cursor is of another scope")
    this.#high = start
    this.#scope = log.scope
  }

  #fill(topic: Topic, sinceMs: number): void {
    const { log } = this.#host
    const first = log.entries.find(({ timeMs }) => timeMs >= sinceMs)
    const from = (first?.sequence ?? log.head + 1) - 1
    if (from < (this.#high as number)) this.#backfill.set(topic, Math.min(from, this.#backfill.get(topic) ?? from))
  }

  #assertOpen(): void {
    if (this.#end === undefined) return
    throw this.#end.kind === "failed" ? this.#end.error : new ColloquyError("DELIVERY_CLOSED", "the feed has ended")
  }

  async #untilUp(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      signal?.throwIfAborted()
      this.#assertOpen()
      if (this.#host.isUp()) return
      await this.#change(signal)
    }
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        signal?.removeEventListener("abort", resume)
        this.#waiting.delete(resume)
        resolve()
      }
      signal?.addEventListener("abort", resume)
      this.#waiting.add(resume)
    })
  }

  #fail(code: DeliveryErrorCode, message: string): ColloquyError<DeliveryErrorCode> {
    const error = new ColloquyError(code, message)
    this.#finish({ kind: "failed", error })
    return error
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#unlisten()
    this.#topics.clear()
    this.#backfill.clear()
    this.#relayed = []
    this.#host.log.readers.delete(this)
    this.#host.ended(this)
    this.wake()
  }
}
