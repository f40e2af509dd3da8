import {
  type AnyConversationType,
  type BeginEffect,
  ColloquyError,
  type Consent,
  type ConversationId,
  type Participant,
  type Start,
  type TypeId,
} from "@colloquy/core"
import type { Account } from "./account.js"
import type { Arrivals } from "./arrivals.js"
import { copyOf } from "./copies.js"
import {
  type Begun,
  type Bench,
  evaluateResident,
  evaluateStart,
  evaluateStep,
  runResident,
  runStart,
} from "./evaluate.js"
import { Errands } from "./errands.js"
import { inspectStep, type Inspection } from "./inspect.js"
import type { LabInstance, Later } from "./instance.js"
import type { AnyInput, AnyOutcome, Arrival, Delivered, Fate, InputKind, Reaction } from "./laboratory.js"
import { applyPatch } from "./pieces.js"
import type { Plan } from "./plan.js"
import type { LabSubject } from "./subject.js"
import type { World } from "./world.js"

const latersMax = 64

/** An input on its way to an instance. `later` marks one that waited there. */
export interface Work {
  readonly target: ConversationId
  readonly input: AnyInput
  readonly later?: Later
}

/** The machines of one account, the queue of what they set off in each other, and what they have said so far. */
export class Household {
  readonly world: World
  readonly account: Account
  readonly arrivals: Arrivals
  readonly instances = new Map<ConversationId, LabInstance>()
  readonly residents = new Map<TypeId, ConversationId>()
  readonly consents = new Map<Participant, Consent>()
  readonly reactions: Reaction[] = []
  readonly delivered: Delivered[] = []
  readonly fates: Fate[] = []
  readonly #subject: LabSubject
  readonly #errands: Errands
  #queue: Work[] = []

  constructor(subject: LabSubject, world: World, account: Account, arrivals: Arrivals) {
    this.#subject = subject
    this.world = world
    this.account = account
    this.arrivals = arrivals
    this.#errands = new Errands(this)
  }

  get(id: ConversationId): LabInstance {
    const instance = this.instances.get(id)
    if (instance === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "nobody here has this conversation")
    return instance
  }

  bench(quiet = false): Bench {
    const { account, world } = this
    const { crypto, nowMs } = world
    return { account, crypto, nowMs, tools: quiet ? account.quiet() : account.live }
  }

  enqueue(work: Work): void {
    this.#queue.push(work)
  }

