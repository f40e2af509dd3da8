import {
  type Batch,
  be64,
  codeOf,
  ColloquyError,
  type ConversationId,
  type DeliveryService,
  type Feed,
  type Hint,
  type Topic,
} from "@colloquy/core"
import { ClaimRecordSchema, CursorRecordSchema } from "../generated/store_pb.js"
import { encodeEvent } from "../events/event-log.js"
import type { Print } from "../hints/print.js"
import type { Claim } from "../instance/transaction.js"
import { onAbort } from "../signals.js"
import { cursorKey, key } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"
import { ClaimedTopics } from "./claimed-topics.js"
import { CursorSaver } from "./cursor-saver.js"
import { Errands } from "./errands.js"
import { Router } from "./router.js"
import type { Runtime } from "./runtime.js"
import type { Waiting } from "./topic-ring.js"

const reopenMs = 1000
/** How long reading waits for the hints to be loaded. */
const loadingMs = 3000
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
  readonly #router: Router
  readonly #saver: CursorSaver
  /** When the batch of the stored cursor was asked for: the cursor covers what was claimed before. `undefined` without a cursor. */
  #askedAtMs: number | undefined
  /** Where reading begins without a cursor. */
  #beginMs = 0
  #feed: Feed | undefined
  #follows: Promise<unknown> = Promise.resolve()
  #running: Promise<void> | undefined
  #live = false
  readonly #onLive = new Set<() => void>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#errands = new Errands(runtime)
    this.#router = new Router(runtime, this.#claims, this.#errands, (action) => this.#persistently(action))
    this.#saver = new CursorSaver(runtime, this.#errands, (action) => this.#persistently(action))
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
        const settle = (): void => {
          release()
          this.#onLive.delete(settle)
          resolve()
        }
        this.#onLive.add(settle)
        const release = onAbort(signal, settle)
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

  /** Leads what waited in the ring to conversations that expect it now. It stays there until they have dealt with it. */
  async dispatch(conversations: readonly ConversationId[], waiting: readonly Waiting[]): Promise<void> {
    const { ring } = this.#runtime
    const dealWith = async (item: Waiting): Promise<void> => {
      const arrival = { ...ring.read(item), order: item.order }
      await Promise.all(conversations.map((conversation) => this.#errands.send(conversation, arrival).done))
      ring.forget(item)
    }
    await Promise.all(waiting.map(dealWith))
  }

  async close(): Promise<void> {
    this.#abort.abort(new ColloquyError("CLIENT_CLOSED", "the client is closed"))
    this.#settleLive()
    await this.#running
    // What was read is read again where this fails.
    await this.#saver.flush().catch(() => undefined)
  }

  async #run(service: DeliveryService): Promise<void> {
    const { signal } = this.#abort
    let isVoid = false
    const { ring, hints } = this.#runtime
    const print = (topic: Topic, hint: Hint): Print => hints.print(topic, hint)
    await ring.open(this.#runtime.store, print).catch((error: unknown) => this.#log("ring-unread", error))
    this.#takeUp().catch((error: unknown) => this.#log("ring-unread", error))
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
    const { hints, ring } = this.#runtime
    await hints.loaded()
    for (const { topic, print } of ring.waiting()) {
      const found = await hints.find(print)
      const targets = found.filter((conversation) => this.#runtime.registry.runs(conversation))
      if (targets.length > 0 && !this.#abort.signal.aborted)
        this.dispatch(targets, ring.take(topic, print)).catch(() => undefined)
    }
  }

  async #read(service: DeliveryService, isVoid: boolean): Promise<void> {
    const { signal } = this.#abort
    const { store, account, environment } = this.#runtime
    if (isVoid) await this.#voided()
    else await this.#saver.flush()
    const stored = isVoid ? undefined : await store.get(CursorRecordSchema, cursorKey)
    await using feed = service.open(stored === undefined ? { signal } : { cursor: stored.cursor, signal })
    this.#feed = feed
    this.#askedAtMs = stored?.atMs
    this.#beginMs = isVoid ? 0 : account.createdAtMs
    await this.#follow(feed, [account.inboxTopic, ...this.#claims.topics()])
    await this.#hintsLoaded()
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

  /**
   * Each payload that comes before the filter is full costs a look at the store, and a stream of them would leave the loading no time. Where that is
   * slow to end, reading begins nevertheless.
   */
  async #hintsLoaded(): Promise<void> {
    const { hints } = this.#runtime
    if (!hints.isLoaded) await this.#pause(loadingMs, hints.loaded())
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
    const late = await this.#errands.outcomes(await this.#router.route(batch))
    this.#askedAtMs = askedAtMs
    await this.#saver.moved({ scope, cursor: batch.cursor, atMs: askedAtMs }, late, batch)
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
    this.#saver.forget()
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

  /** Ends early with a promise, or when the client closes. */
  async #pause(ms = reopenMs, early?: Promise<void>): Promise<void> {
    const { signal } = this.#abort
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel()
        release()
        resolve()
      }
      const cancel = this.#runtime.environment.clock.after(ms, end)
      const release = onAbort(signal, end)
      void early?.then(end)
    })
  }

  #settleLive(): void {
    for (const settle of this.#onLive) settle()
  }

  #log(event: string, error: unknown): void {
    this.#runtime.environment.logger.log("warn", event, { code: codeOf(error) ?? "UNKNOWN" })
  }
}
