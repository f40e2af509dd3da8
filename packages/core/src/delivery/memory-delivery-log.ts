import { concat, equalBytes, fromBe64, be64, toHex } from "../bytes.js"
import type { Topic } from "../topics/topic.js"
import type { Publication } from "./delivery-service.js"

/** What the service saw of one payload. */
export interface MemoryLogEntry {
  readonly sequence: number
  readonly timeMs: number
  readonly topic: Topic
  readonly payload: Uint8Array
}

export interface MemoryReader {
  /** Something was stored on a topic that the reader follows, or the log changed in another way. */
  wake(): void
  follows(topic: Topic): boolean
  relay(topic: Topic, payload: Uint8Array): void
}

/** The log that all services of one `memoryDelivery` share: ordered by one sequence, each publication id once, bounded by count. */
export class MemoryLog {
  readonly readers = new Set<MemoryReader>()
  readonly #payloadsMax: number
  #scope: Uint8Array | undefined
  #entries: (MemoryLogEntry & { readonly id: string })[] = []
  #ids = new Set<string>()
  #dropped = new Map<Topic, number>()
  #head = 0

  constructor(payloadsMax: number) {
    this.#payloadsMax = payloadsMax
  }

  /** The sequence of the newest entry there ever was; 0 before the first. */
  get head(): number {
    return this.#head
  }

  /** Nothing up to this sequence is kept. */
  get droppedThrough(): number {
    return (this.#entries[0]?.sequence ?? this.#head + 1) - 1
  }

  get entries(): readonly MemoryLogEntry[] {
    return this.#entries
  }

  get scope(): string {
    return this.#scope === undefined ? "" : toHex(this.#scope)
  }

  /** Gives a log without a scope its own. */
  name(random: (bytes: number) => Uint8Array): void {
    this.#scope ??= random(16).slice()
  }

  append(publication: Publication, timeMs: number): void {
    const id = toHex(publication.id)
    const topic = publication.topic
    if (publication.ephemeral === true) {
      for (const reader of this.readers) if (reader.follows(topic)) reader.relay(topic, publication.payload.slice())
      return
    }
    if (this.#ids.has(id)) return
    this.#ids.add(id)
    this.#head++
    this.#entries.push({ sequence: this.#head, timeMs, topic, payload: publication.payload.slice(), id })
    this.drop(this.#entries.length - this.#payloadsMax)
    for (const reader of this.readers) if (reader.follows(topic)) reader.wake()
  }

  /** Forgets the oldest entries, as retention does. */
  drop(count: number): void {
    if (count <= 0) return
    for (const entry of this.#entries.splice(0, count)) {
      this.#ids.delete(entry.id)
      this.#dropped.set(entry.topic, entry.sequence)
    }
  }

  /** The newest sequence of this topic that is gone; 0 when all of it is there. */
  droppedOf(topic: Topic): number {
    return this.#dropped.get(topic) ?? 0
  }

  /** The entries after a sequence, oldest first. */
  *after(sequence: number): Generator<MemoryLogEntry> {
    let index = Math.max(0, sequence - this.droppedThrough)
    for (let entry = this.#entries[index]; entry !== undefined; entry = this.#entries[++index]) yield entry
  }

  /** Loses everything and gets another scope, as a service does whose data was deleted. */
  wipe(random: (bytes: number) => Uint8Array): void {
    this.#entries = []
    this.#ids = new Set()
    this.#dropped = new Map()
    this.#head = 0
    this.#scope = random(16).slice()
  }

  cursor(sequence: number): Uint8Array {
    return concat(this.#scope ?? new Uint8Array(16), be64(sequence))
  }

  /** The sequence of a cursor; `undefined` when it is malformed, of another scope or ahead of the log. */
  sequenceOf(cursor: Uint8Array): number | undefined {
    if (cursor.length !== 24 || this.#scope === undefined || !equalBytes(cursor.subarray(0, 16), this.#scope))
      return undefined
    const sequence = fromBe64(cursor, 16)
    return sequence <= this.#head ? sequence : undefined
  }
}
