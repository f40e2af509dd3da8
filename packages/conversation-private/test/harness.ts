import {
  type AnyConversationType,
  type BeginEffect,
  concat,
  type Context,
  type ConversationId,
  type Crypto,
  type DeliverEffect,
  type Effect,
  type Hint,
  inboxTopics,
  lengthPrefixed,
  type Input,
  type Next,
  type Outcome,
  type Parcel,
  type Participant,
  participantFromKey,
  participantKey,
  type ReadIntroduction,
  type Peer,
  type Refused,
  type ResidentEffect,
  type ResidentInput,
  type SentEffect,
  type Shape,
  type StartContext,
  type Topic,
  toHex,
  utf8,
} from "@colloquy/core"
import { PrivateV1 } from "../src/index.js"

type Commands = typeof PrivateV1.commands
export type AnyEffect = Effect<typeof PrivateV1.notices> | ResidentEffect
export type AnyOutcome = Outcome<Record<string, unknown>, AnyEffect>
export type AnyInput = Input<Commands>
type LooseState = Record<string, unknown>

const declared = PrivateV1 as AnyConversationType
const conversation = declared.conversation as NonNullable<AnyConversationType["conversation"]>
const resident = declared.resident as NonNullable<AnyConversationType["resident"]>

/** A payload under way, as an envelope would carry it. */
export interface Flying {
  readonly topic: Topic
  readonly hint: Hint
  readonly payload: Uint8Array
}

/** One machine's state, as a store would keep it: patches are applied, then what was superseded is wiped. */
class Instance {
  state: LooseState = {}
  /** Expected hints, in hexadecimal digits. */
  readonly expected = new Set<string>()
  id = "" as ConversationId
  wakeAtMs: number | undefined
  /** Of the last step: rows and encoded bytes that a store would write, and hint rows put and deleted. */
  readonly cost = { pieces: 0, bytes: 0, hintsAdded: 0, hintsDropped: 0 }
  readonly #shape: Shape

  constructor(shape: Shape) {
    this.#shape = shape
    for (const [name, piece] of Object.entries(shape)) if (piece.kind === "table") this.state[name] = new Map()
  }

