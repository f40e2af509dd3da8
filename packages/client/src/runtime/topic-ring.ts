import { empty, type Topic } from "@colloquy/core"
import type { Print } from "../hints/print.js"
import { Chunk, type ChunkBuffers, headBytes } from "./ring-chunk.js"
import { RingSlots, slotGone, slotTaken, slotWaiting } from "./ring-slots.js"

/** How many bytes of payloads that nobody expected are kept for each topic, what is known of them counted. */
const ringBytesMax = 4 * 1024 * 1024
/** Payloads under one hint, so that a forged one cannot push the true one out. */
const sameHintMax = 8
/** What an entry takes besides its envelope. */
const overheadBytes = 64
/** With so much memory in chunks, those of which most is gone are packed anew. */
const heldBytesMax = 3 * ringBytesMax

/** A payload that somebody has an eye on. */
export interface Waiting {
  readonly topic: Topic
  readonly slot: number
  /** The place in the order in which they came. */
  readonly order: number
  /** `taken`: on its way to a conversation, and kept until that is done. */
  state: "waiting" | "taken" | "gone"
}

/** What a ring needs of the one who has it. */
export interface RingHost {
  readonly buffers: ChunkBuffers
  /** Of a new chunk. */
  next(): { readonly sequence: number; readonly atMs: number }
  /** A stored chunk is to be deleted, with the next save. */
  doom(sequence: number): void
}

/** What waits on one topic: envelopes in chunks, the oldest first, found by their prints. */
export class TopicRing {
  readonly topic: Topic
  readonly #host: RingHost
  readonly #slots = new RingSlots()
  /** Of each slot. */
  readonly #chunkOf: Chunk[] = []
  readonly #watched = new Map<number, Waiting>()
  #chunks: Chunk[] = []
  #bytes = 0
  #heldBytes = 0

