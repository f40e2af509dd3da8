import { be64, type ConversationId, empty, equalBytes, type MessageId, type Topic, type Write } from "@colloquy/core"
import type { EventDraft } from "../events/event-log.js"
import { encodeEvent } from "../events/event-log.js"
import type { MessageRecord } from "../generated/store_pb.js"
import { OutboxRecordSchema } from "../generated/store_pb.js"
import type { HintDraft } from "../hints/hint-index.js"
import type { OutboxEntry } from "../runtime/outbox.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { encodeInput, type MessageOrigin, type Origin, type StoredInput } from "../store/inputs.js"
import { encodeRecord } from "../store/store.js"

export interface PublicationDraft {
  readonly topic: Topic
  readonly envelope: Uint8Array
  readonly origin: MessageOrigin | undefined
  readonly conversation: ConversationId
  readonly expiresAtMs: number
  readonly ephemeral: boolean
  readonly replaces: string
}

/** A topic of its own that a conversation needs, or no longer does where `everything` is missing. */
export interface Claim {
  readonly topic: Topic
  readonly conversation: ConversationId
  /** Payloads without a hint are the conversation's, too. */
  readonly everything?: boolean
}

export interface InputDraft {
  readonly target: ConversationId
  readonly input: StoredInput
  readonly origin: Origin | undefined
}

/** What one accepted step wants to happen. Plans are made before anything changes, so that a step that fails leaves no trace. */
export class Plan {
  readonly writes: Write[] = []
  readonly events: EventDraft[] = []
  readonly publications: PublicationDraft[] = []
  readonly inputs: InputDraft[] = []
  /** In order: a later one about the same hint counts. */
  readonly hints: HintDraft[] = []
  readonly claims: Claim[] = []
  readonly messages = new Map<string, MessageRecord>()
  readonly wipe: Uint8Array[] = []
  /** Deadlines of conversations that this plan begins. */
  readonly wakes: number[] = []
  /** When messages of this plan disappear. */
  readonly expiries: number[] = []
  /** Conversations that another one joins. */
  readonly threads: ConversationId[] = []
  sent: MessageId | undefined
  offer: Uint8Array | undefined
  activity = false
}

/** The plans of up to 64 steps, committed once. */
export class Transaction implements Disposable {
  readonly #runtime: Runtime
  readonly writes: Write[] = []
  readonly #events: EventDraft[] = []
  readonly #publications: PublicationDraft[] = []
  readonly #inputs: InputDraft[] = []
  readonly #hints: HintDraft[] = []
  readonly #claims: Claim[] = []
  readonly #wipe: Uint8Array[] = []
  readonly #wakes: number[] = []
  readonly #expiries: number[] = []
  readonly #threads: ConversationId[] = []
  readonly #erased = new Set<MessageId>()
  readonly #turns = new Map<string, () => void>()
  /** Messages as this transaction leaves them, for the steps that come after in it. */
  readonly messages = new Map<string, MessageRecord>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  add(plan: Plan): void {
    this.writes.push(...plan.writes)
    this.#events.push(...plan.events)
    this.#publications.push(...plan.publications)
    this.#inputs.push(...plan.inputs)
    this.#hints.push(...plan.hints)
    this.#claims.push(...plan.claims)
    this.#wipe.push(...plan.wipe)
    this.#wakes.push(...plan.wakes)
    this.#expiries.push(...plan.expiries)
    this.#threads.push(...plan.threads)
    for (const [id, message] of plan.messages) this.messages.set(id, message)
  }

  /** What this transaction is about to write under a key: nothing where it writes none, and a missing value where it deletes. */
  pending(wanted: Uint8Array): Pick<Write, "value"> | undefined {
    return this.writes.findLast((write) => equalBytes(write.key, wanted))
  }

  /** For the steps that come after in it, the message is gone. */
  erase(message: MessageId): void {
    this.messages.delete(message)
    this.#erased.add(message)
  }

  erased(message: MessageId): boolean {
    return this.#erased.has(message)
  }

