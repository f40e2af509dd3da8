import { create } from "@bufbuild/protobuf"
import { be64, type Clock, concat, type Hint, type Topic, type Write } from "@colloquy/core"
import { RingRecordSchema } from "../generated/store_pb.js"
import { isSamePrint, type Print, printNumber } from "../hints/print.js"
import { key, sequenceOf } from "../store/keys.js"
import { decodeRecord, encodeRecord, type Store } from "../store/store.js"
import type { Arrival } from "./errands.js"
import type { Sequence } from "./sequence.js"

/** How many bytes of payloads that nobody expected are kept for each topic, and for how long. */
const ringBytesMax = 4 * 1024 * 1024
const ringAgeMaxMs = 24 * 60 * 60 * 1000
/** Payloads under one hint, so that a forged one cannot push the true one out. */
const sameHintMax = 8
/** What an entry takes besides its payload, in memory. */
const overheadBytes = 192
/** A chunk that has grown to this takes no more. */
const chunkBytesMax = 64 * 1024
const chunkBytesMin = 1024
const hintBytes = 16
const entryHeadBytes = hintBytes + 4

/** A payload that waits. */
export interface Waiting {
  readonly print: Print
  readonly payloadBytes: number
  /** The place in the order in which they came. */
  readonly order: number
  chunk: Chunk
  at: number
  /** `taken`: on its way to a conversation, and kept until that is done. */
  state: "waiting" | "taken" | "gone"
  /** Another one under the same number. */
  next: Waiting | undefined
}

/** What came on one topic between two saves, packed as it is stored. */
interface Chunk {
  readonly sequence: number
  readonly ring: TopicRing
  readonly atMs: number
  readonly items: Waiting[]
  bytes: Uint8Array
  used: number
  /** How many are not gone. */
  left: number
  isStored: boolean
}

interface TopicRing {
  readonly topic: Topic
  readonly byNumber: Map<number, Waiting>
  chunks: Chunk[]
  bytes: number
  hasEmptied: boolean
}

/**
 * Payloads that no conversation expects yet: foreign ones mostly, and those of ours that overtook what announces them. They wait in memory, and in the
 * store from the next save on, which is never later than that of a cursor that has passed them. The oldest go first.
 */
export class Ring {
  readonly #clock: Clock
  readonly #sequence: Sequence
  readonly #rings = new Map<Topic, TopicRing>()
  #order = 0
  /** Stored chunks that are to be deleted. */
  #doomed: number[] = []

  constructor(clock: Clock, sequence: Sequence) {
    this.#clock = clock
    this.#sequence = sequence
  }

  async open(store: Store, print: (topic: Topic, hint: Hint) => Print): Promise<void> {
    for await (const { key: ringKey, value } of store.all(key("ring"))) {
      const { topic, packed, atMs } = decodeRecord(RingRecordSchema, value)
      const ring = this.#ring(topic as Topic)
      const chunk = newChunk(ring, sequenceOf(ringKey), atMs, packed, true)
      for (let at = 0; at + entryHeadBytes <= packed.length;) {
        const payloadBytes = lengthAt(packed, at)
        const hint = packed.subarray(at, at + hintBytes) as Hint
        note(chunk, at, print(ring.topic, hint), payloadBytes, this.order())
        at += entryHeadBytes + payloadBytes
      }
      chunk.used = packed.length
      ring.chunks.push(chunk)
    }
  }

  /** The place of the next payload that comes. */
  order(): number {
    return this.#order++
  }

