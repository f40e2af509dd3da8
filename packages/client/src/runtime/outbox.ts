import {
  be64,
  codeOf,
  ColloquyError,
  type ConversationId,
  type DeliveryService,
  type MessageId,
  type Topic,
} from "@colloquy/core"
import { OutboxRecordSchema } from "../generated/store_pb.js"
import { onAbort } from "../signals.js"
import type { MessageOrigin } from "../store/inputs.js"
import { key, sequenceOf } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"
import type { Runtime } from "./runtime.js"

/** How many publications may wait, how many are under way at once, and how many bytes of those that wait stay in memory. */
const outboxCountMax = 10_000
const windowMax = 256
const memoryBytesMax = 16 * 1024 * 1024
const retryMinMs = 500
const retryMaxMs = 30_000

export interface OutboxEntry {
  readonly sequence: number
  readonly id: Uint8Array
  readonly topic: Topic
  /** Missing when it was put aside: it is read again from the store. */
  envelope?: Uint8Array | undefined
  readonly origin: MessageOrigin | undefined
  readonly conversation: ConversationId
  readonly expiresAtMs: number
  readonly ephemeral: boolean
  readonly replaces: string
}

type Verdict = { readonly proof: string } | { readonly code: string }

/** Publications that are durable and that the service has not taken yet, sent in order and again until it has. */
export class Outbox {
  readonly #runtime: Runtime
  /** By their numbers. */
  readonly #entries = new Map<number, OutboxEntry>()
  /** Those that are neither with the service nor waiting for what it said to be written. */
  #ready = new Map<number, OutboxEntry>()
  #isInOrder = true
  /** How many are with the service. */
  #underWay = 0
  #memoryBytes = 0
  #service: DeliveryService | undefined
  #abort = new AbortController()
  #retry: (() => void) | undefined
  #retryMs = retryMinMs
  readonly #idle = new Set<() => void>()
  #completed: Uint8Array[] = []
  #completing: Promise<void> | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async open(): Promise<void> {
    for await (const { key: outboxKey, value } of this.#runtime.store.all(key("outbox"))) {
      const record = decodeRecord(OutboxRecordSchema, value)
      const conversation = record.conversation as ConversationId
      const message = record.message as MessageId
      this.#wait({
        sequence: sequenceOf(outboxKey),
        id: record.id,
        topic: record.topic as Topic,
        origin: record.message === "" ? undefined : { conversation, message },
        conversation,
        expiresAtMs: record.expiresAtMs,
        ephemeral: record.ephemeral,
        replaces: record.replaces,
      })
    }
  }

  /** Throws `OUTBOX_FULL` (retry later) when no more publications may wait. */
  assertRoom(): void {
    if (this.#entries.size >= outboxCountMax)
      throw new ColloquyError("OUTBOX_FULL", "too many messages wait to be published", {
        retry: "later",
        fields: { countMax: outboxCountMax },
      })
  }

  get waiting(): number {
    return this.#entries.size
  }

  /** The publication of a conversation that still waits under this key and may be replaced. */
  replaceable(conversation: ConversationId, replaces: string): number | undefined {
    for (const entry of this.#ready.values())
      if (entry.replaces === replaces && entry.conversation === conversation) return entry.sequence
    return undefined
  }

  /** Takes a conversation's publications of a message out, unless one of them is under way or somebody else publishes it. */
  withdraw(conversation: ConversationId, message: MessageId): readonly OutboxEntry[] | undefined {
    const entries = [...this.#entries.values()].filter(
      ({ origin }) => origin?.message === message && origin.conversation === conversation,
    )
    const isOurs = entries.every((entry) => entry.conversation === conversation && this.#ready.has(entry.sequence))
    if (entries.length === 0 || !isOurs) return undefined
    for (const entry of entries) this.#drop(entry)
    return entries
  }

  /** Takes out everything of a conversation that is not under way; {@link withdrawn} or {@link putBack} follows. */
  withdrawAll(conversation: ConversationId): readonly OutboxEntry[] {
    const entries = [...this.#ready.values()].filter((entry) => entry.conversation === conversation)
    for (const entry of entries) this.#drop(entry)
    return entries
  }

  /** What was taken out is out of the store, too: nothing else may wait. */
  withdrawn(): void {
    this.#settleIdle()
  }

  /** What was taken out waits again, in its place. */
  putBack(entries: readonly OutboxEntry[]): void {
    if (entries.length === 0) return
    for (const entry of entries) {
      this.#memoryBytes += entry.envelope?.length ?? 0
      this.#wait(entry)
    }
    this.#isInOrder = false
    this.#flush()
  }

  add(entries: readonly OutboxEntry[], replaced: ReadonlySet<number>): void {
    for (const sequence of replaced) {
      const entry = this.#entries.get(sequence)
      if (entry !== undefined) this.#drop(entry)
    }
    for (const entry of entries) {
      const bytes = entry.envelope?.length ?? 0
      if (this.#memoryBytes + bytes > memoryBytesMax) entry.envelope = undefined
      else this.#memoryBytes += bytes
      this.#wait(entry)
    }
    this.#flush()
  }

  /** Begins to publish over this service. */
  start(service: DeliveryService): void {
    this.#service = service
    this.#flush()
  }

  /** The service is up again: no need to wait any longer. */
  kick(): void {
    this.#retryMs = retryMinMs
    this.#retry?.()
    this.#retry = undefined
    this.#flush()
  }

  /** Resolves when nothing waits, or with the signal; says whether nothing does. */
  async drained(signal: AbortSignal): Promise<boolean> {
    while (this.#entries.size > 0 && !signal.aborted)
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          release()
          this.#idle.delete(settle)
          resolve()
        }
        this.#idle.add(settle)
        const release = onAbort(signal, settle)
      })
    return this.#entries.size === 0
  }

  async close(): Promise<void> {
    this.#abort.abort(new ColloquyError("CLIENT_CLOSED", "the client is closed"))
    this.#retry?.()
    this.#service = undefined
    await this.#completing?.catch(() => undefined)
  }

  #flush(): void {
    const service = this.#service
    if (service === undefined || this.#retry !== undefined) return
    if (!this.#isInOrder) this.#ready = new Map([...this.#ready].sort(([a], [b]) => a - b))
    this.#isInOrder = true
    for (const [sequence, entry] of this.#ready) {
      if (this.#underWay >= windowMax) return
      this.#ready.delete(sequence)
      this.#underWay++
      void this.#publish(service, entry)
    }
  }

  async #publish(service: DeliveryService, entry: OutboxEntry): Promise<void> {
    try {
      const verdict = await this.#offer(service, entry).finally(() => this.#underWay--)
      // Room for the next: a conversation that is slow to hear the verdict holds up no other.
      this.#flush()
      if (verdict === undefined) this.#remove(entry)
      else await this.#settle(entry, verdict)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.#runtime.environment.logger.log("debug", "publish-retried", { code: codeOf(error) ?? "UNKNOWN" })
      this.#later(entry)
    }
  }

  /** What the service says; `undefined` when nothing is left to publish. Rejects when trying again may help. */
  async #offer(service: DeliveryService, entry: OutboxEntry): Promise<Verdict | undefined> {
    const { id, topic, ephemeral, expiresAtMs } = entry
    if (expiresAtMs !== 0 && expiresAtMs <= this.#runtime.environment.clock.nowMs())
      return { code: "PUBLICATION_EXPIRED" }
    const payload = entry.envelope ?? (await this.#read(entry))
    if (payload === undefined) return undefined
    try {
      const { proof } = await service.publish({ id, topic, payload, ephemeral })
      this.#retryMs = retryMinMs
      return { proof }
    } catch (error) {
      if (error instanceof ColloquyError && error.retry === "never" && isVerdict(error.code))
        return { code: error.code }
      throw error
    }
  }

  /** Tells the message's conversation, which writes its new state and deletes the publication in one commit. */
  async #settle(entry: OutboxEntry, verdict: Verdict): Promise<void> {
    const outboxKey = key("outbox", be64(entry.sequence))
    const { origin } = entry
    const instance = origin === undefined ? undefined : await this.#runtime.instances.get(origin.conversation)
    if (origin === undefined || instance === undefined) await this.#complete(outboxKey)
    else await instance.enqueue({ kind: "published", message: origin.message, settles: outboxKey, ...verdict })
    this.#remove(entry)
  }

  /** Deletes publications that bring no message, many in one commit. */
  #complete(outboxKey: Uint8Array): Promise<void> {
    this.#completed.push(outboxKey)
    this.#completing ??= Promise.resolve().then(async () => {
      const writes = this.#completed.map((completed) => ({ key: completed, value: undefined }))
      this.#completed = []
      this.#completing = undefined
      await this.#runtime.commit(writes)
    })
    return this.#completing
  }

  #later(entry: OutboxEntry): void {
    // It may have been replaced meanwhile.
    if (this.#entries.has(entry.sequence)) this.#ready.set(entry.sequence, entry)
    this.#isInOrder = false
    if (this.#retry !== undefined || this.#abort.signal.aborted) return
    const { clock, random } = this.#runtime.environment
    const jitter = 1 + (random(1)[0] as number) / 512
    const cancel = clock.after(this.#retryMs * jitter, () => {
      this.#retry = undefined
      this.#flush()
    })
    this.#retry = cancel
    this.#retryMs = Math.min(this.#retryMs * 2, retryMaxMs)
  }

  #wait(entry: OutboxEntry): void {
    this.#entries.set(entry.sequence, entry)
    this.#ready.set(entry.sequence, entry)
  }

  #drop(entry: OutboxEntry): void {
    this.#ready.delete(entry.sequence)
    if (this.#entries.delete(entry.sequence)) this.#memoryBytes -= entry.envelope?.length ?? 0
  }

  #remove(entry: OutboxEntry): void {
    this.#drop(entry)
    this.#settleIdle()
    this.#flush()
  }

  #settleIdle(): void {
    if (this.#entries.size === 0) for (const settle of this.#idle) settle()
  }

  async #read(entry: OutboxEntry): Promise<Uint8Array | undefined> {
    const record = await this.#runtime.store.get(OutboxRecordSchema, key("outbox", be64(entry.sequence)))
    return record?.envelope
  }
}

/** Whether the service has judged the payload itself: trying again can't help. */
function isVerdict(code: string): boolean {
  return code === "PAYLOAD_TOO_LARGE" || code === "TOPIC_REFUSED" || code === "DELIVERY_REFUSED"
}
