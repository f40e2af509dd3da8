import {
  ColloquyError,
  type ConversationId,
  type IntroductionInput,
  type ResidentEffect,
  type Route,
} from "@colloquy/core"
import type { OutboxEntry } from "../runtime/outbox.js"
import type { Runtime } from "../runtime/runtime.js"
import type { Blinded } from "../store/keys.js"
import type { IntroduceRequest } from "../store/inputs.js"
import { planBegin, Refusal } from "./begin.js"
import { loseCarried, messageOf } from "./carried.js"
import { checkedDeadline, isReason, isStoreError, typeFault } from "./checks.js"
import { changeConsent, arrived, unheardCode } from "./consent.js"
import { stepContext } from "./context.js"
import { keepForLater, planRestore } from "./dormant.js"
import { type Header, headerWrites, withStep, withView } from "./header.js"
import { knownUnder, noteUnder } from "./idempotency.js"
import { Laters } from "./laters.js"
import { cancelled, disappear, erase, published, withdraw } from "./message-tasks.js"
import { clean, type Dirty, type Pieces } from "./pieces.js"
import { planEffects } from "./plan.js"
import { planRemoval } from "../conversations/remove.js"
import type { Loaded, Runner } from "./runner.js"
import type { Subject } from "./subject.js"
import { Transaction } from "./transaction.js"
import { type ConsentChange, isKept, type Settled, type Task, type Work } from "./work.js"
import { WorkQueue } from "./work-queue.js"

/** How many inputs are stepped in memory before they are committed together. */
const batchMax = 256

/**
 * One conversation or resident while it runs: a queue of inputs, stepped one at a time, committed in batches.
 * When a commit fails, what is in memory is dropped and loaded again: the store is right.
 */
export class Instance implements Subject {
  readonly id: ConversationId
  readonly blinded: Blinded
  readonly thread: ConversationId
  readonly log: Blinded
  readonly type: Subject["type"]
  readonly #runtime: Runtime
  readonly #pieces: Pieces
  readonly #runner: Runner
  #header: Header
  #loaded: Loaded | undefined
  readonly #queue = new WorkQueue()
  /** How many of the next inputs are stepped and committed one by one. */
  #alone = 0
  #closed: ColloquyError | undefined
  #retired = false
  /** Publications taken from the outbox by cancellations, or a removal, that are not committed yet. */
  #withdrawn: OutboxEntry[] = []
  #removed = false
  #running: Promise<void> | undefined

  constructor(runtime: Runtime, type: Subject["type"], header: Header) {
    this.#runtime = runtime
    this.id = header.conversation
    this.blinded = runtime.account.keys.conversation(this.id)
    this.thread = header.thread ?? this.id
    this.log = header.thread === undefined ? this.blinded : runtime.account.keys.conversation(header.thread)
    this.type = type
    this.#header = header
    this.#pieces = runtime.instances.piecesOf(type, header.resident)
    this.#runner = (header.resident ? runtime.instances.residentMachine(type) : type.conversation?.machine) as Runner
  }

  header(): Header {
    return this.#header
  }

  /** Nothing to do and nothing under way: it can be forgotten, the store has everything. */
  get idle(): boolean {
    return this.#queue.length === 0 && this.#running === undefined
  }

  /** Resolves once the outcome is durable. Rejects when it can't be made so, or the client closes first. */
  enqueue(task: Task, options: Omit<Work, "task" | "resolve" | "reject"> = {}): Promise<Settled> {
    if (this.#retired) return this.#elsewhere(task, options)
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed)
        return
      }
      this.#queue.add({ task, ...options, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** It was forgotten while idle: another one may stand for the same conversation, and two must never step its state. */
  retire(): void {
    this.#retired = true
  }

  async #elsewhere(task: Task, options: Omit<Work, "task" | "resolve" | "reject">): Promise<Settled> {
    const instance = await this.#runtime.instances.get(this.id)
    if (instance === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
    return instance.enqueue(task, options)
  }

  /** Waits for the step under way; what is still queued is rejected. */
  async close(reason: ColloquyError): Promise<void> {
    this.#closed = reason
    for (const work of this.#queue.takeAll()) work.reject(reason)
    await this.#running
  }

  async #run(): Promise<void> {
    // The first turn lets everything that arrives together be stepped together.
    await Promise.resolve()
    while (this.#queue.length > 0) {
      const batch: Work[] = []
      try {
        await this.#runBatch(batch)
      } catch (error) {
        this.#loaded = undefined
        this.#removed = false
        this.#putBack(this.#withdrawn)
        await this.#reloadHeader()
        await this.#failed(this.#queue.revoke(batch, error), error)
      }
    }
    this.#running = undefined
    this.#runtime.instances.rest()
  }

