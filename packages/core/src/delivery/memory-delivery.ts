import { ColloquyError } from "../errors.js"
import { parseTopic } from "../topics/topic.js"
import type { DeliveryErrorCode, DeliveryService, DeliveryStatus, OpenDelivery } from "./delivery-service.js"
import { MemoryFeed } from "./memory-delivery-feed.js"
import { MemoryLog, type MemoryLogEntry } from "./memory-delivery-log.js"

export interface MemoryDeliveryOptions {
  /** 153,600 unless told. */
  readonly payloadBytesMax?: number
  /** Over all feeds of one service; 10,000 unless told. */
  readonly topicsMax?: number
  /** The log keeps the newest ones; all of them unless told. */
  readonly payloadsMax?: number
  /** 64 unless told. A batch also ends before 1 MiB. */
  readonly batchPayloadsMax?: number
}

/** A delivery service in memory, with what a test wants to do to it and to see of it. */
export interface MemoryDelivery {
  /** All services opened share one log. */
  readonly open: OpenDelivery
  /** Every service is down with this status code, `DELIVERY_UNREACHABLE` unless told, until `setUp`. Feeds wait, publishing fails. */
  setDown(code?: string): void
  setUp(): void
  /** Forgets the oldest payloads, so that readers behind them learn of a gap. */
  expire(payloads: number): void
  /** Loses everything and gets another scope. */
  wipe(): void
  /** What the service saw and still keeps, oldest first. Buffers are the log's own: read only. */
  log(): readonly MemoryLogEntry[]
}

export function memoryDelivery(options: MemoryDeliveryOptions = {}): MemoryDelivery {
  const log = new MemoryLog(options.payloadsMax ?? Number.POSITIVE_INFINITY)
  const services = new Set<MemoryService>()
  let random: ((bytes: number) => Uint8Array) | undefined
  let downCode: string | undefined
  const change = (code: string | undefined): void => {
    downCode = code
    for (const service of services) service.changed()
  }
  const open: OpenDelivery = (environment) => {
    random ??= environment.random
    log.name(environment.random)
    const shared = {
      log,
      options,
      downCode: () => downCode,
      closed: (closed: MemoryService) => services.delete(closed),
    }
    const service = new MemoryService(shared, () => environment.clock.nowMs())
    services.add(service)
    return service
  }
  return {
    open,
    setDown: (code = "DELIVERY_UNREACHABLE") => change(code),
    setUp: () => change(undefined),
    expire: (payloads) => log.drop(payloads),
    wipe: () => {
      if (random !== undefined) log.wipe(random)
      for (const reader of log.readers) reader.wake()
    },
    log: () => [...log.entries],
  }
}

interface Shared {
  readonly log: MemoryLog
  readonly options: MemoryDeliveryOptions
  downCode(): string | undefined
  closed(service: MemoryService): void
}

class MemoryService implements DeliveryService {
  readonly limits
  readonly #shared: Shared
  readonly #nowMs: () => number
  readonly #feeds = new Set<MemoryFeed>()
  readonly #listeners = new Set<(status: DeliveryStatus) => void>()
  #scope = ""
  #closed = false

  constructor(shared: Shared, nowMs: () => number) {
    this.#shared = shared
    this.#nowMs = nowMs
    this.limits = {
      payloadBytesMax: shared.options.payloadBytesMax ?? 150 * 1024,
      topicsMax: shared.options.topicsMax ?? 10_000,
    }
  }

  get scope(): string {
    if (this.#isUp()) this.#scope = this.#shared.log.scope
    return this.#scope
  }

  async publish(
    publication: Parameters<DeliveryService["publish"]>[0],
    options: { readonly signal?: AbortSignal } = {},
  ): ReturnType<DeliveryService["publish"]> {
    options.signal?.throwIfAborted()
    if (this.#closed) throw failure("DELIVERY_CLOSED", "the delivery service was closed")
    if (publication.id.length !== 16) throw failure("DELIVERY_REFUSED", "a publication's id has 16 bytes")
    if (parseTopic(publication.topic) === undefined) throw failure("TOPIC_REFUSED", "the topic is not a content topic")
    if (publication.payload.length > this.limits.payloadBytesMax)
      throw failure("PAYLOAD_TOO_LARGE", `a payload has at most ${this.limits.payloadBytesMax} bytes`)
    if (!this.#isUp()) throw new ColloquyError("DELIVERY_DOWN", "the delivery service is down", { retry: "later" })
    this.#shared.log.append(publication, this.#nowMs())
    return { proof: publication.ephemeral === true ? "relayed" : "stored" }
  }

  open(options: { readonly cursor?: Uint8Array; readonly signal?: AbortSignal } = {}): MemoryFeed {
    const feed = new MemoryFeed(
      {
        log: this.#shared.log,
        batchPayloadsMax: this.#shared.options.batchPayloadsMax ?? 64,
        isUp: () => this.#isUp(),
        hasRoom: (topics) => {
          let followed = 0
          for (const { topicCount } of this.#feeds) followed += topicCount
          return followed + topics <= this.limits.topicsMax
        },
        ended: (ended) => this.#feeds.delete(ended),
      },
      options.cursor,
      options.signal,
    )
    if (options.signal?.aborted !== true) this.#feeds.add(feed)
    if (this.#closed) feed.close()
    return feed
  }

  status(listener: (status: DeliveryStatus) => void): () => void {
    const own = (status: DeliveryStatus): void => listener(status)
    this.#listeners.add(own)
    own(this.#status())
    return () => this.#listeners.delete(own)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#shared.closed(this)
    for (const feed of [...this.#feeds]) feed.close()
    this.changed()
    this.#listeners.clear()
  }

  /** The service went up, down or away. */
  changed(): void {
    for (const listener of [...this.#listeners]) listener(this.#status())
    for (const feed of this.#feeds) feed.wake()
  }

  #isUp(): boolean {
    return !this.#closed && this.#shared.downCode() === undefined
  }

  #status(): DeliveryStatus {
    const code = this.#closed ? "DELIVERY_CLOSED" : this.#shared.downCode()
    return code === undefined ? { state: "up" } : { state: "down", code }
  }
}

function failure(code: DeliveryErrorCode, message: string): ColloquyError<DeliveryErrorCode> {
  return new ColloquyError(code, message)
}
