import { create } from "@bufbuild/protobuf"
import {
  type AnyConversationType,
  ColloquyError,
  type ConversationId,
  type Participant,
  type Entry,
  type Resident,
  type Shape,
  type StatefulResident,
  type TypeId,
} from "@colloquy/core"
import { InputRecordSchema, InstanceRecordSchema, TextRecordSchema } from "../generated/store_pb.js"
import { startContext } from "../instance/context.js"
import { checkedDeadline, typeFault } from "../instance/checks.js"
import { type Header, headerFromRecord, headerWrites, newHeader } from "../instance/header.js"
import { Instance } from "../instance/instance.js"
import { clean, Pieces } from "../instance/pieces.js"
import { assertOwnId, planEffects } from "../instance/plan.js"
import { Transaction } from "../instance/transaction.js"
import type { Work } from "../instance/work.js"
import { inputFromRecord, type StoredInput } from "../store/inputs.js"
import { key } from "../store/keys.js"
import { decodeRecord, encodeRecord } from "../store/store.js"
import { plainResident } from "./plain-resident.js"
import type { Runtime } from "./runtime.js"

/** How many idle instances stay loaded. */
const loadedMax = 1024
/** What failed is tried again after this time, which doubles while nothing works. */
const retryMinMs = 1000
const retryMaxMs = 30_000
const closeMaxMs = 5000

