import { type Codec, type MessageId, toHex } from "@colloquy/core"
import {
  type CompactPatch,
  type CompactPublication,
  type CompactState,
  compactPieces,
  compareInLog,
  freshLink,
  type Moment,
  nextLamport,
  receiveCompact,
  sdsFrames,
  sendCompact,
  wakeCompact,
} from "@colloquy/reliability"

const frames = sdsFrames({ bytesMax: 1_000_000 })

/** What one step changed, as a table would count it. */
export interface Touched {
  cells: number
  rows: number
}

/** One side of a conversation, with a log that is a plain map. Ids stand for a hash of sender, number and content. */
export class Side {
  state: CompactState = { link: freshLink, outgoing: new Map(), gaps: new Map() }
  readonly log = new Map<MessageId, { message: MessageId; lamport: number; text: string }>()
  readonly acknowledged: MessageId[] = []
  readonly failed: MessageId[] = []
  readonly missing: number[] = []
  readonly recovered: number[] = []
  readonly touched: Touched = { cells: 0, rows: 0 }
  wakeAtMs: number | undefined
  allowed = true
  /** Writes the whole state down and reads it again after every step. */
  stores = false
  ahead = false
  published = 0

  constructor(
    readonly name: string,
    readonly random: () => number,
    readonly out: (bytes: Uint8Array, publication: CompactPublication, from: Side) => void,
  ) {}

  send(text: string, nowMs: number): MessageId {
    const { link } = this.state
    const lamport = nextLamport(link.lamport, nowMs)
    const message = idOf(this.name, link.sequence, text)
    const content = new TextEncoder().encode(text)
    const sent = sendCompact(this.state, { message, reported: true, lamport, contents: [content] }, this.moment(nowMs))
    if (sent.kind === "full") throw new Error("full")
    this.log.set(message, { message, lamport, text })
    this.commit(sent, nowMs)
    return message
  }

  receive(from: string, bytes: Uint8Array, nowMs: number): void {
    const decoded = frames.decode(bytes)
    if (decoded.kind !== "frame") throw new Error("no frame")
    const received = receiveCompact(this.state, decoded.frame, this.moment(nowMs))
    if (received.kind === "refused") throw new Error(received.code)
    const { lamport = 0, sequence = 0, content } = decoded.frame
    if (received.fresh) {
      const text = new TextDecoder().decode(content)
      const message = idOf(from, sequence, text)
      this.log.set(message, { message, lamport, text })
    }
    this.acknowledged.push(...received.acknowledged)
    this.failed.push(...received.failed)
    this.missing.push(...received.missing)
    if (received.recovered !== undefined) this.recovered.push(received.recovered)
    if (received.ahead) this.ahead = true
    this.commit(received, nowMs)
  }

  wake(nowMs: number): void {
    const woken = wakeCompact(this.state, this.moment(nowMs))
    this.missing.push(...woken.missing)
    this.commit(woken, nowMs)
  }

  /** The log in its order. */
  read(): string[] {
    return [...this.log.values()].sort(compareInLog).map(({ message }) => message)
  }

  moment(nowMs: number): Moment {
    return { nowMs, random: this.random, mayAcknowledge: this.allowed }
  }

  private commit(
    step: { patch: CompactPatch; publish: readonly CompactPublication[]; wakeAtMs: number | undefined },
    nowMs: number,
  ): void {
    this.state = apply(this.state, step.patch)
    if (this.stores) this.state = stored(this.state)
    if (step.patch.link !== undefined) this.touched.cells++
    this.touched.rows += (step.patch.outgoing?.size ?? 0) + (step.patch.gaps?.size ?? 0)
    this.wakeAtMs = step.wakeAtMs
    if (this.wakeAtMs !== undefined && this.wakeAtMs < nowMs) this.wakeAtMs = nowMs
    for (const publication of step.publish) {
      this.published++
      this.out(frames.encode(publication.message), publication, this)
    }
  }
}

/** The state with a patch applied. The maps are written, as a client writes those of its memory. */
export function apply(state: CompactState, { link, outgoing, gaps }: CompactPatch): CompactState {
  return {
    link: link ?? state.link,
    outgoing: applyRows(state.outgoing, outgoing),
    gaps: applyRows(state.gaps, gaps),
  }
}

/** The state as it comes out of a store. */
export function stored({ link, outgoing, gaps }: CompactState): CompactState {
  const again = <T>(codec: Codec<T>, value: T): T => codec.decode(codec.encode(value), codec.version)
  return {
    link: again(compactPieces.link.codec, link),
    outgoing: new Map([...outgoing].map(([key, row]) => [key, again(compactPieces.outgoing.codec, row)])),
    gaps: new Map([...gaps].map(([key, row]) => [key, again(compactPieces.gaps.codec, row)])),
  }
}

function applyRows<T>(
  rows: ReadonlyMap<string, T>,
  patch: ReadonlyMap<string, T | undefined> | undefined,
): ReadonlyMap<string, T> {
  const written = rows as Map<string, T>
  for (const [key, row] of patch ?? [])
    if (row === undefined) written.delete(key)
    else written.set(key, row)
  return written
}

/** 16 bytes that depend on sender, number and text, well enough for a test. */
export function idOf(name: string, sequence: number, text: string): MessageId {
  const bytes = new Uint8Array(16)
  let hash = 0x811c9dc5
  for (const letter of `${name}/${sequence}/${text}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0
  for (let i = 0; i < 16; i++) {
    hash = Math.imul(hash ^ i, 0x01000193) >>> 0
    bytes[i] = hash >>> 24
  }
  return toHex(bytes) as MessageId
}

/** Numbers from 0 to below 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
