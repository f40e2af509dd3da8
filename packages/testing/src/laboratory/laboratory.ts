import type {
  AnyConversationType,
  ConversationId,
  Crypto,
  Effect,
  FateEffect,
  Hint,
  Input,
  MessageId,
  Outcome,
  Participant,
  ResidentEffect,
  ResidentInput,
  Route,
  Start,
  Topic,
  TypeId,
  View,
  Vocabulary,
} from "@colloquy/core"
import type { CryptoTrace } from "./crypto-trace.js"

/** One payload on the wire, as everybody who watches the delivery service sees it. */
export interface WirePayload {
  /** Its place in {@link Laboratory.wire}. */
  readonly number: number
  readonly atMs: number
  readonly topic: Topic
  readonly hint?: Hint
  readonly payload: Uint8Array
  /** Whose machine published it, of which type, in which instance: for the report, never for an attacker. */
  readonly by: Participant
  readonly type: TypeId
  readonly conversation: ConversationId
}

/** What leads a payload to whoever expects it. */
export type Arrival = Pick<WirePayload, "topic" | "hint" | "payload">

/** Any outcome of any machine. */
export type AnyOutcome = Outcome<Readonly<Record<string, unknown>>, Effect<Vocabulary> | ResidentEffect>
/** Any input of any machine, starts included. */
export type AnyInput = Input<Vocabulary> | ResidentInput
/** `resident`: the start of a resident, which has no input. */
export type InputKind = AnyInput["kind"] | Start["kind"] | "resident"

/** What one subject's machine made of one input. Its buffers are as they were before `wipe`. */
export interface Reaction {
  readonly instance: ConversationId
  readonly type: TypeId
  readonly resident: boolean
  readonly atMs: number
  readonly input: InputKind
  readonly outcome: AnyOutcome
}

/** Content, and who a machine says it came from. */
export interface Delivered {
  readonly conversation: ConversationId
  readonly message: MessageId
  readonly from: Participant
  readonly lamport: number
  readonly sentAtMs: number
  readonly content: Uint8Array
}

/** What a machine said became of a message. */
export interface Fate extends Pick<FateEffect, "message" | "fate" | "by" | "code"> {
  readonly conversation: ConversationId
}

/** One of an account's machines, as a thief finds it. */
export interface LootInstance {
  readonly type: TypeId
  readonly resident: boolean
  /** By `name` for a cell and `name/row` for a row. */
  readonly pieces: ReadonlyMap<string, Uint8Array>
  readonly allowed: boolean
  readonly wakeAtMs?: number
}

/** Everything that a thief of an account finds: what its store and its memory hold between two steps, encoded. */
export interface Loot {
  /** The seed of the Ed25519 identity, 32 bytes. */
  readonly identitySeed: Uint8Array
  readonly instances: ReadonlyMap<ConversationId, LootInstance>
}

/** What a type did that no type may: it threw, or answered what a client cannot carry out. The step counts as refused. */
export interface Fault {
  readonly by: Participant
  readonly type: TypeId
  readonly instance: ConversationId
  readonly input: InputKind
  readonly code: string
  readonly message: string
}

/** One machine between two steps. */
export interface InstanceView {
  readonly id: ConversationId
  readonly type: TypeId
  readonly resident: boolean
  readonly wakeAtMs?: number
  /** What the `listen` effects so far add up to. */
  readonly listening: readonly Route[]
  /** What the machine says itself: `routes` of its present state. */
  routes(): readonly Route[]
  /** A copy of every piece, encoded, by `name` and `name/row`. */
  pieces(): ReadonlyMap<string, Uint8Array>
  /** What a backup keeps of it; `undefined` where the type has none. */
  backup(): Uint8Array | undefined
}

/**
 * One account with real machines and no client: residents, conversations, their routes, their queue of payloads that came too early.
 * It does what a client does with effects, in memory, one input at a time.
 */
