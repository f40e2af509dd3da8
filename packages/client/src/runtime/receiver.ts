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
  type Topic,
} from "@colloquy/core"
import { ClaimRecordSchema, CursorRecordSchema, TextRecordSchema } from "../generated/store_pb.js"
import { encodeEvent } from "../events/event-log.js"
import type { Claim } from "../instance/transaction.js"
import { cursorKey, key } from "../store/keys.js"
import { decodeRecord, encodeRecord } from "../store/store.js"
import { be64 } from "@colloquy/core"
import { ClaimedTopics } from "./claimed-topics.js"
import { type Arrival, type Errand, Errands } from "./errands.js"
import type { RingChunk } from "./ring.js"
import type { Runtime } from "./runtime.js"

const reopenMs = 1000
/** How far back a topic is read that a conversation just began to need. */
const claimHistoryMs = 24 * 60 * 60 * 1000
/** How long the commit of a claim may take: so much older ones are surely part of what the service was asked for. */
const claimMarginMs = 60 * 1000

/** Reads the feed, leads each payload to its conversation, and moves the cursor when everything before it is committed. */
export class Receiver {
  readonly #runtime: Runtime
  readonly #abort = new AbortController()
  readonly #claims = new ClaimedTopics()
  readonly #errands: Errands
  /** When the batch of the stored cursor was asked for: the cursor covers what was claimed before. `undefined` without a cursor. */
  #askedAtMs: number | undefined
  /** Where reading begins without a cursor. */
  #beginMs = 0
  #feed: Feed | undefined
  #follows: Promise<unknown> = Promise.resolve()
  #running: Promise<void> | undefined
  #live = false
  #onLive: (() => void)[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#errands = new Errands(runtime)
  }

  async open(): Promise<void> {
    for await (const { value } of this.#runtime.store.all(key("claim"))) {
      const { topic, conversation, everything, atMs } = decodeRecord(ClaimRecordSchema, value)
      this.#claims.note({ topic: topic as Topic, conversation: conversation as ConversationId, everything }, atMs)
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
      this.#claims.note(claim, nowMs)
      if (!known && this.#claims.has(claim.topic)) added.push(claim.topic)
      if (known && !this.#claims.has(claim.topic) && claim.topic !== this.#runtime.account.inboxTopic)
        left.push(claim.topic)
    }
    const feed = this.#feed
    if (feed === undefined) return
    const failed = (error: unknown): void => this.#log("follow-failed", error)
    if (added.length > 0)
      this.#follows = Promise.all([this.#follows, feed.follow(this.#following(added)).catch(failed)])
    if (left.length > 0) feed.leave(left).catch(failed)
  }

  /** Leads payloads to a conversation that now expects them. */
  async dispatch(
    conversation: ConversationId,
    topic: Topic,
    hint: Hint,
    payloads: readonly Uint8Array[],
  ): Promise<void> {
    await Promise.all(payloads.map((payload) => this.#errands.send(conversation, { topic, hint, payload }).done))
  }

  async close(): Promise<void> {
    this.#abort.abort(new ColloquyError("CLIENT_CLOSED", "the client is closed"))
    this.#settleLive()
    await this.#running
  }

  async #run(service: DeliveryService): Promise<void> {
    const { signal } = this.#abort
    let isVoid = false
    await this.#takeUp().catch((error: unknown) => this.#log("ring-unread", error))
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

  /** What waits in the ring may have become expected just before the last run ended. */
  async #takeUp(): Promise<void> {
    const { account, store, ring, registry } = this.#runtime
    const waiting = [...ring.hints()]
    for (let at = 0; at < waiting.length; at += 256) {
      const some = waiting.slice(at, at + 256)
      const found = await store.getAll(
        TextRecordSchema,
        some.map(({ topic, hint }) => account.keys.route(topic, hint)),
      )
      for (const [index, { topic, hint }] of some.entries()) {
        const target = found[index]?.text as ConversationId | undefined
        if (target === undefined || !registry.runs(target)) continue
        this.dispatch(target, topic, hint, ring.take(topic, hint)).catch(() => undefined)
      }
    }
  }

  async #read(service: DeliveryService, isVoid: boolean): Promise<void> {
    const { signal } = this.#abort
    const { store, account, environment } = this.#runtime
    const stored = isVoid ? undefined : await store.get(CursorRecordSchema, cursorKey)
    if (isVoid) await this.#voided()
    await using feed = service.open(stored === undefined ? { signal } : { cursor: stored.cursor, signal })
    this.#feed = feed
    this.#askedAtMs = stored?.atMs
    this.#beginMs = isVoid ? 0 : account.createdAtMs
    await this.#follow(feed, [account.inboxTopic, ...this.#claims.topics()])
    // A cursor covers what was followed before its batch was asked for.
    let askedAtMs = environment.clock.nowMs()
    for await (const batch of feed) {
      await this.#take(batch, service.scope, askedAtMs)
      if (batch.live) {
        this.#live = true
        this.#settleLive()
      }
      await this.#follows
      askedAtMs = environment.clock.nowMs()
    }
  }

  /** Everything, or where that is too much for the service the account's own topic at least. */
  async #follow(feed: Feed, topics: readonly Topic[]): Promise<void> {
    const { signal } = this.#abort
    try {
      await feed.follow(this.#following(topics), { signal })
    } catch (error) {
      if (codeOf(error) !== "TOPIC_REFUSED" || topics.length === 1) throw error
      this.#log("follow-failed", error)
      await feed.follow(this.#following(topics.slice(0, 1)), { signal })
    }
  }

  async #take(batch: Batch, scope: string, askedAtMs: number): Promise<void> {
    const runtime = this.#runtime
    const arrivals = this.#open(batch)
    const chunks = new Map<Topic, RingChunk>()
    for (const { topic, hint, payload } of arrivals) {
      if (hint === undefined) continue
      const chunk = chunks.get(topic) ?? runtime.ring.begin(topic)
      chunks.set(topic, chunk)
      runtime.ring.put(chunk, hint, payload)
    }
    const errands = await this.#route(arrivals)
    const nowMs = runtime.environment.clock.nowMs()
    const cursor = create(CursorRecordSchema, { scope, cursor: batch.cursor, atMs: askedAtMs })
    const writes = [...runtime.ring.writes(), { key: cursorKey, value: encodeRecord(CursorRecordSchema, cursor) }]
    const kept = this.#errands.keep(errands)
    writes.push(...kept.writes)
    await this.#persistently(() => {
      if (batch.gap === undefined) return runtime.commit(writes)
      const detail = batch.gap.topics === "all" ? "all" : "topics"
      const event = encodeEvent({ kind: "gap", detail }, nowMs)
      // A number given earlier could come behind events that were read meanwhile.
      return runtime.commit([...writes, { key: key("event", be64(runtime.sequence.next())), value: event }])
    })
    this.#askedAtMs = askedAtMs
    kept.committed()
    if (batch.gap !== undefined) runtime.events.notify()
  }

  /** Reads the envelopes. What is none is counted and gone, and so is what nobody asked for: a service may invent topics without end. */
  #open(batch: Batch): readonly Arrival[] {
    const arrivals: Arrival[] = []
    const { counters, account } = this.#runtime
    for (const { topic, payload: bytes } of batch.payloads) {
      if (topic !== account.inboxTopic && !this.#claims.has(topic)) {
        counters.add("TOPIC_UNEXPECTED")
        continue
      }
      const decoded = decodeEnvelope(bytes)
      if (decoded.kind === "refused") {
        counters.add(decoded.code)
        continue
      }
      const { hint, payload } = decoded.envelope
      arrivals.push({ topic, hint, payload })
    }
    return arrivals
  }

  /**
   * Finds the conversations by hint in one look-up, else by topic, and waits for the outcomes and all that they set off, but not for long.
   * Resolves with what still has no outcome. Throws when the client closes first.
   */
  async #route(arrivals: readonly Arrival[]): Promise<readonly Errand[]> {
    const { account, store, ring, counters, registry } = this.#runtime
    const hinted = arrivals.filter(({ hint }) => hint !== undefined)
    const keys = hinted.map(({ topic, hint }) => account.keys.route(topic, hint as Hint))
    const found = await this.#persistently(() => store.getAll(TextRecordSchema, keys))
    const targets = new Map(hinted.map((arrival, index) => [arrival, found[index]?.text as ConversationId | undefined]))
    const errands: Errand[] = []
    for (const arrival of arrivals) {
      const target = targets.get(arrival)
      const wanted = target === undefined ? this.#claims.wanting(arrival.topic) : [target]
      const running = wanted.filter((conversation) => registry.runs(conversation))
      if (running.length === 0) {
        // It stays in the ring: a type that is not registered now may be again.
        counters.add(wanted.length === 0 ? "PAYLOAD_UNEXPECTED" : "TYPE_UNREGISTERED")
        continue
      }
      if (arrival.hint !== undefined) ring.take(arrival.topic, arrival.hint)
      for (const conversation of running) errands.push(this.#errands.send(conversation, arrival))
    }
    return this.#errands.outcomes(errands)
  }

  #following(topics: readonly Topic[]): { topic: Topic; sinceMs?: number }[] {
    return [...new Set(topics)].map((topic) => {
      const sinceMs = this.#sinceMs(topic)
      return sinceMs === undefined ? { topic } : { topic, sinceMs }
    })
  }

  /** From when on a topic is read besides what comes after the cursor. */
  #sinceMs(topic: Topic): number | undefined {
    if (this.#askedAtMs === undefined) return this.#beginMs
    const claimedAtMs = this.#claims.sinceMs(topic)
    if (claimedAtMs === undefined || claimedAtMs < this.#askedAtMs - claimMarginMs) return undefined
    return Math.max(0, claimedAtMs - claimHistoryMs)
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
      const end = (): void => {
        cancel()
        signal.removeEventListener("abort", end)
        resolve()
      }
      const cancel = this.#runtime.environment.clock.after(reopenMs, end)
      signal.addEventListener("abort", end)
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
