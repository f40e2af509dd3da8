import type {
  AnyConversationType,
  ConversationId,
  Effect,
  Hint,
  Input,
  Outcome,
  Participant,
  ResidentEffect,
  ResidentInput,
  Topic,
  TypeId,
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
  /** Whose machine published it: for the report, never for an attacker. */
  readonly by: Participant
}

/** What one subject's machines made of one input. */
export interface Reaction {
  readonly instance: ConversationId
  readonly input: (Input<Vocabulary> | ResidentInput)["kind"]
  readonly outcome: Outcome<Readonly<Record<string, unknown>>, Effect<Vocabulary> | ResidentEffect>
}

/** Content, and who a machine says it came from. */
export interface Delivered {
  readonly conversation: ConversationId
  readonly from: Participant
  readonly content: Uint8Array
}

/** Everything that a thief of an account finds: what its store and its memory hold between two steps, encoded. */
export interface Loot {
  /** The seed of the Ed25519 identity, 32 bytes. */
  readonly identitySeed: Uint8Array
  /** By instance, then `name` for a cell and `name/row` for a row. */
  readonly instances: ReadonlyMap<
    ConversationId,
    { readonly type: TypeId; readonly pieces: ReadonlyMap<string, Uint8Array> }
  >
}

/**
 * One account with real machines and no client: residents, conversations, their routes, their queue of payloads that came too early.
 * It does what a client does with effects, in memory, one input at a time.
 */
export interface Subject {
  readonly name: string
  readonly participant: Participant
  readonly delivered: readonly Delivered[]
  /** Every reaction so far, the newest last. */
  readonly reactions: readonly Reaction[]
  /** Open conversations, oldest first. */
  readonly conversations: readonly ConversationId[]
  /** A single-use introduction with an offer of every type, in its binary form. */
  introduce(options?: { readonly expiresInMs?: number }): Promise<Uint8Array>
  start(type: TypeId, introductions: readonly Uint8Array[], content?: Uint8Array): Promise<ConversationId>
  allow(conversation: ConversationId): void
  send(conversation: ConversationId, content: Uint8Array): Promise<Reaction>
  command(conversation: ConversationId, name: string, body: unknown): Promise<Reaction>
  /** Offers a payload to whatever expects it, by hint or topic. No reaction when nothing does. */
  receive(payload: Pick<WirePayload, "topic" | "hint" | "payload">): Promise<readonly Reaction[]>
  /** Steps one instance with any input, expected or not. */
  step(instance: ConversationId, input: Input<Vocabulary> | ResidentInput): Promise<Reaction>
  /** A copy of what a thief finds now. */
  steal(): Loot
  /** Encodes and decodes every piece of every instance, as a restart does. */
  reload(): void
}

export interface LaboratoryOptions {
  readonly types: readonly AnyConversationType[]
  readonly seed: number
}

/**
 * Pure machines under a microscope: any number of accounts, one wire that everybody sees, a clock that stands still until it is told, and
 * every operation on keys on record.
 */
export interface Laboratory {
  readonly types: readonly AnyConversationType[]
  readonly nowMs: number
  readonly wire: readonly WirePayload[]
  readonly trace: CryptoTrace
  readonly subjects: readonly Subject[]
  person(name: string): Promise<Subject>
  /** Delivers what was not delivered yet, in order, to everyone else, and what follows from it, until nothing is left. */
  settle(): Promise<void>
  /** Moves the clock and wakes whoever is due on the way; does not deliver. */
  pass(ms: number): Promise<void>
  /** The same world once more, by encoding and decoding all of it: what happens in the one does not touch the other. */
  fork(): Laboratory
  /** A person with everything that was stolen, and nothing else. */
  thief(name: string, loot: Loot): Subject
}