export interface Subject {
  readonly name: string
  readonly participant: Participant
  readonly inboxTopic: Topic
  readonly laboratory: Laboratory
  readonly delivered: readonly Delivered[]
  readonly fates: readonly Fate[]
  /** Every reaction so far, the newest last, those of residents and starts among them. */
  readonly reactions: readonly Reaction[]
  /** Open conversations, oldest first. */
  readonly conversations: readonly ConversationId[]
  /** A single-use introduction with an offer of every type, in its binary form. Throws the code of the machine that refused. */
  introduce(options?: { readonly expiresInMs?: number }): Promise<Uint8Array>
  /** Throws the code of the refusal, `INTRODUCTION_…` for an introduction that a client would not use, `NO_CARRIER`. */
  start(type: TypeId, introductions: readonly Uint8Array[], content?: Uint8Array): Promise<ConversationId>
  /** Goes on from what the machine's `backup` gave, under the old id. Throws the code of the refusal. */
  restore(type: TypeId, conversation: ConversationId, backup: Uint8Array): Promise<void>
  /** The owner wants this conversation, and what else its people begin. */
  allow(conversation: ConversationId): Promise<void>
  send(conversation: ConversationId, content: Uint8Array): Promise<Reaction>
  command(conversation: ConversationId, name: string, body: unknown): Promise<Reaction>
  /** Offers a payload to whatever expects it, by hint or topic. No reaction when nothing does. */
  receive(payload: Arrival): Promise<readonly Reaction[]>
  /** Steps one instance with any input, expected or not. */
  step(instance: ConversationId, input: AnyInput): Promise<Reaction>
  /** What {@link step} would answer. Nothing changes, and no randomness is used up. */
  attempt(instance: ConversationId, input: AnyInput): Promise<AnyOutcome>
  /** The resident of a type. */
  resident(type: TypeId): ConversationId | undefined
  /** Every machine, residents first. */
  instances(): readonly InstanceView[]
  instance(id: ConversationId): InstanceView | undefined
  /** What an open conversation tells its application. */
  view(conversation: ConversationId): View | undefined
  /** A copy of what a thief finds now. */
  steal(): Loot
  /** Encodes and decodes every piece of every instance, as a restart does. */
  reload(): void
}

/** A step that is about to be made, for whoever inspects it. */
export interface StepUnderWay {
  readonly subject: Subject
  /** `undefined` for a start. */
  readonly instance: InstanceView | undefined
  readonly type: AnyConversationType
  readonly resident: boolean
  readonly atMs: number
  readonly input: AnyInput | Start | { readonly kind: "resident" }
  /** The pieces before the step, encoded. */
  readonly before: ReadonlyMap<string, Uint8Array>
  /** What the machine was given, encoded as it is now: it differs from `before` when the machine wrote to its state. */
  now(): ReadonlyMap<string, Uint8Array>
  /** The same step once more, from decoded pieces, with the same randomness. Nothing changes. Throws what the machine throws. */
  again(): Promise<AnyOutcome & { readonly conversation?: ConversationId }>
}

/** Called before each step; what it returns is called with the outcome before anything is wiped, and then after the wiping. */
export type Inspector = (step: StepUnderWay) => {
  outcome?(outcome: AnyOutcome & { readonly conversation?: ConversationId }): Promise<void> | void
  settled?(instance: InstanceView): Promise<void> | void
}

export interface LaboratoryOptions {
  readonly types: readonly AnyConversationType[]
  readonly seed: number
  /** Without a trace everything is some times faster; true by default. */
  readonly record?: boolean
  readonly inspect?: Inspector
  /** The primitives that everybody uses; those of `@colloquy/crypto` by default. */
  readonly crypto?: Crypto
}

/**
 * Pure machines under a microscope: any number of accounts, one wire that everybody sees, a clock that stands still until it is told, and
 * every operation on keys on record. The same calls in the same order make the same bytes.
 */
export interface Laboratory {
  readonly types: readonly AnyConversationType[]
  readonly nowMs: number
  readonly wire: readonly WirePayload[]
  /** What {@link Subject.introduce} made, oldest first. */
  readonly introductions: readonly Uint8Array[]
  readonly trace: CryptoTrace
  /** Parcels that nothing could bring to their recipients. */
  readonly undelivered: readonly {
    readonly by: Participant
    readonly instance: ConversationId
    readonly to: Participant
  }[]
  readonly subjects: readonly Subject[]
  readonly faults: readonly Fault[]
  /** Whether operations are written to the trace from now on. */
  recording: boolean
  /** Makes a person, whose keys follow from the seed and the name, or finds the one of this name. */
  person(name: string): Promise<Subject>
  /** Delivers what was not delivered yet, in order, to everyone else, and what follows from it, until nothing is left. */
  settle(): Promise<void>
  /** What was not delivered yet is lost, unless it is handed to {@link Subject.receive}. */
  hold(): readonly WirePayload[]
  /** Moves the clock and wakes whoever is due on the way; does not deliver. */
  pass(ms: number): Promise<void>
  /**
   * The same world once more, by encoding and decoding all of it: what happens in the one does not touch the other. With a salt, randomness
   * goes on differently.
   */
  fork(salt?: string): Laboratory
  /** A person with everything that was stolen, and nothing else. He gets nothing by himself: hand it to {@link Subject.receive}. */
  thief(name: string, loot: Loot): Subject
}