  constructor(topic: Topic, host: RingHost) {
    this.topic = topic
    this.#host = host
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** How much memory the chunks take, and how many payloads there are. */
  get held(): { readonly bytes: number; readonly slots: number } {
    return { bytes: this.#heldBytes, slots: this.#slots.size }
  }

  /** Keeps a copy of an envelope. Returns its slot; -1 when enough wait under this print. */
  put(high: number, low: number, envelope: Uint8Array, order: number): number {
    const slot = this.#slots.add(high, low, sameHintMax)
    if (slot === -1) return -1
    this.#slots.orders[slot] = order
    this.#slots.lengths[slot] = envelope.length
    this.#append(slot, envelope)
    this.#bytes += envelope.length + overheadBytes
    if (this.#bytes > ringBytesMax) this.evict(0)
    if (this.#heldBytes > heldBytesMax) this.#pack()
    return slot
  }

  /** What a stored chunk has, after all that is there already. Each envelope is found by `printOf`, which gives nothing for one that is none. */
  restore(chunk: Chunk, printOf: (envelope: Uint8Array) => Print | undefined, order: () => number): void {
    const { bytes } = chunk
    chunk.used = bytes.length
    chunk.isStored = true
    this.#chunks.push(chunk)
    this.#heldBytes += bytes.length
    for (let at = headBytes; at <= bytes.length;) {
      const length = lengthBefore(bytes, at)
      const print = at + length <= bytes.length ? printOf(bytes.subarray(at, at + length)) : undefined
      if (print === undefined) break
      // Some of those under one hint may have been dealt with: none may go for them.
      const slot = this.#slots.add(print.high, print.low, Number.POSITIVE_INFINITY)
      this.#slots.orders[slot] = order()
      this.#slots.lengths[slot] = length
      this.#note(chunk, slot, at)
      this.#bytes += length + overheadBytes
      at += length + headBytes
    }
    if (chunk.left === 0) this.#remove(chunk)
  }

  take({ high, low }: Print): Waiting[] {
    const taken = this.#slots.find(high, low).map((slot) => {
      this.#slots.leave(slot, slotTaken)
      const waiting = this.watch(slot)
      waiting.state = "taken"
      return waiting
    })
    return taken.sort((a, b) => a.order - b.order)
  }

  /** Follows what becomes of a payload. */
  watch(slot: number): Waiting {
    const known = this.#watched.get(slot)
    if (known !== undefined) return known
    const order = this.#slots.orders[slot] as number
    const waiting: Waiting = { topic: this.topic, slot, order, state: "waiting" }
    this.#watched.set(slot, waiting)
    return waiting
  }

  putBack(item: Waiting): void {
    if (item.state !== "taken") return
    item.state = "waiting"
    this.#slots.putBack(item.slot)
  }

  /** A copy of its envelope. */
  read({ slot }: Waiting): Uint8Array {
    const at = this.#slots.ats[slot] as number
    return (this.#chunkOf[slot] as Chunk).bytes.slice(at, at + (this.#slots.lengths[slot] as number))
  }

  forget(item: Waiting): void {
    if (item.state === "gone") return
    const chunk = this.#chunkOf[item.slot] as Chunk
    this.#end(item.slot, chunk)
    if (chunk.left === 0) this.#remove(chunk)
  }

  /** The prints of all that wait. */
  *prints(): Generator<Print> {
    const { highs, lows, states } = this.#slots
    for (const { slots } of this.#chunks)
      for (const slot of slots)
        if (states[slot] === slotWaiting) yield { high: highs[slot] as number, low: lows[slot] as number }
  }

  /** Drops the oldest chunks until the ring is within its bounds, but not what is on its way to a conversation, and for its size not the newest. */
  evict(oldestMs: number): void {
    const { states } = this.#slots
    const newest = this.#chunks.at(-1)
    for (const chunk of this.#chunks.slice()) {
      const isOver = this.#bytes > ringBytesMax && chunk !== newest
      if (!isOver && chunk.atMs >= oldestMs) return
      for (const slot of chunk.slots) if (states[slot] === slotWaiting) this.#end(slot, chunk)
      if (chunk.left === 0) this.#remove(chunk)
    }
  }

  /** The chunks that are not stored yet, which take no more from now on: all that is in them is still there. */
  settle(): Chunk[] {
    this.#pack()
    const fresh = this.#chunks.filter(({ isStored }) => !isStored)
    for (const chunk of fresh) {
      if (chunk.leftBytes < chunk.used) this.#repack(chunk)
      chunk.isStored = true
      this.#trim(chunk)
    }
    return fresh
  }

  #append(slot: number, envelope: Uint8Array): void {
    const chunk = this.#room(headBytes + envelope.length)
    this.#note(chunk, slot, chunk.append(envelope))
  }

  #note(chunk: Chunk, slot: number, at: number): void {
    this.#slots.ats[slot] = at
    this.#chunkOf[slot] = chunk
    chunk.slots.push(slot)
    chunk.left++
    chunk.leftBytes += headBytes + (this.#slots.lengths[slot] as number)
  }

  /** The newest chunk, with room for so many bytes more. */
  #room(bytes: number): Chunk {
    const last = this.#chunks.at(-1)
    const { buffers } = this.#host
    if (last?.isStored === false) {
      const before = last.bytes.length
      const fits = buffers.fit(last, bytes)
      this.#heldBytes += last.bytes.length - before
      if (fits) return last
      this.#trim(last)
    }
    const { sequence, atMs } = this.#host.next()
    const chunk = new Chunk(sequence, atMs, buffers.take(bytes, last?.used ?? 0))
    this.#heldBytes += chunk.bytes.length
    this.#chunks.push(chunk)
    return chunk
  }

  #trim(chunk: Chunk): void {
    const before = chunk.bytes.length
    this.#host.buffers.trim(chunk)
    this.#heldBytes += chunk.bytes.length - before
  }

  /** Chunks of which most is gone are emptied into the newest: they would keep their room for a day. */
  #pack(): void {
    for (const chunk of this.#chunks.slice(0, -1)) if (chunk.leftBytes < chunk.used / 2) this.#remove(chunk)
  }

  /** Takes a chunk away. What of it is not gone goes to the newest. */
  #remove(chunk: Chunk): void {
    const { states, ats, lengths } = this.#slots
    const { bytes, slots } = chunk
    this.#chunks.splice(this.#chunks.indexOf(chunk), 1)
    this.#heldBytes -= bytes.length
    if (chunk.isStored) this.#host.doom(chunk.sequence)
    for (const slot of slots) {
      const at = ats[slot] as number
      if (states[slot] === slotGone) this.#slots.release(slot)
      else this.#append(slot, bytes.subarray(at, at + (lengths[slot] as number)))
    }
    this.#host.buffers.free(bytes)
    // Slots that nobody took since still name it.
    chunk.bytes = empty
    chunk.slots = []
  }

  /** Leaves in a chunk, which is not stored, what is not gone. */
  #repack(chunk: Chunk): void {
    const { states, ats, lengths } = this.#slots
    const { bytes, slots } = chunk
    chunk.slots = []
    chunk.used = 0
    for (const slot of slots) {
      if (states[slot] === slotGone) {
        this.#slots.release(slot)
        continue
      }
      const at = ats[slot] as number
      ats[slot] = chunk.used + headBytes
      bytes.copyWithin(chunk.used, at - headBytes, at + (lengths[slot] as number))
      chunk.used += headBytes + (lengths[slot] as number)
      chunk.slots.push(slot)
    }
  }

  #end(slot: number, chunk: Chunk): void {
    const length = this.#slots.lengths[slot] as number
    this.#slots.leave(slot, slotGone)
    this.#bytes -= length + overheadBytes
    chunk.left--
    chunk.leftBytes -= headBytes + length
    if (this.#watched.size === 0) return
    const waiting = this.#watched.get(slot)
    if (waiting === undefined) return
    waiting.state = "gone"
    this.#watched.delete(slot)
  }
}

function lengthBefore(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at - headBytes, headBytes).getUint32(0, true)
}
