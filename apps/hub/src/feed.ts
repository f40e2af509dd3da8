import { parseTopic } from "@colloquy/core"
import type { FromHubInit, HubFollow, HubRefusal } from "@colloquy/delivery-hub/protocol"
import { batchBytesMax, batchPayloadsMax, ephemeralBytesMax, ephemeralMax } from "./limits.js"
import type { Log } from "./log.js"

type BatchInit = Extract<FromHubInit, { case: "batch" }>["value"]

/**
 * One reader's way through the log. `#high` is how far it has read; `#dirty` are the followed topics that have something behind it;
 * a topic followed with a time in the past lags in `#backfill` until it has caught up with `#high`. Holds positions, never payloads,
 * but for a few ephemeral ones: a reader that does not come back costs nothing.
 */
export class Feed {
  readonly number: number
  readonly topics = new Set<string>()
  /** Batches that were asked for and not sent yet. */
  credit = 0
  failed = false
  readonly #log: Log
  readonly #backfill = new Map<string, number>()
  readonly #dirty = new Set<string>()
  readonly #gaps = new Set<string>()
  #gapAll = false
  #high: number | undefined
  #liveOwed = false
  #ephemeral: { readonly topic: string; readonly payload: Uint8Array }[] = []
  #ephemeralBytes = 0

  /** Throws nothing: a cursor that is void makes a failed feed. */
  constructor(number: number, log: Log, cursor: Uint8Array) {
    this.number = number
    this.#log = log
    if (cursor.length === 0) return
    this.#high = log.sequenceOf(cursor)
    this.failed = this.#high === undefined
  }

  /** Whether a pull would bring something, or further work towards it. */
  get hasWork(): boolean {
    return (
      this.#liveOwed ||
      this.#dirty.size > 0 ||
      this.#backfill.size > 0 ||
      this.#gaps.size > 0 ||
      this.#gapAll ||
      this.#ephemeral.length > 0
    )
  }

  get cursor(): Uint8Array {
    return this.#log.cursor(this.#low)
  }