  /** Keeps a copy; `undefined` when enough wait under this hint. */
  put(topic: Topic, print: Print, hint: Hint, payload: Uint8Array, order: number): Waiting | undefined {
    const ring = this.#ring(topic)
    let same = 0
    for (let one = ring.byNumber.get(printNumber(print)); one !== undefined; one = one.next)
      if (isSamePrint(one.print, print)) same++
    if (same >= sameHintMax) return undefined
    const chunk = this.#room(ring, entryHeadBytes + payload.length)
    const at = chunk.used
    chunk.bytes.set(hint, at)
    writeLength(chunk.bytes, at + hintBytes, payload.length)
    chunk.bytes.set(payload, at + entryHeadBytes)
    chunk.used += entryHeadBytes + payload.length
    const item = note(chunk, at, print, payload.length, order)
    if (ring.bytes > ringBytesMax) this.#evict(ring)
    return item
  }

  /** Those that wait under this hint, for whoever expects them now. Each is kept until it is forgotten. */
  take(topic: Topic, print: Print): readonly Waiting[] {
    const ring = this.#rings.get(topic)
    if (ring === undefined) return []
    const taken: Waiting[] = []
    for (let one = ring.byNumber.get(printNumber(print)); one !== undefined; one = one.next)
      if (isSamePrint(one.print, print)) taken.push(one)
    for (const one of taken) {
      unlink(ring, one)
      one.state = "taken"
    }
    return taken
  }

  /** It waits again. */
  putBack(item: Waiting): void {
    if (item.state !== "taken") return
    item.state = "waiting"
    const { byNumber } = item.chunk.ring
    const number = printNumber(item.print)
    item.next = byNumber.get(number)
    byNumber.set(number, item)
  }

  /** A copy of what waits. */
  read({ chunk, at, payloadBytes }: Waiting): Omit<Arrival, "order"> & { readonly hint: Hint } {
    const { bytes, ring } = chunk
    const hint = bytes.slice(at, at + hintBytes) as Hint
    return { topic: ring.topic, hint, payload: bytes.slice(at + entryHeadBytes, at + entryHeadBytes + payloadBytes) }
  }

  /** It was dealt with. */
  forget(item: Waiting): void {
    if (item.state === "gone") return
    const { ring } = item.chunk
    if (item.state === "waiting") unlink(ring, item)
    item.state = "gone"
    item.chunk.left--
    if (item.chunk.left === 0) ring.hasEmptied = true
    ring.bytes -= item.payloadBytes + overheadBytes
  }

  /** Every hint that something waits under, as of now. */
  waiting(): readonly { readonly topic: Topic; readonly print: Print }[] {
    return [...this.#rings.values()].flatMap(({ topic, byNumber }) =>
      Array.from(byNumber.values(), ({ print }) => ({ topic, print })),
    )
  }

  /** The writes that make durable what waits. Whoever asks for them sees to it that they are committed. */
  writes(): Write[] {
    const writes: Write[] = []
    const oldestMs = this.#clock.nowMs() - ringAgeMaxMs
    for (const ring of this.#rings.values()) {
      this.#evict(ring, oldestMs)
      if (ring.hasEmptied) this.#clear(ring)
      for (let i = ring.chunks.length - 1; i >= 0; i--) {
        const chunk = ring.chunks[i] as Chunk
        if (chunk.isStored) break
        chunk.isStored = true
        chunk.bytes = chunk.bytes.slice(0, chunk.used)
        writes.push({ key: key("ring", be64(chunk.sequence)), value: encodeChunk(chunk) })
      }
    }
    for (const sequence of this.#doomed) writes.push({ key: key("ring", be64(sequence)), value: undefined })
    this.#doomed = []
    return writes
  }

  #ring(topic: Topic): TopicRing {
    const known = this.#rings.get(topic)
    if (known !== undefined) return known
    const ring = { topic, byNumber: new Map<number, Waiting>(), chunks: [], bytes: 0, hasEmptied: false }
    this.#rings.set(topic, ring)
    return ring
  }