  /** Steps what waits, and what follows from it, until nothing is left. */
  async drain(): Promise<void> {
    for (;;) {
      const work = this.#queue.shift()
      if (work !== undefined) await this.handle(work)
      else if (!(await this.#errands.next())) return
    }
  }

  /** One step: evaluated, and carried out where it was accepted. What it sets off waits in the queue. */
  async handle({ target, input, later }: Work): Promise<Reaction & { readonly offer?: Uint8Array }> {
    const instance = this.get(target)
    const inspection = this.inspection(instance, instance.type, instance.resident, input)
    const { outcome, plan, begun, fault } = await this.evaluate(instance, input, this.bench())
    if (fault !== undefined) this.fault(instance, input.kind, fault)
    const reaction = this.#react(instance, input.kind, outcome)
    await inspection?.outcome(outcome)
    if (later !== undefined && outcome.kind !== "later")
      instance.laters = instance.laters.filter((other) => other !== later)
    if (outcome.kind === "later") this.#keep(instance, input, later)
    if (outcome.kind !== "next" || plan === undefined) return reaction
    applyPatch(instance.shape, instance.state, outcome.patch)
    instance.wakeAtMs = outcome.wakeAtMs === undefined ? undefined : Math.ceil(outcome.wakeAtMs)
    this.#carryOut(instance, plan)
    for (const one of begun) await this.add(one)
    this.world.crypto.wipe(...(outcome.wipe ?? []))
    await inspection?.settled(instance)
    this.#offerAgain(instance)
    return plan.offer === undefined ? reaction : { ...reaction, offer: plan.offer }
  }

  /** What a step would do. */
  evaluate(instance: LabInstance, input: AnyInput, bench: Bench): ReturnType<typeof evaluateStep> {
    return evaluateStep(instance, input, bench, (effect) => this.#begin(instance, effect, bench))
  }

  /** A resident starts, as when a client is first opened. Throws `RESIDENT_FAILED`. */
  async open(type: AnyConversationType): Promise<void> {
    const inspection = this.inspection(undefined, type, true, { kind: "resident" }, (bench) => runResident(type, bench))
    const { outcome, begun, fault } = evaluateResident(type, this.bench())
    await inspection?.outcome(outcome)
    if (fault !== undefined) this.fault({ type, id: "" as ConversationId }, "resident", fault)
    if (begun === undefined) throw new ColloquyError("RESIDENT_FAILED", `the resident of ${type.id} did not start`)
    this.residents.set(type.id, begun.instance.id)
    await this.add({ ...begun, inspection })
  }

  /** A conversation's start, not added yet; or the code of its refusal. */
  async start(type: AnyConversationType, input: Start, consent: Consent, bench: Bench): Promise<Begun | string> {
    const isAttempt = bench.tools !== this.account.live
    const inspection = isAttempt
      ? undefined
      : this.inspection(undefined, type, false, input, (again) => runStart(type, copyOf(input), again))
    const { outcome, begun, fault } = await evaluateStart(type, input, consent, bench)
    await inspection?.outcome(outcome)
    if (fault !== undefined) this.fault({ type, id: "" as ConversationId }, input.kind, fault)
    if (begun === undefined) return outcome.kind === "next" ? "TYPE_FAULT" : outcome.code
    const isKnown = this.instances.has(begun.instance.id) && input.kind !== "restore"
    return isKnown ? "CONVERSATION_EXISTS" : { ...begun, inspection }
  }

  /** Makes a new instance part of the account. `introductions`: what a start began with, by person. */
  async add(
    { instance, outcome, plan, input, inspection }: Begun,
    introductions?: ReadonlyMap<Participant, Uint8Array>,
  ): Promise<void> {
    this.instances.set(instance.id, instance)
    instance.wakeAtMs = outcome.wakeAtMs === undefined ? undefined : Math.ceil(outcome.wakeAtMs)
    this.#react(instance, input, outcome)
    this.#carryOut(instance, plan, introductions)
    this.world.crypto.wipe(...(outcome.wipe ?? []))
    await inspection?.settled(instance)
  }

  fault({ type, id }: Pick<LabInstance, "type" | "id">, input: InputKind, { code, message }: ColloquyError): void {
    this.world.faults.push({ by: this.account.participant, type: type.id, instance: id, input, code, message })
  }

  inspection(
    instance: LabInstance | undefined,
    type: AnyConversationType,
    resident: boolean,
    input: AnyInput | Start | { readonly kind: "resident" },
    again?: (bench: Bench) => Promise<AnyOutcome> | AnyOutcome,
  ): Inspection | undefined {
    const { inspect } = this.world
    if (inspect === undefined) return undefined
    return inspectStep(inspect, { subject: this.#subject, household: this, instance, type, resident, input, again })
  }

  async #begin(resident: LabInstance, effect: BeginEffect, bench: Bench): Promise<Begun | string | undefined> {
    const { from, invite, conversation } = effect
    const consent = this.consents.get(from) ?? "unknown"
    if (consent === "denied") return "SENDER_DENIED"
    if (conversation !== undefined && this.instances.get(conversation)?.type === resident.type) return undefined
    const begun = await this.start(resident.type, { kind: "accept", from, invite }, consent, bench)
    if (typeof begun === "string") return begun
    return conversation === undefined || begun.instance.id === conversation ? begun : "ID_MISMATCH"
  }

  #carryOut(instance: LabInstance, plan: Plan, introductions?: ReadonlyMap<Participant, Uint8Array>): void {
    const { id } = instance
    for (const listen of plan.listens) {
      instance.listen(listen)
      for (const route of listen.add)
        for (const arrival of this.arrivals.take(route)) this.enqueue({ target: id, input: receiveInput(arrival) })
    }
    for (const { from, invite, conversation } of plan.begins)
      if (conversation !== undefined && this.instances.get(conversation)?.type === instance.type)
        this.enqueue({ target: conversation, input: { kind: "invite", from, invite } })
    if (instance.consent !== "denied")
      for (const one of plan.delivered) {
        const known = this.delivered.some(({ conversation, message }) => conversation === id && message === one.message)
        if (!known) this.delivered.push({ conversation: id, ...one })
      }
    for (const fate of plan.fates) this.fates.push({ conversation: id, ...fate })
    for (const effect of plan.publications) this.world.publish(this.#subject, instance, effect)
    for (const errand of plan.errands) this.#errands.add(instance, errand, introductions)
  }

  /** The reaction keeps copies, since a step's buffers may be wiped. */
  #react(instance: LabInstance, input: InputKind, outcome: AnyOutcome): Reaction {
    const kept = outcome.kind === "next" ? { ...outcome, effects: copyOf(outcome.effects) } : outcome
    const { id, type, resident } = instance
    const reaction = { instance: id, type: type.id, resident, atMs: this.world.nowMs, input, outcome: kept }
    this.reactions.push(reaction)
    return reaction
  }

  #keep(instance: LabInstance, input: AnyInput, later: Later | undefined): void {
    if (later !== undefined) later.offered = false
    else instance.laters.push({ input, atMs: this.world.nowMs, offered: false })
    if (instance.laters.length > latersMax) instance.laters.shift()
  }

  #offerAgain({ id, laters }: LabInstance): void {
    for (const later of laters) {
      if (later.offered) continue
      later.offered = true
      this.enqueue({ target: id, input: later.input, later })
    }
  }
}

/** A payload as a machine gets it: in a buffer that nobody else holds. */
export function receiveInput({ topic, hint, payload }: Arrival): AnyInput {
  const input = { kind: "receive" as const, topic, payload: payload.slice() }
  return hint === undefined ? input : { ...input, hint: hint.slice() as typeof hint }
}
