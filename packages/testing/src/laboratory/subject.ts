import {
  type AnyConversationType,
  ColloquyError,
  type ConversationId,
  type Hint,
  type Participant,
  type Peer,
  type Topic,
  type TypeId,
  type View,
} from "@colloquy/core"
import type { Account } from "./account.js"
import { Arrivals } from "./arrivals.js"
import { copyOf } from "./copies.js"
import { Household, receiveInput } from "./household.js"
import { LabInstance, routeKey } from "./instance.js"
import { makeIntroduction, readIntroduction } from "./introductions.js"
import type {
  AnyInput,
  AnyOutcome,
  Arrival,
  Delivered,
  Fate,
  InstanceView,
  Loot,
  Reaction,
  Subject,
} from "./laboratory.js"
import { decodePieces } from "./pieces.js"
import type { World } from "./world.js"

/** So many wakes in a row may leave their deadline standing. */
const standingMax = 64
const introductionMs = 7 * 24 * 60 * 60 * 1000

/** An account at work: see {@link Subject}. */
export class LabSubject implements Subject {
  readonly name: string
  readonly laboratory: World
  readonly #household: Household

  constructor(laboratory: World, name: string, account: Account, arrivals: Arrivals = new Arrivals()) {
    this.laboratory = laboratory
    this.name = name
    this.#household = new Household(this, laboratory, account, arrivals)
  }

  get participant(): Participant {
    return this.#household.account.participant
  }

  get inboxTopic(): Topic {
    return this.#household.account.inboxTopic
  }

  get delivered(): readonly Delivered[] {
    return this.#household.delivered
  }

  get fates(): readonly Fate[] {
    return this.#household.fates
  }

  get reactions(): readonly Reaction[] {
    return this.#household.reactions
  }