  /** Waits for a turn, and keeps it for as long as this transaction lasts. */
  async turn(name: string): Promise<void> {
    if (!this.#turns.has(name)) this.#turns.set(name, await this.#runtime.beginnings.take(name))
  }

  /** Once it is committed, or given up. */
  [Symbol.dispose](): void {
    for (const end of this.#turns.values()) end()
    this.#turns.clear()
  }

  expires(atMs: number): void {
    this.#expiries.push(atMs)
  }

  /** A conversation that goes expects nothing any more. */
  drop(hint: Omit<HintDraft, "add">): void {
    this.#hints.push({ ...hint, add: false })
  }

  claim(claims: readonly Claim[]): void {
    this.#claims.push(...claims)
  }

  event(draft: EventDraft): void {
    this.#events.push(draft)
  }

  /**
   * Commits everything at once, then lets the effects go. Numbers are given here and not earlier, in the same turn as the call of the storage,
   * so that whoever reads events or the outbox in order never sees a later one first.
   * Resolves with what the commit set off in other instances.
   */
  async commit(): Promise<readonly Promise<void>[]> {
    const runtime = this.#runtime
    const { sequence, environment, hints } = runtime
    const room = this.#hints.length > 0 ? hints.room() : undefined
    if (room !== undefined) await room
    const nowMs = environment.clock.nowMs()
    for (const draft of this.#events)
      this.writes.push({ key: key("event", be64(sequence.next())), value: encodeEvent(draft, nowMs) })
    const replaced = new Set<number>()
    const entries = this.#publications.map((draft) => {
      if (draft.replaces !== "") {
        const waiting = runtime.outbox.replaceable(draft.conversation, draft.replaces)
        if (waiting !== undefined) {
          replaced.add(waiting)
          this.writes.push({ key: key("outbox", be64(waiting)), value: undefined })
        }
      }
      const entry = outboxEntry(draft, sequence.next(), environment.random(16))
      this.writes.push({ key: key("outbox", be64(entry.sequence)), value: encodeOutboxEntry(entry) })
      return entry
    })
    const inputs = this.#inputs.map((draft) => {
      const durable = key("input", runtime.account.keys.conversation(draft.target), be64(sequence.next()))
      this.writes.push({ key: durable, value: encodeInput(draft.target, draft.input, nowMs, draft.origin) })
      return { ...draft, durable }
    })
    const plan = hints.plan(this.#hints)
    this.writes.push(...plan.writes)
    if (this.writes.length > 0) await runtime.commit(this.writes)
    plan.committed()
    environment.crypto.wipe(...this.#wipe)
    if (entries.length > 0) runtime.outbox.add(entries, replaced)
    if (this.#events.length > 0) runtime.events.notify()
    for (const wakeAtMs of this.#wakes) runtime.scheduler.note(wakeAtMs)
    await Promise.all(this.#threads.map((thread) => runtime.instances.threadChanged(thread)))
    for (const expiresAtMs of this.#expiries) runtime.expiry.note(expiresAtMs)
    if (this.#claims.length > 0) runtime.receiver.claim(this.#claims)
    const cascades = inputs.map(({ target, input, origin, durable }) =>
      runtime.instances.deliver(target, input, { durable, ...(origin === undefined ? {} : { origin }) }),
    )
    for (const { topic, print, conversation } of plan.added) {
      const waiting = runtime.ring.take(topic, print)
      if (waiting.length > 0) cascades.push(runtime.receiver.dispatch([conversation], waiting))
    }
    // Whoever waits for them sees them fail; nobody has to.
    for (const cascade of cascades) cascade.catch(() => undefined)
    return cascades
  }
}

function outboxEntry(draft: PublicationDraft, sequence: number, id: Uint8Array): OutboxEntry {
  const { topic, envelope, origin, conversation, expiresAtMs, ephemeral, replaces } = draft
  return { sequence, id, topic, envelope, origin, conversation, expiresAtMs, ephemeral, replaces }
}

function encodeOutboxEntry(entry: OutboxEntry): Uint8Array {
  return encodeRecord(OutboxRecordSchema, {
    $typeName: "colloquy.client.store.v1.OutboxRecord",
    id: entry.id,
    topic: entry.topic,
    envelope: entry.envelope ?? empty,
    conversation: entry.origin?.conversation ?? entry.conversation,
    message: entry.origin?.message ?? "",
    expiresAtMs: entry.expiresAtMs,
    ephemeral: entry.ephemeral,
    replaces: entry.replaces,
  })
}