  /** All of the topics or, when it is refused, none. Returns those that were not followed before. */
  follow(topics: HubFollow["topics"], topicsMax: number): readonly string[] | HubRefusal {
    if (this.failed) return "CURSOR_VOID"
    if (topics.some(({ topic }) => parseTopic(topic) === undefined)) return "TOPIC_REFUSED"
    const added = [...new Set(topics.map(({ topic }) => topic))].filter((topic) => !this.topics.has(topic))
    if (added.length > topicsMax) return "TOPIC_REFUSED"
    const { store } = this.#log
    this.#high ??= store.head
    for (const topic of added) {
      this.topics.add(topic)
      if (store.headOf(topic) > this.#high) this.#dirty.add(topic)
      this.#noticeDropped(topic, this.#high)
    }
    for (const { topic, sinceMs } of topics)
      if (sinceMs !== undefined) this.#fill(topic, store.before(sinceMs), this.#high)
    this.#liveOwed = true
    return added
  }

  /** Returns those that were followed. */
  leave(topics: readonly string[]): readonly string[] {
    const left = topics.filter((topic) => this.topics.delete(topic))
    for (const topic of left) {
      this.#dirty.delete(topic)
      this.#backfill.delete(topic)
      this.#gaps.delete(topic)
    }
    this.#ephemeral = this.#ephemeral.filter(({ topic }) => this.topics.has(topic))
    this.#ephemeralBytes = this.#ephemeral.reduce((bytes, { payload }) => bytes + payload.length, 0)
    return left
  }

  /** A payload of a followed topic was stored. */
  stored(topic: string, sequence: number): void {
    // Nothing that this feed wants lies before the first dirty one.
    if (this.#dirty.size === 0 && this.#high !== undefined) this.#high = Math.max(this.#high, sequence - 1)
    this.#dirty.add(topic)
  }

  /** An ephemeral payload of a followed topic: kept for the next batch, the oldest dropped when there are too many. */
  relay(topic: string, payload: Uint8Array): void {
    this.#ephemeral.push({ topic, payload: payload.slice() })
    this.#ephemeralBytes += payload.length
    while (this.#ephemeral.length > ephemeralMax || this.#ephemeralBytes > ephemeralBytesMax) {
      const dropped = this.#ephemeral.shift()
      if (dropped === undefined) return
      this.#ephemeralBytes -= dropped.payload.length
    }
  }

  /** The next batch; `undefined` when there is none, or not yet while `hasWork`. */
  collect(): BatchInit | undefined {
    if (this.#high === undefined || this.failed) return undefined
    this.#skipDropped(this.#high)
    const batch = new BatchBuilder(this.#log)
    this.#collectBackfill(batch, this.#high)
    if (this.#backfill.size === 0) this.#collectNews(batch, this.#high)
    const live = this.#backfill.size === 0 && this.#dirty.size === 0
    if (live) {
      for (const { topic, payload } of this.#ephemeral.splice(0)) batch.add(topic, payload)
      this.#ephemeralBytes = 0
    }
    const hasGap = this.#gaps.size > 0 || this.#gapAll
    if (batch.payloads.length === 0 && !hasGap && !(live && this.#liveOwed)) return undefined
    if (live) this.#liveOwed = false
    const gap = { gapTopics: [...this.#gaps], gapAll: this.#gapAll }
    this.#gaps.clear()
    this.#gapAll = false
    return { feed: this.number, topics: batch.topics, payloads: batch.payloads, cursor: this.cursor, live, ...gap }
  }

  get #low(): number {
    let low = this.#high ?? this.#log.store.head
    for (const from of this.#backfill.values()) low = Math.min(low, from)
    return low
  }

  #fill(topic: string, from: number, high: number): void {
    if (from >= high || this.#log.store.ofTopic(topic, from, high, 1).length === 0) return
    this.#backfill.set(topic, Math.min(from, this.#backfill.get(topic) ?? from))
  }

  #collectBackfill(batch: BatchBuilder, high: number): void {
    if (this.#backfill.size === 0) return
    const from = (topic: string): number | undefined => this.#backfill.get(topic)
    const selection = this.#log.select(this.#backfill, from, { after: this.#low, through: high }, batchPayloadsMax)
    const through = batch.take(selection)
    for (const [topic, start] of this.#backfill)
      if (through >= high) this.#backfill.delete(topic)
      else this.#backfill.set(topic, Math.max(start, through))
  }

  #collectNews(batch: BatchBuilder, high: number): void {
    const { head } = this.#log.store
    const room = batchPayloadsMax - batch.payloads.length
    if (room <= 0 || batch.isFull) return
    let through = head
    if (this.#dirty.size > 0) {
      const from = (topic: string): number | undefined => (this.#dirty.has(topic) ? high : undefined)
      through = batch.take(this.#log.select(this.#dirty, from, { after: high, through: head }, room), high)
    }
    this.#high = through
    if (through >= head) this.#dirty.clear()
  }

  /** Moves on over what retention took while the reader was away. */
  #skipDropped(high: number): void {
    const { droppedThrough } = this.#log.store
    if (this.#low >= droppedThrough) return
    for (const [topic, from] of this.#backfill) {
      this.#noticeDropped(topic, from)
      this.#backfill.set(topic, Math.max(from, droppedThrough))
    }
    for (const topic of this.#dirty) this.#noticeDropped(topic, high)
    this.#high = Math.max(high, droppedThrough)
  }

  #noticeDropped(topic: string, position: number): void {
    const { store } = this.#log
    if (position >= store.droppedThrough) return
    if (store.droppedOf(topic) > position) this.#gaps.add(topic)
    if (store.droppedOfForgottenTopics > position) this.#gapAll = true
  }
}

class BatchBuilder {
  readonly topics: string[] = []
  readonly payloads: { topic: number; payload: Uint8Array }[] = []
  isFull = false
  readonly #log: Log
  readonly #indexes = new Map<string, number>()
  #bytes = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** Adds what there is room for, one payload at least. Returns the sequence up to which everything is in. */
  take(selection: ReturnType<Log["select"]>, before = 0): number {
    let through = before
    for (const { sequence, topic } of selection.positions) {
      const payload = this.#log.payload(sequence)
      if (payload !== undefined) {
        if (this.payloads.length > 0 && this.#bytes + payload.length > batchBytesMax) {
          this.isFull = true
          return through
        }
        this.add(topic, payload)
      }
      through = sequence
    }
    return selection.through
  }

  add(topic: string, payload: Uint8Array): void {
    let index = this.#indexes.get(topic)
    if (index === undefined) {
      index = this.topics.push(topic) - 1
      this.#indexes.set(topic, index)
    }
    this.payloads.push({ topic: index, payload })
    this.#bytes += payload.length
  }
}