/** The instances that run, loaded when something arrives for them and forgotten when idle. */
export class Instances {
  readonly #runtime: Runtime
  readonly #running = new Map<ConversationId, Instance>()
  readonly #loading = new Map<ConversationId, Promise<Instance | undefined>>()
  readonly #pieces = new Map<string, Pieces>()
  readonly #senders = new Map<ConversationId, ConversationId>()
  readonly #residents = new Map<TypeId, ConversationId>()
  #retryMs = retryMinMs
  /** What all that failed waits for: they are tried again together, and stepped in the order in which they came. */
  #pause: { readonly over: Promise<void>; end(): void } | undefined
  #closed: ColloquyError | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Starts the residents that the store does not know yet, and takes up the inputs that were left. */
  async open(): Promise<void> {
    for (const type of this.#runtime.registry.types) {
      const resident = await this.#openResident(type).catch((error: unknown) => {
        throw typeFault(error, type)
      })
      this.#residents.set(type.id, resident)
    }
    // All at once, before what they set off is stored among them.
    const left: Entry[] = []
    for await (const entry of this.#runtime.store.all(key("input"))) left.push(entry)
    for (const { key: durable, value } of left) {
      const record = decodeRecord(InputRecordSchema, value)
      const read = inputFromRecord(record)
      if (read === undefined) continue
      const { input, origin } = read
      const options = origin === undefined ? { durable } : { durable, origin }
      this.deliver(record.conversation as ConversationId, input, options).catch(() => undefined)
    }
  }

  /** The instance with this id; `undefined` when there is none, or its type is not registered. */
  async get(id: ConversationId): Promise<Instance | undefined> {
    if (this.#closed !== undefined) throw this.#closed
    const running = this.#running.get(id)
    if (running !== undefined) return running
    const loading = this.#loading.get(id) ?? this.#load(id)
    this.#loading.set(id, loading)
    return loading
  }

  async storedHeader(id: ConversationId): Promise<Header | undefined> {
    const record = await this.#runtime.store.get(
      InstanceRecordSchema,
      key("instance", this.#runtime.account.keys.conversation(id)),
    )
    return record === undefined ? undefined : headerFromRecord(record)
  }

  /**
   * Hands an input to its instance, again and again until its outcome, and all that it set off, is durable. Rejects once the client closes.
   * An instance whose record is damaged, or whose type is not registered, gets nothing: it must not hold up the others.
   */
  async deliver(
    target: ConversationId,
    input: StoredInput,
    options: Pick<Work, "durable" | "origin" | "order">,
  ): Promise<void> {
    for (;;) {
      try {
        const instance = await this.get(target)
        if (instance === undefined) return
        const { cascades } = await instance.enqueue(input, options)
        this.#retryMs = retryMinMs
        await Promise.all(cascades)
        return
      } catch (error) {
        if (this.#closed !== undefined) throw this.#closed
        const code = error instanceof ColloquyError ? error.code : "UNKNOWN"
        if (code === "STORE_DAMAGED") {
          this.#runtime.environment.logger.log("error", "input-undeliverable", { code })
          return
        }
        this.#runtime.environment.logger.log("warn", "input-retried", { code })
        await this.#pausing()
      }
    }
  }

  residentOf(type: string): ConversationId | undefined {
    return this.#residents.get(type as TypeId)
  }

  /** The resident that brings parcels to someone whose introduction is at hand: the first registered type that can. */
  residentCarrier(): { readonly type: TypeId; readonly id: ConversationId } | undefined {
    const type = this.#runtime.registry.types.find(({ resident }) => resident?.machine.carries === true)
    const id = type === undefined ? undefined : this.#residents.get(type.id)
    return type === undefined || id === undefined ? undefined : { type: type.id, id }
  }

  /** What people began with each other at once, or again: the conversation that shows it all, then the others. */
  async threadOf(id: ConversationId): Promise<readonly Header[]> {
    const first = this.#running.get(id)?.header() ?? (await this.storedHeader(id))
    if (first === undefined) return []
    const { account } = this.#runtime
    const [peer, another] = first.participants.filter((participant) => participant !== account.participant)
    if (peer === undefined || another !== undefined) return [first]
    const others = await this.withPeer(peer)
    return [first, ...others.filter((header) => header.thread === id)]
  }

  /** The conversations of two with this participant. */
  async withPeer(peer: Participant): Promise<readonly Header[]> {
    const headers: Header[] = []
    for await (const { value } of this.#runtime.store.all(key("peer", this.#runtime.account.keys.blind(peer)))) {
      const id = decodeRecord(TextRecordSchema, value).text as ConversationId
      const header = this.#running.get(id)?.header() ?? (await this.storedHeader(id))
      if (header !== undefined) headers.push(header)
    }
    return headers
  }

  /** Of a loaded thread's conversations, the one that is sent on: the smallest id, which both sides agree on. */
  senderOf(thread: ConversationId): ConversationId {
    return this.#senders.get(thread) ?? thread
  }

  /** Another conversation joined a thread, or its people were judged anew. */
  async threadChanged(thread: ConversationId): Promise<void> {
    const usable = (await this.threadOf(thread)).filter(({ consent, canSend }) => consent !== "denied" && canSend)
    // Where nothing was heard yet, nobody may be listening.
    const heard = usable.filter((header) => header.heard)
    const sender = (heard.length > 0 ? heard : usable).map(({ conversation }) => conversation).sort()[0] ?? thread
    if (sender === thread) this.#senders.delete(thread)
    else this.#senders.set(thread, sender)
  }

  /** An open conversation that can bring parcels to this participant. */
  async carrierTo(participant: string): Promise<ConversationId | undefined> {
    const { keys } = this.#runtime.account
    for await (const { value } of this.#runtime.store.all(key("carrier", keys.blind(participant)))) {
      const id = decodeRecord(TextRecordSchema, value).text as ConversationId
      const header = this.#running.get(id)?.header() ?? (await this.storedHeader(id))
      if (header?.consent === "allowed") return id
    }
    return undefined
  }

  piecesOf(type: AnyConversationType, resident: boolean): Pieces {
    const name = `${type.id} ${resident ? "resident" : "conversation"}`
    const known = this.#pieces.get(name)
    if (known !== undefined) return known
    const shape = resident ? residentFor(type).state : type.conversation?.state
    const pieces = new Pieces((shape ?? {}) as Shape, this.#runtime.account.keys)
    this.#pieces.set(name, pieces)
    return pieces
  }

  residentMachine(type: AnyConversationType): Resident<Shape> {
    return residentFor(type).machine as Resident<Shape>
  }

  /** A conversation is gone: what comes for it finds nothing. */
  forget(id: ConversationId): void {
    this.#running.delete(id)
  }

  /** Forgets idle instances beyond the bound, those first that were loaded first. */
  rest(): void {
    if (this.#running.size <= loadedMax) return
    for (const [id, instance] of this.#running) {
      if (this.#running.size <= loadedMax) return
      if (!instance.idle) continue
      instance.retire()
      this.#running.delete(id)
      this.#senders.delete(id)
    }
  }

  /** Waits for the steps under way, but not for ever: what they would have changed is not committed then. */
  async close(reason: ColloquyError): Promise<void> {
    this.#closed = reason
    this.#pause?.end()
    const closing = Promise.all([...this.#running.values()].map((instance) => instance.close(reason)))
    let cancel = (): void => undefined
    const patience = new Promise<void>((resolve) => {
      cancel = this.#runtime.environment.clock.after(closeMaxMs, resolve)
    })
    await Promise.race([closing, patience])
    cancel()
    this.#running.clear()
  }

  /** A while, or until the client closes. */
  #pausing(): Promise<void> {
    if (this.#pause !== undefined) return this.#pause.over
    let end = (): void => undefined
    const over = new Promise<void>((resolve) => {
      end = () => {
        cancel()
        this.#pause = undefined
        resolve()
      }
    })
    const cancel = this.#runtime.environment.clock.after(this.#retryMs, end)
    this.#retryMs = Math.min(2 * this.#retryMs, retryMaxMs)
    this.#pause = { over, end }
    return over
  }

  async #load(id: ConversationId): Promise<Instance | undefined> {
    try {
      const header = await this.storedHeader(id)
      const type = header === undefined ? undefined : this.#runtime.registry.get(header.type)
      if (header === undefined || type === undefined) return undefined
      if (type.declaration.membership?.onePerPair === true && !header.resident) await this.threadChanged(id)
      const instance = new Instance(this.#runtime, type, header)
      this.#running.set(id, instance)
      return instance
    } finally {
      this.#loading.delete(id)
    }
  }

  async #openResident(type: AnyConversationType): Promise<ConversationId> {
    const runtime = this.#runtime
    const residentKey = key("resident", runtime.account.keys.blind(type.id))
    const known = await runtime.store.get(TextRecordSchema, residentKey)
    if (known !== undefined) return known.text as ConversationId

    const nowMs = runtime.environment.clock.nowMs()
    const machine = this.residentMachine(type)
    const context = startContext(runtime, type, nowMs)
    const started = machine.start(context)
    const { conversation } = started
    const wakeAtMs = checkedDeadline(started)
    assertOwnId(type, conversation)
    const blinded = runtime.account.keys.conversation(conversation)
    const pieces = this.piecesOf(type, true)
    const state = pieces.blank()
    const dirty = clean()
    pieces.check(state, started.patch)
    pieces.apply(state, started.patch, dirty)
    const header = newHeader(conversation, type.id, {
      resident: true,
      consent: "allowed",
      wakeAtMs,
      nowMs,
      thread: undefined,
    })
    const transaction = new Transaction(runtime)
    const subject = { id: conversation, blinded, thread: conversation, log: blinded, type, header: () => header }
    const plan = await planEffects(runtime, transaction, subject, started.effects, {
      nowMs,
      routes: {
        before: () => [],
        after: () => machine.routes(state as never, { ...context, conversation, consent: "allowed" }),
      },
    })
    if (wakeAtMs !== undefined) plan.wakes.push(wakeAtMs)
    transaction.add(plan)
    transaction.writes.push(
      { key: residentKey, value: encodeRecord(TextRecordSchema, create(TextRecordSchema, { text: conversation })) },
      ...headerWrites(runtime.account.keys, blinded, undefined, header),
      ...pieces.writes(state, dirty, blinded),
    )
    void (await transaction.commit())
    return conversation
  }
}

function residentFor(type: AnyConversationType): StatefulResident<Shape> {
  return (type.resident as StatefulResident<Shape> | undefined) ?? plainResident(type.declaration.conversationIds.from)
}
