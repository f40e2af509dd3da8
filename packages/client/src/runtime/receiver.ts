import { create } from "@bufbuild/protobuf"
import {
  type Batch,
  codeOf,
  ColloquyError,
  type ConversationId,
  decodeEnvelope,
  type DeliveryService,
  type Feed,
  type Hint,
  type ReceiveInput,
  type Topic,
} from "@colloquy/core"
import { ClaimRecordSchema, CursorRecordSchema, TextRecordSchema } from "../generated/store_pb.js"
import { encodeEvent } from "../events/event-log.js"
import type { Claim } from "../instance/transaction.js"
import { cursorKey, key } from "../store/keys.js"
import { decodeRecord, encodeRecord } from "../store/store.js"
import { be64 } from "@colloquy/core"
import type { RingChunk } from "./ring.js"
import type { Runtime } from "./runtime.js"

const reopenMs = 1000
/** How far back a topic is read that a conversation just began to need. */
const claimHistoryMs = 24 * 60 * 60 * 1000

/** A payload as its envelope was read. */
interface Arrival {
  readonly topic: Topic
  readonly hint: Hint | undefined
  readonly payload: Uint8Array
}

/** Reads the feed, leads each payload to its conversation, and moves the cursor when everything before it is committed. */
export class Receiver {
  readonly #runtime: Runtime
  readonly #abort = new AbortController()
  readonly #claims = new Map<Topic, Map<ConversationId, boolean>>()
  readonly #since = new Map<Topic, number>()
  #feed: Feed | undefined
  #running: Promise<void> | undefined
  #live = false
  #onLive: (() => void)[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async open(): Promise<void> {
    const cursor = await this.#runtime.store.get(CursorRecordSchema, cursorKey)
    for await (const { value } of this.#runtime.store.all(key("claim"))) {
      const { topic, conversation, everything, atMs } = decodeRecord(ClaimRecordSchema, value)
      this.#note({ topic: topic as Topic, conversation: conversation as ConversationId, everything })
      if (atMs >= (cursor?.atMs ?? 0)) this.#since.set(topic as Topic, atMs - claimHistoryMs)
    }
  }

  start(service: DeliveryService): void {
    this.#running = this.#run(service)
  }

  /** Resolves once everything that the service had when asked is committed, or with the signal. */
  async caughtUp(signal: AbortSignal): Promise<boolean> {
    if (!this.#live && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#onLive.push(resolve)
        signal.addEventListener("abort", () => resolve(), { once: true })
      })
    return this.#live
  }

  /** Conversations began, or ceased, to need topics of their own. */
  claim(claims: readonly Claim[]): void {
    const nowMs = this.#runtime.environment.clock.nowMs()
    const added: Topic[] = []
    const left: Topic[] = []
    for (const claim of claims) {
      const known = this.#claims.has(claim.topic)
      this.#note(claim)
      if (!known && this.#claims.has(claim.topic)) {
        this.#since.set(claim.topic, nowMs - claimHistoryMs)
        added.push(claim.topic)
      }
      if (known && !this.#claims.has(claim.topic) && claim.topic !== this.#runtime.account.inboxTopic)
        left.push(claim.topic)
    }
    const feed = this.#feed
    if (feed === undefined) return
    const failed = (error: unknown): void => this.#log("follow-failed", error)
    if (added.length > 0) feed.follow(this.#following(added)).catch(failed)
    if (left.length > 0) feed.leave(left).catch(failed)
  }

  /** Leads payloads to a conversation that now expects them. */
  async dispatch(
    conversation: ConversationId,
    topic: Topic,
    hint: Hint,
    payloads: readonly Uint8Array[],
  ): Promise<void> {
    await Promise.all(payloads.map((payload) => this.#deliver(conversation, { topic, hint, payload })))
  }

  async close(): Promise<void> {
    this.#abort.abort(new ColloquyError("CLIENT_CLOSED", "the client is closed"))
    this.#settleLive()
    await this.#running
  }

  async #run(service: DeliveryService): Promise<void> {
    const { signal } = this.#abort
    let isVoid = false
    while (!signal.aborted) {
      try {
        await this.#read(service, isVoid)
        isVoid = false
      } catch (error) {
        if (signal.aborted || codeOf(error) === "DELIVERY_CLOSED") return
        isVoid = codeOf(error) === "CURSOR_VOID"
        this.#log("feed-reopened", error)
        this.#live = false
        await this.#pause()
      }
    }
  }

  async #read(service: DeliveryService, isVoid: boolean): Promise<void> {
    const { signal } = this.#abort
    const { store, account } = this.#runtime
    const stored = isVoid ? undefined : await store.get(CursorRecordSchema, cursorKey)
    if (isVoid) await this.#voided()
    await using feed = service.open(stored === undefined ? { signal } : { cursor: stored.cursor, signal })
    this.#feed = feed
    if (stored === undefined) this.#since.set(account.inboxTopic, isVoid ? 0 : account.createdAtMs)
    const following = this.#following([account.inboxTopic, ...this.#claims.keys()])
    const followed = feed.follow(following, { signal })
    followed.catch((error: unknown) => this.#log("follow-failed", error))
    for await (const batch of feed) {
      await this.#take(batch, service.scope)
      if (batch.live) {
        this.#live = true
        this.#since.clear()
        this.#settleLive()
      }
    }
    await followed
  }

  async #take(batch: Batch, scope: string): Promise<void> {
    const runtime = this.#runtime
    const arrivals = this.#open(batch)
    const chunks = new Map<Topic, RingChunk>()
    for (const { topic, hint, payload } of arrivals) {
      if (hint === undefined) continue
      const chunk = chunks.get(topic) ?? runtime.ring.begin(topic)
      chunks.set(topic, chunk)
      runtime.ring.put(chunk, hint, payload)
    }
    await this.#route(arrivals)
    const nowMs = runtime.environment.clock.nowMs()
    const cursor = create(CursorRecordSchema, { scope, cursor: batch.cursor, atMs: nowMs })
    const writes = [...runtime.ring.writes(), { key: cursorKey, value: encodeRecord(CursorRecordSchema, cursor) }]
    if (batch.gap !== undefined) {
      const detail = batch.gap.topics === "all" ? "all" : "topics"
      const event = encodeEvent({ kind: "gap", detail }, nowMs)
      writes.push({ key: key("event", be64(runtime.sequence.next())), value: event })
    }
    await this.#persistently(() => runtime.commit(writes))
    if (batch.gap !== undefined) runtime.events.notify()
  }

  /** Reads the envelopes. What is none is counted and gone. */
  #open(batch: Batch): readonly Arrival[] {
    const arrivals: Arrival[] = []
    for (const { topic, payload: bytes } of batch.payloads) {
      const decoded = decodeEnvelope(bytes)
      if (decoded.kind === "refused") {
        this.#runtime.counters.add(decoded.code)
        continue
      }
      const { hint, payload } = decoded.envelope
      arrivals.push({ topic, hint, payload })
    }
    return arrivals
  }

  /** Finds the conversations by hint in one look-up, else by topic, and waits for the outcomes and all that they set off. */
  async #route(arrivals: readonly Arrival[]): Promise<void> {
    const { account, store, ring, counters } = this.#runtime
    const hinted = arrivals.filter(({ hint }) => hint !== undefined)
    const keys = hinted.map(({ topic, hint }) => account.keys.route(topic, hint as Hint))
    const found = await this.#persistently(() => store.getAll(TextRecordSchema, keys))
    const byConversation = new Map<ConversationId, Arrival[]>()
    const send = (conversation: ConversationId, arrival: Arrival): void => {
      const list = byConversation.get(conversation)
      if (list === undefined) byConversation.set(conversation, [arrival])
      else list.push(arrival)
    }
    const targets = new Map(hinted.map((arrival, index) => [arrival, found[index]?.text as ConversationId | undefined]))
    for (const arrival of arrivals) {
      const target = targets.get(arrival)
      const everything = this.#claims.get(arrival.topic)
      if (target !== undefined) {
        ring.take(arrival.topic, arrival.hint as Hint)
        send(target, arrival)
      } else if (everything !== undefined)
        for (const [conversation, wanted] of everything) if (wanted) send(conversation, arrival)
      if (target === undefined) counters.add("PAYLOAD_UNEXPECTED")
    }
    await Promise.all(
      [...byConversation].map(([conversation, list]) =>
        Promise.all(list.map((arrival) => this.#deliver(conversation, arrival))),
      ),
    )
  }

  #deliver(conversation: ConversationId, { topic, hint, payload }: Arrival): Promise<void> {
    const input: ReceiveInput =
      hint === undefined ? { kind: "receive", topic, payload } : { kind: "receive", topic, hint, payload }
    return this.#runtime.instances.deliver(conversation, input, {})
  }

  #following(topics: readonly Topic[]): { topic: Topic; sinceMs?: number }[] {
    return [...new Set(topics)].map((topic) => {
      const sinceMs = this.#since.get(topic)
      return sinceMs === undefined ? { topic } : { topic, sinceMs: Math.max(0, sinceMs) }
    })
  }

  #note({ topic, conversation, everything }: Claim): void {
    const claims = this.#claims.get(topic) ?? new Map<ConversationId, boolean>()
    if (everything === undefined) claims.delete(conversation)
    else claims.set(conversation, everything)
    if (claims.size === 0) this.#claims.delete(topic)
    else this.#claims.set(topic, claims)
  }

  /** The service lost its past, or is another one: what was not read is gone. */
  async #voided(): Promise<void> {
    const runtime = this.#runtime
    const event = encodeEvent({ kind: "gap", detail: "all" }, runtime.environment.clock.nowMs())
    await runtime.commit([
      { key: cursorKey, value: undefined },
      { key: key("event", be64(runtime.sequence.next())), value: event },
    ])
    runtime.events.notify()
  }

  /** Tries until it works: a cursor must not move past what is not committed. */
  async #persistently<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await action()
      } catch (error) {
        if (this.#abort.signal.aborted) throw error
        this.#log("store-retried", error)
        await this.#pause()
      }
    }
  }

  async #pause(): Promise<void> {
    const { signal } = this.#abort
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const cancel = this.#runtime.environment.clock.after(reopenMs, resolve)
      signal.addEventListener("abort", () => (cancel(), resolve()), { once: true })
    })
  }

  #settleLive(): void {
    const waiting = this.#onLive
    this.#onLive = []
    for (const resolve of waiting) resolve()
  }

  #log(event: string, error: unknown): void {
    this.#runtime.environment.logger.log("warn", event, { code: codeOf(error) ?? "UNKNOWN" })
  }
}
