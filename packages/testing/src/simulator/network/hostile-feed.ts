import {
  type Batch,
  ColloquyError,
  type Feed,
  type Following,
  fromUtf8,
  type ReceivedPayload,
  type Topic,
  utf8,
} from "@colloquy/core"
import type { SimProcess } from "../people/sim-process.js"
import type { HostileNetwork } from "./hostile-network.js"
import type { Mailbox, Waiting } from "./mailbox.js"

interface FeedHost {
  readonly network: HostileNetwork
  readonly mailbox: Mailbox
  readonly process: SimProcess
  ended(): void
}

/** Reads one person's mailbox. A topic that is followed with `sinceMs` brings everything since then again, known or not. */
export class HostileFeed implements Feed {
  readonly #host: FeedHost
  readonly #topics = new Set<Topic>()
  readonly #cursor: Uint8Array | undefined
  readonly #unlisten: () => void
  #position: number | undefined
  #scope = ""
  #liveOwed = false
  #end: ColloquyError | "done" | undefined
  #waiting: (() => void)[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(host: FeedHost, options: { readonly cursor?: Uint8Array; readonly signal?: AbortSignal }) {
    this.#host = host
    this.#cursor = options.cursor?.slice()
    const { signal } = options
    const abort = (): void => this.#finish("done")
    signal?.addEventListener("abort", abort, { once: true })
    this.#unlisten = () => signal?.removeEventListener("abort", abort)
    if (signal?.aborted === true) abort()
  }

  follow(topics: readonly Following[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#host.process.guard(this.#follow(topics, options.signal))
  }

  async leave(topics: readonly Topic[]): Promise<void> {
    for (const topic of topics) this.#topics.delete(topic)
  }

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return {
      next: () => {
        const pulled = this.#turn.then(() => this.#pull())
        this.#turn = pulled.catch(() => undefined)
        return this.#host.process.guard(pulled)
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish("done")
  }

  fail(error: ColloquyError): void {
    this.#finish(error)
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }

  async #follow(topics: readonly Following[], signal: AbortSignal | undefined): Promise<void> {
    const { network, mailbox } = this.#host
    for (;;) {
      signal?.throwIfAborted()
      if (this.#end !== undefined)
        throw this.#end === "done" ? new ColloquyError("DELIVERY_CLOSED", "the feed has ended") : this.#end
      if (mailbox.up) break
      await this.#change(signal)
    }
    this.#begin()
    for (const { topic, sinceMs } of topics) {
      this.#topics.add(topic)
      mailbox.followed.add(topic)
      if (sinceMs === undefined) continue
      const first = mailbox.entries.find(({ atMs }) => atMs >= sinceMs)
      if (first !== undefined) this.#position = Math.min(this.#position as number, first.sequence - 1)
    }
    this.#liveOwed = true
    network.trace.note(mailbox.name, `follows from ${this.#position} of ${mailbox.head}`)
    this.wake()
  }

  #begin(): void {
    const { network, mailbox } = this.#host
    if (this.#position !== undefined) return
    this.#scope = network.scope
    if (this.#cursor === undefined) {
      this.#position = mailbox.head
      return
    }
    const [scope, sequence] = (fromUtf8(this.#cursor) ?? "").split(":")
    if (scope !== this.#scope) {
      const error = new ColloquyError("CURSOR_VOID", "the cursor is of another scope")
      this.#finish(error)
      throw error
    }
    const back =
      !network.calm && network.random.chance(network.weather.rollback) ? network.random.whole(1, mailbox.head + 1) : 0
    this.#position = Math.max(0, Number(sequence) - back)
    if (back > 0) network.trace.note("network", `${mailbox.name} begins ${back} before his cursor`)
  }

  async #pull(): Promise<IteratorResult<Batch>> {
    for (;;) {
      if (this.#end === "done") return { done: true, value: undefined }
      if (this.#end !== undefined) throw this.#end
      const batch = this.#collect()
      if (batch !== undefined) return { done: false, value: batch }
      if (this.#end === undefined) await this.#change()
    }
  }

  #collect(): Batch | undefined {
    const { network, mailbox } = this.#host
    if (!mailbox.up || this.#position === undefined) return undefined
    if (this.#scope !== network.scope) {
      this.#finish(new ColloquyError("CURSOR_VOID", "the service lost its past while the feed was open"))
      return undefined
    }
    network.forget(mailbox)
    const gap: Topic[] = []
    for (const topic of this.#topics) if ((mailbox.dropped.get(topic) ?? 0) > this.#position) gap.push(topic)
    const payloads: ReceivedPayload[] = []
    const labels: string[] = []
    const max = network.calm ? 64 : network.random.whole(1, 64)
    let position = Math.max(this.#position, mailbox.droppedThrough)
    let full = false
    for (let at = mailbox.after(position); at < mailbox.entries.length && !full; at++) {
      const entry = mailbox.entries[at] as Waiting
      if (this.#topics.has(entry.topic)) {
        payloads.push({ topic: entry.topic, payload: entry.payload.slice() })
        labels.push(entry.label)
      }
      position = entry.sequence
      full = payloads.length >= max
    }
    full &&= position < mailbox.head
    this.#position = position
    if (payloads.length === 0 && gap.length === 0 && !this.#liveOwed) return undefined
    if (!full) this.#liveOwed = false
    if (payloads.length > 0) network.trace.note(mailbox.name, `reads ${labels.join(", ")}`, { in: labels })
    if (gap.length > 0) network.trace.note(mailbox.name, "reads of a gap")
    const cursor = utf8(`${this.#scope}:${position}`)
    return { payloads, cursor, live: !full, ...(gap.length > 0 ? { gap: { topics: gap } } : {}) }
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        signal?.removeEventListener("abort", resume)
        resolve()
      }
      this.#waiting.push(resume)
      signal?.addEventListener("abort", resume)
    })
  }

  #finish(end: ColloquyError | "done"): void {
    if (this.#end !== undefined) return
    this.#end = end
    this.#unlisten()
    this.#host.ended()
    this.wake()
  }
}
