import { createHash } from "node:crypto"
import { be64, concat, equalBytes, fromBe64 } from "@colloquy/core"
import { Recent } from "./recent.js"
import type { Position, Store, StorePublication } from "./store.js"

/** Topics that are looked up one by one; with more of them the log is read along its sequence. */
const topicsMergedMax = 16
const scanMax = 4096

export interface Selection {
  /** Ascending. */
  readonly positions: readonly Position[]
  /** Everything wanted up to this sequence is among the positions. */
  readonly through: number
}

const checkBytes = 8
const noCheck = new Uint8Array(checkBytes)

/** The store with its newest payloads in memory, and cursors: the scope, a sequence, and a check of what stands there, 32 bytes. */
export class Log {
  readonly store: Store
  readonly #recent = new Recent()

  constructor(store: Store) {
    this.store = store
  }

  append(publications: readonly StorePublication[], nowMs: number): readonly (number | undefined)[] {
    const sequences = this.store.append(publications, nowMs)
    publications.forEach(({ topic, payload }, index) => {
      const sequence = sequences[index]
      // Copied: what came from the socket may be a small view of a large buffer.
      if (sequence !== undefined) this.#recent.add({ sequence, topic, payload: payload.slice() })
    })
    return sequences
  }

  payload(sequence: number): Uint8Array | undefined {
    return this.#recent.get(sequence) ?? this.store.payload(sequence)
  }

  /**
   * The first payloads after a sequence, and up to another one, of the topics for which `from` gives a smaller sequence than the payload's.
   * Does a bounded amount of work: it may stop early with nothing found.
   */
  select(
    topics: ReadonlySet<string> | ReadonlyMap<string, number>,
    from: (topic: string) => number | undefined,
    range: { readonly after: number; readonly through: number },
    limit: number,
  ): Selection {
    if (this.#recent.covers(range.after)) return this.#selectRecent(from, range, limit)
    return topics.size <= topicsMergedMax ? this.#merge(topics, from, range, limit) : this.#scan(from, range, limit)
  }

  cursor(sequence: number): Uint8Array {
    return concat(this.store.scope, be64(sequence), this.#check(sequence) ?? noCheck)
  }

  /**
   * `undefined` when it is malformed, of another scope, ahead of the log, or when something else stands at its sequence: a log that was restored
   * from an older copy gives the same numbers again.
   */
  sequenceOf(cursor: Uint8Array): number | undefined {
    if (cursor.length !== 24 + checkBytes || !equalBytes(cursor.subarray(0, 16), this.store.scope)) return undefined
    const sequence = fromBe64(cursor, 16)
    if (sequence > this.store.head) return undefined
    const check = this.#check(sequence)
    return check === undefined || equalBytes(check, cursor.subarray(24)) ? sequence : undefined
  }

  /** Tells this publication from others under its number, without showing its id; `undefined` once it is dropped. */
  #check(sequence: number): Uint8Array | undefined {
    const id = this.store.idOf(sequence)
    return id === undefined
      ? undefined
      : new Uint8Array(createHash("sha256").update(id).digest().subarray(0, checkBytes))
  }

  #selectRecent(
    from: (topic: string) => number | undefined,
    { after, through }: { readonly after: number; readonly through: number },
    limit: number,
  ): Selection {
    const positions: Position[] = []
    for (const entry of this.#recent.after(after)) {
      if (entry.sequence > through) break
      const start = from(entry.topic)
      if (start === undefined || entry.sequence <= start) continue
      positions.push(entry)
      if (positions.length >= limit) return { positions, through: entry.sequence }
    }
    return { positions, through }
  }

  #merge(
    topics: ReadonlySet<string> | ReadonlyMap<string, number>,
    from: (topic: string) => number | undefined,
    { after, through }: { readonly after: number; readonly through: number },
    limit: number,
  ): Selection {
    const positions: Position[] = []
    for (const topic of topics.keys()) {
      const start = Math.max(after, from(topic) ?? through)
      for (const sequence of this.store.ofTopic(topic, start, through, limit)) positions.push({ sequence, topic })
    }
    if (topics.size > 1) positions.sort((a, b) => a.sequence - b.sequence)
    if (positions.length < limit) return { positions, through }
    positions.length = limit
    return { positions, through: (positions[limit - 1] as Position).sequence }
  }

  #scan(
    from: (topic: string) => number | undefined,
    { after, through }: { readonly after: number; readonly through: number },
    limit: number,
  ): Selection {
    const scanned = this.store.scan(after, through, scanMax)
    const positions: Position[] = []
    for (const position of scanned) {
      const start = from(position.topic)
      if (start === undefined || position.sequence <= start) continue
      positions.push(position)
      if (positions.length >= limit) return { positions, through: position.sequence }
    }
    return { positions, through: scanned.length < scanMax ? through : (scanned[scanMax - 1] as Position).sequence }
  }
}