  /** The newest chunk, with room for so many bytes more. */
  #room(ring: TopicRing, bytes: number): Chunk {
    let chunk = ring.chunks.at(-1)
    if (chunk === undefined || chunk.isStored || chunk.used >= chunkBytesMax) {
      // As large as the last one: many that come at once are copied once.
      const size = Math.max(chunkBytesMin, bytes, Math.min(chunkBytesMax, chunk?.used ?? 0))
      chunk = newChunk(ring, this.#sequence.next(), this.#clock.nowMs(), new Uint8Array(size), false)
      ring.chunks.push(chunk)
    }
    if (chunk.used + bytes > chunk.bytes.length) {
      const grown = new Uint8Array(Math.max(chunk.bytes.length * 2, chunk.used + bytes))
      grown.set(chunk.bytes.subarray(0, chunk.used))
      chunk.bytes = grown
    }
    return chunk
  }

  /** Drops the oldest chunks until the ring is within its bounds. What is on its way to a conversation stays, in a newer one. */
  #evict(ring: TopicRing, oldestMs = 0): void {
    let count = 0
    const taken: Waiting[] = []
    for (const chunk of ring.chunks) {
      if (ring.bytes <= ringBytesMax && chunk.atMs >= oldestMs) break
      count++
      for (const item of chunk.items)
        if (item.state === "taken") taken.push(item)
        else this.forget(item)
      if (chunk.isStored) this.#doomed.push(chunk.sequence)
    }
    if (count === 0) return
    ring.chunks.splice(0, count)
    for (const item of taken) {
      const { bytes } = item.chunk
      const length = entryHeadBytes + item.payloadBytes
      const chunk = this.#room(ring, length)
      chunk.bytes.set(bytes.subarray(item.at, item.at + length), chunk.used)
      item.chunk = chunk
      item.at = chunk.used
      chunk.used += length
      chunk.items.push(item)
      chunk.left++
    }
  }

  /** Chunks of which nothing is left go. */
  #clear(ring: TopicRing): void {
    ring.hasEmptied = false
    ring.chunks = ring.chunks.filter(({ left, isStored, sequence }) => {
      if (left === 0 && isStored) this.#doomed.push(sequence)
      return left > 0
    })
  }
}

function newChunk(ring: TopicRing, sequence: number, atMs: number, bytes: Uint8Array, isStored: boolean): Chunk {
  return { sequence, ring, atMs, items: [], bytes, used: 0, left: 0, isStored }
}

function note(chunk: Chunk, at: number, print: Print, payloadBytes: number, order: number): Waiting {
  const { ring } = chunk
  const number = printNumber(print)
  const next = ring.byNumber.get(number)
  const item: Waiting = { print, payloadBytes, order, chunk, at, state: "waiting", next }
  ring.byNumber.set(number, item)
  ring.bytes += payloadBytes + overheadBytes
  chunk.items.push(item)
  chunk.left++
  return item
}

function unlink(ring: TopicRing, item: Waiting): void {
  const number = printNumber(item.print)
  const first = ring.byNumber.get(number)
  if (first === item) {
    if (item.next === undefined) ring.byNumber.delete(number)
    else ring.byNumber.set(number, item.next)
    return
  }
  for (let one = first; one !== undefined; one = one.next) {
    if (one.next !== item) continue
    one.next = item.next
    return
  }
}

function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length
  bytes[at + 1] = length >>> 8
  bytes[at + 2] = length >>> 16
  bytes[at + 3] = length >>> 24
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at + hintBytes, 4).getUint32(0, true)
}

function encodeChunk({ ring, atMs, bytes, items, left }: Chunk): Uint8Array {
  const packed = left === items.length ? bytes : packAgain(bytes, items)
  return encodeRecord(RingRecordSchema, create(RingRecordSchema, { atMs, topic: ring.topic, packed }))
}

function packAgain(bytes: Uint8Array, items: readonly Waiting[]): Uint8Array {
  const parts = items
    .filter(({ state }) => state !== "gone")
    .map(({ at, payloadBytes }) => bytes.subarray(at, at + entryHeadBytes + payloadBytes))
  return concat(...parts)
}