  apply(outcome: Next<Record<string, unknown>, AnyEffect>): void {
    for (const [name, change] of Object.entries(outcome.patch)) {
      if (this.#shape[name]?.kind === "cell") this.state[name] = change
      else
        for (const [row, value] of change as Map<string, unknown>)
          if (value === undefined) (this.state[name] as Map<string, unknown>).delete(row)
          else (this.state[name] as Map<string, unknown>).set(row, value)
    }
    for (const effect of outcome.effects)
      if (effect.kind === "listen") {
        const dropped = new Set(effect.drop.map(({ hint }) => toHex(hint as Hint)))
        for (const row of dropped) this.expected.delete(row)
        for (const { hint } of effect.add) {
          const row = toHex(hint as Hint)
          // Which of the two a store does first is its own affair.
          if (dropped.has(row)) throw new Error("a hint is both added and dropped")
          this.expected.add(row)
        }
      }
    this.wakeAtMs = outcome.wakeAtMs
    for (const buffer of outcome.wipe ?? []) buffer.fill(0)
  }

  /** What the patch costs a store. Call before {@link apply}. */
  measure(outcome: Next<Record<string, unknown>, AnyEffect>): void {
    const cost = { pieces: 0, bytes: 0, hintsAdded: 0, hintsDropped: 0 }
    for (const [name, change] of Object.entries(outcome.patch)) {
      const codec = (this.#shape[name] as Shape[string]).codec
      const values = this.#shape[name]?.kind === "cell" ? [change] : [...(change as Map<string, unknown>).values()]
      for (const value of values) {
        cost.pieces++
        cost.bytes += value === undefined ? 0 : codec.encode(value).length
      }
    }
    for (const effect of outcome.effects)
      if (effect.kind === "listen") {
        cost.hintsAdded += effect.add.length
        cost.hintsDropped += effect.drop.length
      }
    Object.assign(this.cost, cost)
  }

  /** Every stored piece, by name and row. */
  stored(): Map<string, Uint8Array> {
    const pieces = new Map<string, Uint8Array>()
    for (const [name, piece] of Object.entries(this.#shape))
      if (piece.kind === "cell") pieces.set(name, piece.codec.encode(this.state[name]).slice())
      else
        for (const [row, value] of this.state[name] as Map<string, unknown>)
          pieces.set(`${name} ${row}`, piece.codec.encode(value).slice())
    return pieces
  }

  /** All stored bytes in one text, to compare or to search. */
  storedHex(): string {
    return [...this.stored()].map(([name, bytes]) => `${name}=${toHex(bytes)}`).join("\n")
  }

  /** As after a restart: everything is decoded from what is stored. */
  reload(pieces: ReadonlyMap<string, Uint8Array> = this.stored()): void {
    for (const [name, piece] of Object.entries(this.#shape)) {
      const codec = piece.codec
      if (piece.kind === "cell") this.state[name] = codec.decode(pieces.get(name) as Uint8Array, codec.version)
      else {
        const rows = [...pieces.keys()].filter((key) => key.startsWith(`${name} `))
        this.state[name] = new Map(
          rows.map((key) => [key.slice(name.length + 1), codec.decode(pieces.get(key) as Uint8Array, codec.version)]),
        )
      }
    }
  }
}

/** One account with its resident and one conversation. Randomness is drawn from the name, so that every run is the same. */
export class Party {
  readonly participant: Participant
  readonly inboxTopic: Topic
  readonly resident = new Instance(resident.state)
  talk = new Instance(conversation.state)
  nowMs = 1_800_000_000_000
  readonly #crypto: Crypto
  readonly #name: string
  #drawn = 0

  constructor(
    crypto: Crypto,
    name: string,
    readonly random?: (bytes: number) => Uint8Array,
  ) {
    this.#crypto = crypto
    this.#name = name
    this.participant = participantFromKey(crypto.signingKeyPair(crypto.hash(utf8(name), 32)).publicKey)
    this.inboxTopic = inboxTopics.of(this.participant, crypto)
    const started = resident.machine.start(this.context())
    this.resident.id = started.conversation
    this.resident.apply(started as Next<Record<string, unknown>, AnyEffect>)
  }

  context(): StartContext & { readonly consent: "allowed"; readonly conversation: ConversationId } {
    const crypto = this.#crypto
    return {
      crypto,
      nowMs: this.nowMs,
      readIntroduction: (bytes) => readIntroduction(bytes, this.nowMs),
      random: this.random ?? ((bytes) => this.#draw(bytes)),
      conversation: this.talk.id,
      consent: "allowed",
      conversationId: (material) => declared.declaration.conversationIds.make(declared.name, material, crypto),
      self: {
        participant: this.participant,
        inboxTopic: this.inboxTopic,
        sign: () => new Uint8Array(64),
        agree: () => undefined,
      } satisfies Context["self"],
    }
  }

  #draw(bytes: number): Uint8Array {
    const draw = this.#crypto.hash(utf8(`${this.#name} ${this.#drawn++}`), Math.max(16, bytes))
    return draw.slice(0, bytes)
  }

  /** A fresh offer, as an introduction would hold it. */
  offer(expiresAtMs: number = this.nowMs + 86_400_000): Uint8Array {
    const outcome = this.stepResident({ kind: "offer", expiresAtMs })
    if (outcome.kind !== "next") throw new Error(outcome.code)
    return find(outcome, "offered").offer
  }

  /** As a client would make one: what it says, unsigned, since nobody forges one here. */
  introduction(expiresAtMs: number = this.nowMs + 90 * 86_400_000): Uint8Array {
    const times = new Uint8Array(8)
    new DataView(times.buffer).setFloat64(0, expiresAtMs)
    return concat(participantKey(this.participant), times, lengthPrefixed(this.inboxTopic, this.offer(expiresAtMs)))
  }

  asPeer(offer: Uint8Array = this.offer()): Peer {
    return { participant: this.participant, inboxTopic: this.inboxTopic, offer }
  }

  /** Starts the conversation; the invite is what a carrier would bring over. */
  create(
    peer: Peer,
    first?: string,
  ): Refused | { readonly invite: Parcel; readonly sent?: SentEffect; readonly effects: readonly AnyEffect[] } {
    const started = conversation.machine.start(
      { kind: "create", peers: [peer], ...(first === undefined ? {} : { first: { content: utf8(first) } }) },
      this.context(),
    ) as Refused | (Next<Record<string, unknown>, AnyEffect> & { readonly conversation: ConversationId })
    if (started.kind === "refused") return started
    this.talk = new Instance(conversation.state)
    this.talk.id = started.conversation
    this.talk.apply(started)
    const sent = started.effects.find((effect) => effect.kind === "sent")
    return {
      invite: find(started, "carry").parcel,
      effects: started.effects,
      ...(sent === undefined ? {} : { sent }),
    }
  }

  /** Goes on from a backup. */
  restore(backup: Uint8Array, id: ConversationId = this.talk.id): Refused | { readonly effects: readonly AnyEffect[] } {
    const started = conversation.machine.start({ kind: "restore", conversation: id, backup }, this.context()) as
      Refused | (Next<Record<string, unknown>, AnyEffect> & { readonly conversation: ConversationId })
    if (started.kind === "refused") return started
    if (started.conversation !== id) throw new Error("restored under another id")
    this.talk = new Instance(conversation.state)
    this.talk.id = id
    this.talk.apply(started)
    return { effects: started.effects }
  }

  backup(): Uint8Array {
    return conversation.machine.backup?.(this.talk.state as never) as Uint8Array
  }

  /** What the client does with a parcel for the resident: starts a conversation, or hands the invite to the one that it concerns. */
  accept(
    from: Participant,
    parcel: Parcel,
  ): Refused | { readonly delivered: readonly DeliverEffect[]; readonly effects: readonly AnyEffect[] } {
    const outcome = resident.machine.step(
      this.resident.state as never,
      { kind: "parcel", from, parcel },
      this.context(),
    ) as AnyOutcome
    if (outcome.kind !== "next") return outcome as Refused
    const begin: BeginEffect = find(outcome, "begin")
    if (begin.conversation !== undefined && begin.conversation === this.talk.id) {
      const invite = begin.invite.slice()
      this.resident.apply(outcome)
      const taken = this.step({ kind: "invite", from: begin.from, invite })
      return taken.kind === "next" ? { delivered: [], effects: taken.effects } : (taken as Refused)
    }
    const started = conversation.machine.start(
      { kind: "accept", from: begin.from, invite: begin.invite },
      this.context(),
    ) as Refused | (Next<Record<string, unknown>, AnyEffect> & { readonly conversation: ConversationId })
    if (started.kind === "refused") return started
    this.talk = new Instance(conversation.state)
    this.talk.id = started.conversation
    this.talk.apply(started)
    this.resident.apply(outcome)
    return { delivered: started.effects.filter((effect) => effect.kind === "deliver"), effects: started.effects }
  }

  stepResident(input: ResidentInput): AnyOutcome {
    const outcome = resident.machine.step(this.resident.state as never, input, this.context()) as AnyOutcome
    if (outcome.kind === "next") this.resident.apply(outcome)
    return outcome
  }

  /** A step, not applied. */
  try(input: AnyInput): AnyOutcome {
    return conversation.machine.step(this.talk.state as never, input, this.context()) as AnyOutcome
  }

  step(input: AnyInput): AnyOutcome {
    const outcome = this.try(input)
    if (outcome.kind === "next") this.talk.apply(outcome)
    return outcome
  }

  send(text: string): Flying & { readonly message: string } {
    return this.sendBytes(utf8(text))
  }

  sendBytes(content: Uint8Array): Flying & { readonly message: string } {
    const outcome = this.step({ kind: "send", content })
    if (outcome.kind !== "next") throw new Error(outcome.code)
    const { topic, hint, payload, message } = find(outcome, "publish")
    return { topic, hint: hint as Hint, payload, message: message ?? "" }
  }

  /** `undefined` for a payload whose hint leads nowhere. */
  receive(flying: Flying): AnyOutcome | undefined {
    if (!this.talk.expected.has(toHex(flying.hint))) return undefined
    const { topic, hint, payload } = flying
    return this.step({ kind: "receive", topic, hint, payload })
  }

  /** The hints that the machine itself says it expects. */
  routes(): Set<string> {
    const routes = conversation.machine.routes(this.talk.state as never, this.context())
    return new Set(routes.map(({ hint }) => toHex(hint as Hint)))
  }
}

function readIntroduction(bytes: Uint8Array, nowMs: number): ReadIntroduction | undefined {
  if (bytes.length < 44) return undefined
  const expiresAtMs = new DataView(bytes.buffer, bytes.byteOffset + 32).getFloat64(0)
  const length = bytes[40] as number
  const inboxTopic = new TextDecoder().decode(bytes.subarray(44, 44 + length)) as Topic
  if (expiresAtMs <= nowMs) return undefined
  return {
    participant: participantFromKey(bytes.subarray(0, 32)),
    inboxTopic,
    expiresAtMs,
    offer: bytes.slice(48 + length),
  }
}

/** The one effect of a kind; throws unless there is exactly one. */
export function find<K extends AnyEffect["kind"]>(
  outcome: { readonly effects: readonly AnyEffect[] },
  kind: K,
): Extract<AnyEffect, { readonly kind: K }> {
  const found = outcome.effects.filter((effect) => effect.kind === kind)
  if (found.length !== 1) throw new Error(`${found.length} effects ${kind}`)
  return found[0] as Extract<AnyEffect, { readonly kind: K }>
}

export function deliveredText(outcome: AnyOutcome | undefined): string | undefined {
  if (outcome === undefined) return undefined
  if (outcome.kind !== "next") return outcome.code
  const delivered = outcome.effects.find((effect) => effect.kind === "deliver")
  return delivered === undefined ? "nothing" : new TextDecoder().decode(delivered.content)
}

/** Two people after the invite: what most tests begin with. `random` instead of the deterministic source, where only speed counts. */
export function acquainted(
  crypto: Crypto,
  first?: string,
  random?: (bytes: number) => Uint8Array,
): { readonly saro: Party; readonly raya: Party } {
  const saro = new Party(crypto, "saro", random)
  const raya = new Party(crypto, "raya", random)
  const created = saro.create(raya.asPeer(), first)
  if ("kind" in created) throw new Error(created.code)
  const accepted = raya.accept(saro.participant, created.invite)
  if ("kind" in accepted) throw new Error(accepted.code)
  return { saro, raya }
}