  get conversations(): readonly ConversationId[] {
    return [...this.#household.instances.values()].filter(({ resident }) => !resident).map(({ id }) => id)
  }

  /** Starts the residents, as a client does when it is first opened. */
  async open(): Promise<void> {
    for (const type of this.laboratory.types) await this.#household.open(type)
    await this.#household.drain()
  }

  async introduce(options: { readonly expiresInMs?: number } = {}): Promise<Uint8Array> {
    const { expiresInMs = introductionMs } = options
    const introduction = await makeIntroduction(this.#household, this.laboratory.nowMs + expiresInMs)
    this.laboratory.introductions.push(introduction.slice())
    await this.#household.drain()
    return introduction
  }

  async start(typeId: TypeId, introductions: readonly Uint8Array[], content?: Uint8Array): Promise<ConversationId> {
    const household = this.#household
    const type = this.#type(typeId)
    const read = introductions.map((bytes) => readIntroduction(bytes, household))
    const peers = read.map(({ participant, inboxTopic, offers }): Peer => {
      const own = offers.find((offered) => offered.type === typeId)
      return { participant, inboxTopic, ...(own === undefined ? {} : { offer: own.body.slice() }) }
    })
    const first = content === undefined ? {} : { first: { content: content.slice() } }
    const started = await household.start(type, { kind: "create", peers, ...first }, "allowed", household.bench())
    if (typeof started === "string") throw new ColloquyError(started, `${typeId} refused to start: ${started}`)
    for (const { participant } of read) household.consents.set(participant, "allowed")
    await household.add(started, new Map(read.map(({ participant, bytes }) => [participant, bytes])))
    await household.drain()
    return started.instance.id
  }

  async restore(typeId: TypeId, conversation: ConversationId, backup: Uint8Array): Promise<void> {
    const household = this.#household
    const input = { kind: "restore" as const, conversation, backup: backup.slice() }
    const started = await household.start(this.#type(typeId), input, "allowed", household.bench())
    if (typeof started === "string") throw new ColloquyError(started, `${typeId} refused to restore: ${started}`)
    if (started.instance.id !== conversation) throw new ColloquyError("ID_MISMATCH", "it was restored under another id")
    await household.add(started)
    await household.drain()
  }

  async allow(conversation: ConversationId): Promise<void> {
    const instance = this.#household.get(conversation)
    for (const participant of instance.machine.view?.(instance.state).participants ?? [])
      if (participant !== this.participant) this.#household.consents.set(participant, "allowed")
    if (instance.consent === "allowed") return
    instance.consent = "allowed"
    await this.step(conversation, { kind: "wake" })
  }

  send(conversation: ConversationId, content: Uint8Array): Promise<Reaction> {
    return this.step(conversation, { kind: "send", content })
  }

  command(conversation: ConversationId, name: string, body: unknown): Promise<Reaction> {
    return this.step(conversation, { kind: "command", name, body } as AnyInput)
  }

  async receive(arrival: Arrival): Promise<readonly Reaction[]> {
    const targets = this.#expecting(arrival)
    if (targets.length === 0) this.#household.arrivals.keep(arrival)
    const reactions: Reaction[] = []
    for (const target of targets) reactions.push(await this.#household.handle({ target, input: receiveInput(arrival) }))
    await this.#household.drain()
    return reactions
  }

  async step(instance: ConversationId, input: AnyInput): Promise<Reaction> {
    const reaction = await this.#household.handle({ target: instance, input: copyOf(input) })
    await this.#household.drain()
    return reaction
  }

  async attempt(id: ConversationId, input: AnyInput): Promise<AnyOutcome> {
    const household = this.#household
    const instance = household.get(id)
    const { outcome, fault } = await household.evaluate(instance, copyOf(input), household.bench(true))
    if (fault !== undefined) household.fault(instance, input.kind, fault)
    return outcome
  }

  resident(type: TypeId): ConversationId | undefined {
    return this.#household.residents.get(type)
  }

  instances(): readonly InstanceView[] {
    return Array.from(this.#household.instances.keys(), (id) => this.instance(id) as InstanceView)
  }

  instance(id: ConversationId): InstanceView | undefined {
    const { crypto, nowMs } = this.laboratory
    return this.#household.instances.get(id)?.view(this.#household.account, crypto, nowMs)
  }

  view(conversation: ConversationId): View | undefined {
    const instance = this.#household.instances.get(conversation)
    return instance?.machine.view?.(instance.state)
  }

  steal(): Loot {
    const { account, instances } = this.#household
    const found = Array.from(instances.values(), (instance) => {
      const { id, type, resident, consent, wakeAtMs } = instance
      const loot = { type: type.id, resident, allowed: consent === "allowed", pieces: instance.pieces() }
      return [id, wakeAtMs === undefined ? loot : { ...loot, wakeAtMs }] as const
    })
    return { identitySeed: account.identitySeed.slice(), instances: new Map(found) }
  }

  reload(): void {
    for (const instance of this.#household.instances.values()) instance.reload()
  }

  /** Takes over what was stolen. Where it listens each machine says itself. */
  possess(loot: Loot): void {
    const { instances, residents, account } = this.#household
    const { types, crypto, nowMs } = this.laboratory
    for (const [id, { type: typeId, resident, allowed, pieces, wakeAtMs }] of loot.instances) {
      const type = types.find((known) => known.id === typeId)
      if (type === undefined) continue
      const instance = new LabInstance({ id, type, resident, consent: allowed ? "allowed" : "unknown" }, {})
      instance.state = decodePieces(instance.shape, pieces)
      instance.wakeAtMs = wakeAtMs
      instance.listen({ add: instance.view(account, crypto, nowMs).routes(), drop: [] })
      instances.set(id, instance)
      if (resident) residents.set(typeId, id)
    }
  }

  /** The same subject in another world. */
  copyInto(world: World, account: Account): LabSubject {
    const from = this.#household
    const copy = new LabSubject(world, this.name, account, from.arrivals.copy())
    const to = copy.#household
    to.delivered.push(...from.delivered)
    to.fates.push(...from.fates)
    to.reactions.push(...from.reactions)
    for (const [id, instance] of from.instances) to.instances.set(id, instance.copy())
    for (const [type, id] of from.residents) to.residents.set(type, id)
    for (const [participant, consent] of from.consents) to.consents.set(participant, consent)
    return copy
  }

  /** What an account needs to be made again. */
  get account(): Account {
    return this.#household.account
  }

  /** The earliest deadline of its instances. */
  due(): { readonly id: ConversationId; readonly atMs: number } | undefined {
    let first: { id: ConversationId; atMs: number } | undefined
    for (const instance of this.#household.instances.values()) {
      const atMs = instance.dueAtMs()
      if (atMs !== undefined && (first === undefined || atMs < first.atMs)) first = { id: instance.id, atMs }
    }
    return first
  }

  /** Wakes one that is due. One that never comes to rest is a fault, and is left alone from then on. */
  async wake(id: ConversationId): Promise<void> {
    const instance = this.#household.get(id)
    const { nowMs } = this.laboratory
    instance.wokenAtMs = nowMs
    await this.step(id, { kind: "wake" })
    const isStanding = instance.wakeAtMs !== undefined && instance.wakeAtMs <= nowMs
    instance.standing = isStanding ? instance.standing + 1 : 0
    if (instance.standing < standingMax) return
    const message = `it left its deadline standing ${standingMax} times in a row`
    this.#household.fault(instance, "wake", new ColloquyError("RESTLESS", message))
    instance.wakeAtMs = undefined
    instance.standing = 0
  }

  #type(id: TypeId): AnyConversationType {
    const type = this.laboratory.types.find((known) => known.id === id)
    if (type === undefined) throw new ColloquyError("TYPE_UNREGISTERED", `nobody here runs ${id}`)
    return type
  }

  /** Whoever expects the hint; else everybody who wants the whole topic. */
  #expecting({ topic, hint }: { readonly topic: Topic; readonly hint?: Hint }): ConversationId[] {
    const instances = [...this.#household.instances.values()]
    const byHint = hint && instances.findLast(({ routes }) => routes.has(routeKey({ topic, hint })))
    if (byHint !== undefined) return [byHint.id]
    return instances.filter(({ routes }) => routes.has(topic)).map(({ id }) => id)
  }
}
