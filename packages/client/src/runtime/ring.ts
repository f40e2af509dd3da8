import { create } from "@bufbuild/protobuf"
import {
  be64,
  type Clock,
  hasHint,
  type Hint,
  hintBytes,
  hintStart,
  payloadStart,
  type Topic,
  type Write,
} from "@colloquy/core"
import { RingRecordSchema } from "../generated/store_pb.js"
import type { Print } from "../hints/print.js"
import { key, sequenceOf } from "../store/keys.js"
import { decodeRecord, encodeRecord, type Store } from "../store/store.js"
import type { Arrival } from "./errands.js"
import { Chunk, ChunkBuffers } from "./ring-chunk.js"
import type { Sequence } from "./sequence.js"
import { type RingHost, TopicRing, type Waiting } from "./topic-ring.js"

const ringAgeMaxMs = 24 * 60 * 60 * 1000

/**
 * Payloads that no conversation expects yet: foreign ones mostly, and those of ours that overtook what announces them. They wait in memory, and in the
 * store from the next save on, which is never later than that of a cursor that has passed them. The oldest go first.
 */
export class Ring {
  readonly #clock: Clock
  readonly #host: RingHost
  readonly #rings = new Map<Topic, TopicRing>()
  /** The one that was asked for last. */
  #last: TopicRing | undefined
  #order = 0
  /** Stored chunks that are to be deleted. */
  #doomed: number[] = []

  constructor(clock: Clock, sequence: Sequence) {
    this.#clock = clock
    this.#host = {
      buffers: new ChunkBuffers(),
      next: () => ({ sequence: sequence.next(), atMs: clock.nowMs() }),
      doom: (stored) => this.#doomed.push(stored),
    }
  }

  async open(store: Store, print: (topic: Topic, hint: Hint) => Print): Promise<void> {
    const order = (): number => this.order()
    for await (const { key: ringKey, value } of store.all(key("ring"))) {
      const { topic, envelopes, atMs } = decodeRecord(RingRecordSchema, value)
      const chunk = new Chunk(sequenceOf(ringKey), atMs, envelopes)
      const printOf = (envelope: Uint8Array): Print | undefined => {
        const start = payloadStart(envelope)
        return typeof start === "number" && hasHint(start) ? print(topic as Topic, hintOf(envelope)) : undefined
      }
      this.#ring(topic as Topic).restore(chunk, printOf, order)
    }
  }

  /** The place of the next payload that comes. */
  order(): number {
    return this.#order++
  }

  /** Keeps a copy of an envelope with a hint, which the print is of. Returns its slot; -1 when enough wait under this hint. */
  put(topic: Topic, high: number, low: number, envelope: Uint8Array, order: number): number {
    return this.#ring(topic).put(high, low, envelope, order)
  }

  /** Follows what becomes of what was just put into this slot. */
  watch(topic: Topic, slot: number): Waiting {
    return this.#ring(topic).watch(slot)
  }

  /** Those that wait under this hint, for whoever expects them now, in the order of arrival. Each is kept until it is forgotten. */
  take(topic: Topic, print: Print): readonly Waiting[] {
    return this.#rings.get(topic)?.take(print) ?? []
  }

  /** It waits again. */
  putBack(item: Waiting): void {
    this.#rings.get(item.topic)?.putBack(item)
  }

  /** A copy of what waits. */
  read(item: Waiting): Omit<Arrival, "order"> & { readonly hint: Hint } {
    const envelope = this.#ring(item.topic).read(item)
    return { topic: item.topic, hint: hintOf(envelope), payload: envelope.subarray(payloadStart(envelope) as number) }
  }

  /** It was dealt with. */
  forget(item: Waiting): void {
    this.#rings.get(item.topic)?.forget(item)
  }

  /** Every hint that something waits under, as of now. */
  waiting(): readonly { readonly topic: Topic; readonly print: Print }[] {
    return [...this.#rings.values()].flatMap((ring) =>
      [...ring.prints()].map((print) => ({ topic: ring.topic, print })),
    )
  }

  /** The writes that make durable what waits. Whoever asks for them sees to it that they are committed. */
  writes(): Write[] {
    const writes: Write[] = []
    const oldestMs = this.#clock.nowMs() - ringAgeMaxMs
    for (const ring of this.#rings.values()) {
      ring.evict(oldestMs)
      for (const chunk of ring.settle()) {
        const envelopes = chunk.bytes.subarray(0, chunk.used)
        const record = create(RingRecordSchema, { atMs: chunk.atMs, topic: ring.topic, envelopes })
        writes.push({ key: key("ring", be64(chunk.sequence)), value: encodeRecord(RingRecordSchema, record) })
      }
      if (ring.isEmpty) this.#forget(ring)
    }
    for (const sequence of this.#doomed) writes.push({ key: key("ring", be64(sequence)), value: undefined })
    this.#doomed = []
    return writes
  }

  #ring(topic: Topic): TopicRing {
    if (this.#last?.topic === topic) return this.#last
    const ring = this.#rings.get(topic) ?? new TopicRing(topic, this.#host)
    this.#rings.set(topic, ring)
    this.#last = ring
    return ring
  }

  #forget(ring: TopicRing): void {
    this.#rings.delete(ring.topic)
    if (this.#last === ring) this.#last = undefined
  }
}

function hintOf(envelope: Uint8Array): Hint {
  return envelope.subarray(hintStart, hintStart + hintBytes) as Hint
}
