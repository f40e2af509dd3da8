import { create } from "@bufbuild/protobuf"
import { be64, type Clock, type Hint, toHex, type Topic, type Write } from "@colloquy/core"
import { ReceiveRecordSchema, RingRecordSchema } from "../generated/store_pb.js"
import { key, sequenceOf } from "../store/keys.js"
import { decodeRecord, encodeRecord, type Store } from "../store/store.js"
import type { Sequence } from "./sequence.js"

/** How many bytes of payloads that nobody expected are kept for each topic, and for how long. */
const ringBytesMax = 4 * 1024 * 1024
const ringAgeMaxMs = 24 * 60 * 60 * 1000
/** Payloads under one hint, so that a forged one cannot push the true one out. */
const sameHintMax = 8
const overheadBytes = 96

interface Item {
  readonly chunk: RingChunk
  readonly hint: Uint8Array
  readonly payload: Uint8Array
}

/** What one batch of the feed brought on one topic. */
export interface RingChunk {
  readonly sequence: number
  readonly topic: Topic
  readonly atMs: number
  readonly items: Set<Item>
  stored: boolean
}

interface TopicRing {
  readonly chunks: RingChunk[]
  readonly byHint: Map<string, Item[]>
  bytes: number
}

/**
 * Payloads that no conversation expects yet: foreign ones mostly, and those of ours that overtook what announces them.
 * They wait in memory and in the store, in a chunk for each batch of the feed and topic, and the oldest chunk goes first.
 */
export class Ring {
  readonly #clock: Clock
  readonly #sequence: Sequence
  readonly #topics = new Map<Topic, TopicRing>()

  constructor(clock: Clock, sequence: Sequence) {
    this.#clock = clock
    this.#sequence = sequence
  }

  async open(store: Store): Promise<void> {
    for await (const { key: ringKey, value } of store.all(key("ring"))) {
      const record = decodeRecord(RingRecordSchema, value)
      const first = record.payloads[0]
      if (first === undefined) continue
      const chunk = this.#chunk(first.topic as Topic, sequenceOf(ringKey), record.atMs, true)
      for (const { hint, payload } of record.payloads) this.put(chunk, hint as Hint, payload)
    }
  }

  /** A chunk for what a batch brings on a topic. */
  begin(topic: Topic): RingChunk {
    return this.#chunk(topic, this.#sequence.next(), this.#clock.nowMs(), false)
  }

  put(chunk: RingChunk, hint: Hint, payload: Uint8Array): void {
    const ring = this.#topics.get(chunk.topic)
    if (ring === undefined) return
    const name = toHex(hint)
    const same = ring.byHint.get(name) ?? []
    if (same.length >= sameHintMax) return
    const item = { chunk, hint, payload }
    same.push(item)
    ring.byHint.set(name, same)
    chunk.items.add(item)
    ring.bytes += payload.length + overheadBytes
  }

  /** Every hint that something waits under. */
  *hints(): Generator<{ readonly topic: Topic; readonly hint: Hint }> {
    for (const [topic, { byHint }] of this.#topics)
      for (const [first] of byHint.values()) if (first !== undefined) yield { topic, hint: first.hint as Hint }
  }

  /** The payloads that wait under this hint. They leave memory at once, and the store when their chunk goes. */
  take(topic: Topic, hint: Hint): readonly Uint8Array[] {
    const ring = this.#topics.get(topic)
    const items = ring?.byHint.get(toHex(hint))
    if (ring === undefined || items === undefined) return []
    for (const item of [...items]) forget(ring, item)
    return items.map(({ payload }) => payload)
  }

  /** The writes that make the ring durable after a batch, within its bounds. */
  writes(): Write[] {
    const writes: Write[] = []
    const oldestMs = this.#clock.nowMs() - ringAgeMaxMs
    for (const ring of this.#topics.values()) {
      for (let first = ring.chunks[0]; first !== undefined; first = ring.chunks[0]) {
        if (ring.bytes <= ringBytesMax && first.atMs >= oldestMs && first.items.size > 0) break
        ring.chunks.shift()
        for (const item of first.items) forget(ring, item)
        if (first.stored) writes.push({ key: key("ring", be64(first.sequence)), value: undefined })
      }
      for (let i = ring.chunks.length - 1; i >= 0; i--) {
        const chunk = ring.chunks[i] as RingChunk
        if (chunk.stored) break
        chunk.stored = true
        if (chunk.items.size === 0) ring.chunks.splice(i, 1)
        else writes.push({ key: key("ring", be64(chunk.sequence)), value: encodeChunk(chunk) })
      }
    }
    return writes
  }

  #chunk(topic: Topic, sequence: number, atMs: number, stored: boolean): RingChunk {
    const ring = this.#topics.get(topic) ?? { chunks: [], byHint: new Map<string, Item[]>(), bytes: 0 }
    this.#topics.set(topic, ring)
    const chunk = { sequence, topic, atMs, items: new Set<Item>(), stored }
    ring.chunks.push(chunk)
    return chunk
  }
}

function forget(ring: TopicRing, item: Item): void {
  if (!item.chunk.items.delete(item)) return
  ring.bytes -= item.payload.length + overheadBytes
  const name = toHex(item.hint)
  const rest = (ring.byHint.get(name) ?? []).filter((other) => other !== item)
  if (rest.length === 0) ring.byHint.delete(name)
  else ring.byHint.set(name, rest)
}

function encodeChunk(chunk: RingChunk): Uint8Array {
  const payloads = Array.from(chunk.items, ({ hint, payload }) =>
    create(ReceiveRecordSchema, { topic: chunk.topic, hint, payload }),
  )
  return encodeRecord(RingRecordSchema, create(RingRecordSchema, { atMs: chunk.atMs, payloads }))
}
