import {
  type Batch,
  ColloquyError,
  type DeliveryErrorCode,
  empty,
  type Feed,
  type Following,
  parseTopic,
  type Topic,
} from "@colloquy/core"
import type { HubBatch, HubCloseReason, HubRefusal, ToHubInit } from "./protocol/index.js"

/** What a feed needs of its service. */
export interface FeedHost {
  readonly isUp: boolean
  send(message: ToHubInit): void
  /** A request number, to which the answer comes back through `done` or `refused`. */
  request(feed: HubFeed): number
  /** Whether this many topics more are within the hub's limit. */
  hasRoom(topics: number): boolean
  ended(feed: HubFeed): void
}

interface Call {
  readonly kind: "follow" | "resume" | "leave"
  topics: readonly Following[]
  resolve(): void
  reject(error: unknown): void
}

type End = { readonly kind: "done" } | { readonly kind: "failed"; readonly error: ColloquyError<DeliveryErrorCode> }

const maxTimeMs = Number.MAX_SAFE_INTEGER

/**
 * One feed over all connections. It remembers the topics that the hub confirmed, the calls that it has not answered, and the cursor of what it
 * handed out last; each new connection opens it there again. A batch is asked for when the consumer asks, so that none waits here.
 */
export class HubFeed implements Feed {
  readonly number: number
  readonly #host: FeedHost
  readonly #confirmed = new Set<Topic>()
  readonly #calls = new Set<Call>()
  readonly #requests = new Map<number, Call>()
  readonly #unlisten: () => void
  #cursor: Uint8Array
  #pull: { resolve(result: IteratorResult<Batch>): void; reject(error: unknown): void } | undefined
  /** On the present connection. */
  #isOpen = false
  #isAsked = false
  #end: End | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(number: number, host: FeedHost, cursor: Uint8Array | undefined, signal: AbortSignal | undefined) {
    this.number = number
    this.#host = host
    this.#cursor = cursor?.slice() ?? empty
    const abort = (): void => this.#finish({ kind: "done" })
    signal?.addEventListener("abort", abort)
    this.#unlisten = () => signal?.removeEventListener("abort", abort)
    if (signal?.aborted === true) this.#finish({ kind: "done" })
    // An empty cursor means none to the hub, and a longer one than it makes is not sent at all.
    else if (cursor !== undefined && (cursor.length === 0 || cursor.length > 256))
      this.fail("CURSOR_VOID", "no cursor of a hub")
    else if (host.isUp) this.#open()
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  get topicCount(): number {
    let count = this.#confirmed.size
    for (const call of this.#calls) if (call.kind === "follow") count += this.#added(call.topics)
    return count
  }

  async follow(topics: readonly Following[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    options.signal?.throwIfAborted()
    this.#assertOpen()
    if (topics.some(({ topic }) => parseTopic(topic) === undefined))
      throw new ColloquyError("TOPIC_REFUSED", "a topic to follow is not a content topic")
    if (!this.#host.hasRoom(this.#added(topics)))
      throw new ColloquyError("TOPIC_REFUSED", "more topics than the hub takes")
    await this.#ask("follow", topics.map(wholeMs), options.signal)
  }

  async leave(topics: readonly Topic[]): Promise<void> {
    this.#assertOpen()
    const left = new Set(topics)
    for (const topic of left) this.#confirmed.delete(topic)
    for (const call of this.#calls) call.topics = call.topics.filter(({ topic }) => !left.has(topic))
    // While it is not up, nobody follows anything.
    if (this.#host.isUp)
      await this.#ask(
        "leave",
        [...left].map((topic) => ({ topic })),
      )
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return {
      next: () => {
        const result = this.#turn.then(() => this.#next())
        this.#turn = result.catch(() => undefined)
        return result
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish({ kind: "done" })
  }

  fail(code: DeliveryErrorCode, message: string): void {
    this.#finish({ kind: "failed", error: new ColloquyError(code, message) })
  }

  /** The hub greeted on a new connection. */
  connected(): void {
    this.#open()
    if (this.#confirmed.size > 0) {
      const topics = [...this.#confirmed].map((topic) => ({ topic }))
      this.#request({ kind: "resume", topics, resolve: () => undefined, reject: () => undefined })
    }
    for (const call of this.#calls) this.#request(call)
    this.#askForBatch()
  }

  disconnected(): void {
    this.#isOpen = false
    this.#isAsked = false
    const requests = [...this.#requests.values()]
    this.#requests.clear()
    for (const call of requests) if (call.kind === "leave") call.resolve()
  }

  /** The hub's answer to a request; `cursor` covers what it has to bring. */
  done(request: number, cursor: Uint8Array): void {
    const call = this.#answered(request)
    if (call === undefined) return
    this.#cursor = cursor.slice()
    if (call.kind === "follow") for (const { topic } of call.topics) this.#confirmed.add(topic)
    call.resolve()
  }

  /** Returns a reason to close when the hub refuses what it has to do. */
  refused(request: number, code: HubRefusal): HubCloseReason | undefined {
    const call = this.#answered(request)
    if (call === undefined || code === "CURSOR_VOID") return undefined
    if (call.kind !== "follow") return "HUB_WRONG_ORDER"
    call.reject(new ColloquyError(code, "the hub refused to follow"))
    return undefined
  }

  /** Returns a reason to close when nobody asked for it. */
  received(batch: HubBatch): HubCloseReason | undefined {
    const pull = this.#pull
    if (!this.#isAsked || pull === undefined) return "HUB_WRONG_ORDER"
    this.#isAsked = false
    this.#pull = undefined
    this.#cursor = batch.cursor.slice()
    pull.resolve({ done: false, value: this.#followed(batch) })
    return undefined
  }

  #followed(batch: HubBatch): Batch {
    const follows = (topic: string | undefined): topic is Topic => this.#confirmed.has(topic as Topic)
    const payloads = batch.payloads.flatMap(({ topic: index, payload }) => {
      const topic = batch.topics[index]
      // Copied out of the message, so that keeping one does not keep them all.
      return follows(topic) ? [{ topic, payload: payload.slice() }] : []
    })
    const { live } = batch
    const topics: readonly Topic[] | "all" = batch.gapAll ? "all" : batch.gapTopics.filter(follows)
    const gap = topics.length > 0 ? { gap: { topics } } : {}
    return { payloads, cursor: this.#cursor.slice(), live, ...gap }
  }

  #next(): Promise<IteratorResult<Batch>> {
    if (this.#end?.kind === "failed") return Promise.reject(this.#end.error)
    if (this.#end?.kind === "done") return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#pull = { resolve, reject }
      this.#askForBatch()
    })
  }

  #askForBatch(): void {
    if (this.#pull === undefined || this.#isAsked || !this.#host.isUp) return
    this.#isAsked = true
    this.#host.send({ case: "pull", value: { feed: this.number, batches: 1 } })
  }

  #open(): void {
    this.#isOpen = true
    this.#host.send({ case: "openFeed", value: { feed: this.number, cursor: this.#cursor } })
  }

  #ask(kind: "follow" | "leave", topics: readonly Following[], signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        signal?.removeEventListener("abort", abort)
        this.#calls.delete(call)
      }
      const call: Call = {
        kind,
        topics,
        resolve: () => {
          settle()
          resolve()
        },
        reject: (error) => {
          settle()
          reject(error as Error)
        },
      }
      // What was asked for already may still take effect; leaving the topics undoes it.
      const abort = (): void => call.reject(signal?.reason)
      signal?.addEventListener("abort", abort)
      this.#calls.add(call)
      if (this.#host.isUp) this.#request(call)
    })
  }

  #request(call: Call): void {
    const request = this.#host.request(this)
    this.#requests.set(request, call)
    const value = { request, feed: this.number }
    if (call.kind === "leave")
      this.#host.send({ case: "leave", value: { ...value, topics: call.topics.map(({ topic }) => topic) } })
    else this.#host.send({ case: "follow", value: { ...value, topics: [...call.topics] } })
  }

  #answered(request: number): Call | undefined {
    const call = this.#requests.get(request)
    this.#requests.delete(request)
    return call
  }

  #added(topics: readonly Following[]): number {
    const added = new Set<Topic>()
    for (const { topic } of topics) if (!this.#confirmed.has(topic)) added.add(topic)
    return added.size
  }

  #assertOpen(): void {
    if (this.#end === undefined) return
    throw this.#end.kind === "failed" ? this.#end.error : new ColloquyError("DELIVERY_CLOSED", "the feed has ended")
  }

  #finish(end: End): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#unlisten()
    if (this.#isOpen) this.#host.send({ case: "closeFeed", value: { feed: this.number } })
    this.#host.ended(this)
    const error = end.kind === "failed" ? end.error : new ColloquyError("DELIVERY_CLOSED", "the feed has ended")
    for (const call of [...this.#calls]) call.reject(error)
    this.#requests.clear()
    this.#confirmed.clear()
    const pull = this.#pull
    this.#pull = undefined
    if (end.kind === "done") pull?.resolve({ done: true, value: undefined })
    else pull?.reject(error)
  }
}

/** Protocol times are whole and not negative. */
function wholeMs({ topic, sinceMs }: Following): Following {
  if (sinceMs === undefined || Number.isNaN(sinceMs)) return { topic }
  return { topic, sinceMs: Math.min(maxTimeMs, Math.max(0, Math.floor(sinceMs))) }
}