  /**
   * A batch that could not be committed. When that was the store, whoever asked learns of it. Else the type made something of one input that
   * cannot be written: each is tried alone, and that one is refused.
   */
  async #failed(batch: readonly Work[], error: unknown): Promise<void> {
    const [first] = batch
    if (first === undefined || isStoreError(error) || isReason(error, this.#closed)) {
      for (const work of batch) work.reject(error)
      return
    }
    if (batch.length > 1) {
      this.#queue.putBack(batch)
      this.#alone = batch.length
      return
    }
    const { code } = typeFault(error, this.type)
    this.#reportFault(code, first.task)
    const settled = [first.durable, first.later].filter((stored) => stored !== undefined)
    try {
      if (settled.length > 0) await this.#runtime.commit(settled.map((stored) => ({ key: stored, value: undefined })))
      this.#runtime.counters.add(code)
      first.resolve({ outcome: "refused", code, cascades: [] })
    } catch (failure) {
      first.reject(failure)
    }
  }

  async #runBatch(batch: Work[]): Promise<void> {
    const max = this.#alone > 0 ? 1 : batchMax
    if (this.#alone > 0) this.#alone--
    using transaction = new Transaction(this.#runtime)
    const dirty = clean()
    const before = this.#header
    const settled: { work: Work; result: Omit<Settled, "cascades"> }[] = []
    let accepted = false
    while (this.#queue.length > 0 && batch.length < max && !this.#removed) {
      const work = this.#queue.next() as Work
      batch.push(work)
      const result = await this.#handle(work, transaction, dirty)
      if (result.outcome === "next") accepted = true
      settled.push({ work, result })
    }
    if (this.#loaded !== undefined && !this.#removed && dirty.cells.size + dirty.rows.size > 0) {
      transaction.writes.push(...this.#pieces.writes(this.#loaded.state, dirty, this.blinded))
      if (this.#runner.view !== undefined) this.#header = withView(this.#header, this.#runner.view(this.#loaded.state))
    }
    const after = this.#removed ? undefined : this.#header
    transaction.writes.push(...headerWrites(this.#runtime.account.keys, this.blinded, before, after))
    const cascades = await transaction.commit()
    this.#queue.confirm()
    if (this.#removed) this.#leave()
    if (this.#withdrawn.length > 0) this.#runtime.outbox.withdrawn()
    this.#withdrawn = []
    if (before.wakeAtMs !== this.#header.wakeAtMs) this.#runtime.scheduler.note(this.#header.wakeAtMs)
    if (this.#header.heard !== before.heard) await this.#runtime.instances.threadChanged(this.thread)
    if (this.#header.lastTimestampMs !== before.lastTimestampMs) this.#touchThread()
    for (const { work, result } of settled) work.resolve({ ...result, cascades })
    if (accepted) this.#retryLaters()
  }

  async #handle(work: Work, transaction: Transaction, dirty: Dirty): Promise<Omit<Settled, "cascades">> {
    const { task, durable, later } = work
    const { counters } = this.#runtime
    if (task.kind === "published") return published(this.#runtime, this, task, transaction)
    if (task.kind === "consent") return this.#consent(task, transaction)
    if (task.kind === "erase") return erase(this.#runtime, this, task, transaction)
    if (task.kind === "disappear") {
      this.#header = { ...this.#header, disappearAfterMs: task.afterMs }
      return disappear(this.#runtime, this, task, transaction)
    }
    if (task.kind === "touch") {
      this.#header = { ...this.#header, lastTimestampMs: Math.max(task.atMs, this.#header.lastTimestampMs) }
      return { outcome: "next" }
    }
    if (task.kind === "remove") return this.#remove(transaction)
    if (this.#header.dormant) return this.#dormant(work, transaction)
    if (task.kind === "backup") return this.#backup()
    if (task.kind === "restore") return { outcome: "known" }
    if (work.idempotencyKey !== undefined) {
      const known = await knownUnder(this.#runtime, this, work.idempotencyKey, transaction)
      if (known !== undefined) return { outcome: "known", message: known }
    }
    const withdrawn = task.kind === "cancel" ? await withdraw(this.#runtime, this, task, transaction) : []
    if (withdrawn === undefined) return { outcome: "refused", code: "TOO_LATE" }
    this.#withdrawn.push(...withdrawn)
    const loaded = (this.#loaded ??= await this.#load())
    const result = await this.#step(work, loaded, transaction, dirty)
    if (task.kind === "cancel" && result.outcome === "next")
      await cancelled(this.#runtime, this, task, withdrawn, transaction)
    else this.#putBack(withdrawn)
    if (task.kind === "carry" && result.outcome === "refused")
      loseCarried(this.#runtime, work, task.to, transaction, result.code)
    else if (durable !== undefined) transaction.writes.push({ key: durable, value: undefined })
    if (result.outcome === "later" && isKept(task)) {
      const nowMs = this.#runtime.environment.clock.nowMs()
      const { laters } = loaded
      if (later === undefined) transaction.writes.push(...laters.keep(this.#runtime, task, work.origin, nowMs))
      else transaction.writes.push(...laters.again(later, nowMs))
    } else if (later !== undefined) transaction.writes.push(...loaded.laters.settle(later))
    if (result.outcome === "refused" && result.code !== undefined) counters.add(result.code)
    return result
  }

  async #step(
    work: Work,
    { state }: Loaded,
    transaction: Transaction,
    dirty: Dirty,
  ): Promise<Omit<Settled, "cascades">> {
    const runtime = this.#runtime
    const { task, origin } = work
    const unheard = unheardCode(task, this.#header)
    if (unheard !== undefined) return { outcome: "refused", code: unheard }
    const nowMs = runtime.environment.clock.nowMs()
    const context = stepContext(runtime, this.type, this.id, this.#header.consent, nowMs)
    let step: ReturnType<Runner["step"]>
    try {
      const input = task.kind === "introduce" ? await this.#introduction(task) : task
      step = this.#runner.step(state, input, context)
      const outcome = step instanceof Promise ? await step : step
      if (outcome.kind === "refused" || outcome.kind === "later") return { outcome: outcome.kind, code: outcome.code }
      const wakeAtMs = checkedDeadline(outcome)
      this.#pieces.check(state, outcome.patch)
      const plan = await planEffects(runtime, transaction, this, outcome.effects, {
        nowMs,
        ...(task.kind === "send" ? { content: task.content } : {}),
        ...(task.kind === "carry" ? messageOf(origin) : {}),
        routes: {
          before: () => this.#runner.routes(state, context),
          after: () => this.#runner.routes(this.#pieces.preview(state, outcome.patch), context),
        },
      })
      for (const effect of outcome.effects as readonly ResidentEffect[]) {
        if (effect.kind !== "begin") continue
        const refusal = await planBegin(runtime, transaction, this, effect, nowMs, plan)
        if (refusal !== undefined) return { outcome: "refused", code: refusal.code }
      }
      if (task.kind === "send" && plan.sent === undefined)
        throw new ColloquyError("EFFECT_MISSING", `${this.type.id} accepted a send and named no message`)
      if (work.idempotencyKey !== undefined && plan.sent !== undefined)
        plan.writes.push(noteUnder(this.#runtime, this, work.idempotencyKey, plan.sent))
      plan.wipe.push(...(outcome.wipe ?? []))
      this.#pieces.apply(state, outcome.patch, dirty)
      transaction.add(plan)
      this.#queue.pull(runtime, this.id, plan.hints)
      const lastTimestampMs = plan.activity
        ? Math.max(nowMs, this.#header.lastTimestampMs)
        : this.#header.lastTimestampMs
      this.#header = withStep(this.#header, { wakeAtMs, lastTimestampMs, ...arrived(task, this.#header) })
      return {
        outcome: "next",
        ...(plan.sent === undefined ? {} : { message: plan.sent }),
        ...(plan.offer === undefined ? {} : { offer: plan.offer }),
      }
    } catch (error) {
      return this.#fault(error, task)
    }
  }

  /** A type's fault, or a store that cannot be read, or a client that closes meanwhile: these are not the input's end. */
  #fault(error: unknown, task: Task): Omit<Settled, "cascades"> {
    if (isStoreError(error) || isReason(error, this.#closed)) throw error
    const { code } = typeFault(error, this.type)
    this.#reportFault(code, task)
    return { outcome: "refused", code }
  }

  /** The client fulfils this request itself, and gives the machine what came of it. */
  async #introduction({ expiresAtMs }: IntroduceRequest): Promise<IntroductionInput> {
    const { bytes } = await this.#runtime.introduce(expiresAtMs)
    return { kind: "introduction", introduction: bytes }
  }

  #reportFault(code: string, task: Task): void {
    this.#runtime.environment.logger.log("error", "type-fault", { type: this.type.id, code, input: task.kind })
  }

  #consent(task: ConsentChange, transaction: Transaction): Omit<Settled, "cascades"> {
    if (task.consent === this.#header.consent) return { outcome: "known" }
    this.#header = { ...this.#header, consent: task.consent }
    changeConsent(this.#runtime, this, task, transaction)
    void this.enqueue({ kind: "wake" }).catch(() => undefined)
    return { outcome: "next" }
  }

  /** Everything that could open or continue the conversation goes in this commit; its messages follow in others. */
  async #remove(transaction: Transaction): Promise<Omit<Settled, "cascades">> {
    const routes = this.#header.dormant ? [] : await this.#routes()
    this.#withdrawn.push(...(await planRemoval(this.#runtime, this, routes, transaction)))
    this.#removed = true
    return { outcome: "next" }
  }

  async #routes(): Promise<readonly Route[]> {
    const { state } = (this.#loaded ??= await this.#load())
    const nowMs = this.#runtime.environment.clock.nowMs()
    return this.#runner.routes(state, stepContext(this.#runtime, this.type, this.id, this.#header.consent, nowMs))
  }

  /** Without state there is nothing but to be restored; what arrives waits for that. */
  async #dormant(work: Work, transaction: Transaction): Promise<Omit<Settled, "cascades">> {
    const { task } = work
    if (isKept(task)) {
      await keepForLater(this.#runtime, this, work, task, transaction)
      return { outcome: "later", code: "NOT_RESTORED" }
    }
    if (task.kind !== "restore") return { outcome: "refused", code: "NOT_RESTORED" }
    try {
      const begun = await planRestore(this.#runtime, this, transaction)
      if (begun instanceof Refusal) return { outcome: "refused", code: begun.code }
      const laters = await Laters.load(this.#runtime.store, this.blinded)
      transaction.add(begun.plan)
      this.#header = begun.header
      this.#loaded = { state: begun.state, laters }
      return { outcome: "next" }
    } catch (error) {
      return this.#fault(error, task)
    }
  }

  /** What a backup is to keep of the state, as it is when the batch is committed. */
  async #backup(): Promise<Omit<Settled, "cascades">> {
    if (this.#runner.backup === undefined) return { outcome: "known" }
    const { state } = (this.#loaded ??= await this.#load())
    try {
      return { outcome: "known", backup: this.#runner.backup(state).slice() }
    } catch (error) {
      return this.#fault(error, { kind: "backup" })
    }
  }

  async #load(): Promise<Loaded> {
    const { store } = this.#runtime
    return { state: await this.#pieces.load(store, this.blinded), laters: await Laters.load(store, this.blinded) }
  }

  /** The conversation that shows this one's messages moves to the front of lists. */
  #touchThread(): void {
    if (this.thread === this.id) return
    const { instances } = this.#runtime
    const touch = { kind: "touch" as const, atMs: this.#header.lastTimestampMs }
    instances
      .get(this.thread)
      .then((instance) => instance?.enqueue(touch))
      .catch(() => undefined)
  }

  /** The conversation is gone: whatever else was queued comes too late. */
  #leave(): void {
    this.#closed = new ColloquyError("CONVERSATION_UNKNOWN", "the conversation was removed")
    for (const work of this.#queue.takeAll()) work.reject(this.#closed)
    this.#runtime.instances.forget(this.id)
  }

  /** Publications that are not cancelled after all go on waiting. */
  #putBack(entries: readonly OutboxEntry[]): void {
    this.#withdrawn = this.#withdrawn.filter((entry) => !entries.includes(entry))
    this.#runtime.outbox.putBack(entries)
  }

  /** After a failed commit the header in memory may be ahead of the store. */
  async #reloadHeader(): Promise<void> {
    const stored = await this.#runtime.instances.storedHeader(this.id).catch(() => undefined)
    if (stored !== undefined) this.#header = stored
  }

  #retryLaters(): void {
    for (const { key: later, input, origin } of this.#loaded?.laters.due() ?? [])
      this.enqueue(input, { later, ...(origin === undefined ? {} : { origin }) }).catch(() => undefined)
  }
}
