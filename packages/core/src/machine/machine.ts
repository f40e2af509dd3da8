import type { Brand, MaybePromise } from "../brand.js"
import type { Crypto } from "../crypto.js"
import type { ConversationId, IdMaterial } from "../identifiers/conversation-id.js"
import type { MessageId } from "../identifiers/message-id.js"
import type { Participant } from "../identifiers/participant.js"
import type { Topic } from "../topics/topic.js"
import type { CarriageOffer, Parcel } from "./parcel.js"
import type { Codec, Initial, Patch, Shape, State } from "./state.js"

/** A type's own commands or notices: a name and the codec of its body. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- bodies of any type meet here
export type Vocabulary = Readonly<Record<string, Codec<any>>>

/** One word of a vocabulary, with its body. */
export type Said<V extends Vocabulary> = {
  [K in keyof V & string]: { readonly name: K; readonly body: V[K] extends Codec<infer T> ? T : never }
}[keyof V & string]

/** 16 bytes in an envelope that lead to the conversation, and look random to everyone else. */
export type Hint = Brand<Uint8Array, "Hint">

/** Where an instance wants payloads from: a hint on a topic, or everything on a topic of its own. */
export interface Route {
  readonly topic: Topic
  readonly hint?: Hint
}

export type Consent = "unknown" | "allowed" | "denied"

/** The account, as its machines see it. The secret identity key never leaves the client. */
export interface Self {
  readonly participant: Participant
  /** Where this account receives what is addressed to it. */
  readonly inboxTopic: Topic
  /** Ed25519, 64 bytes. Anyone can show the signature to others: it ends deniability. */
  sign(message: Uint8Array): Uint8Array
  /** X25519 with the identity's own agreement key; `undefined` for a public key of low order. */
  agree(publicKey: Uint8Array): Uint8Array | undefined
}

/** Everything that a machine may know besides its state and its input. Valid during the one call it was given to. */
export interface Context {
  readonly nowMs: number
  /** Fresh random bytes, which the caller owns. The only source that protocol code may use. */
  random(bytes: number): Uint8Array
  readonly crypto: Crypto
  readonly self: Self
  /** Reads an introduction in its binary form; `undefined` when it is malformed, forged or expired. */
  readIntroduction(introduction: Uint8Array): ReadIntroduction | undefined
}

export interface ConversationContext extends Context {
  readonly conversation: ConversationId
  /** Whether the account's owner wants this conversation. Nothing may be acknowledged before `allowed`. */
  readonly consent: Consent
}

/** What a signed introduction says to one type. */
export interface ReadIntroduction {
  /** The owner, whose signature was verified. */
  readonly participant: Participant
  readonly inboxTopic: Topic
  readonly expiresAtMs: number
  /** The reading type's own offer bytes, if it had any. Hostile until decoded. */
  readonly offer?: Uint8Array
}

export interface StartContext extends Context {
  /** Makes an id by the type's declared policy. Throws `BAD_ID_MATERIAL`. */
  conversationId(material: IdMaterial): ConversationId
}

export interface Peer {
  readonly participant: Participant
  /** Where the peer receives, from his introduction. */
  readonly inboxTopic: Topic
  /** This type's own offer bytes from the peer's introduction, if it had any. Hostile until decoded. */
  readonly offer?: Uint8Array
}

export type Start =
  | { readonly kind: "create"; readonly peers: readonly Peer[]; readonly first?: { readonly content: Uint8Array } }
  | { readonly kind: "accept"; readonly from: Participant; readonly invite: Uint8Array }
  /** From a backup: under its old id, with what {@link Machine.backup} gave and no key that may have moved on since. */
  | { readonly kind: "restore"; readonly conversation: ConversationId; readonly backup: Uint8Array }

// ---- inputs

export interface SendInput {
  readonly kind: "send"
  /** An encoded ContentFrame. */
  readonly content: Uint8Array
}
export interface ReceiveInput {
  readonly kind: "receive"
  readonly topic: Topic
  readonly hint?: Hint
  /** What the envelope held. The machine may keep it, and never writes to it. */
  readonly payload: Uint8Array
}
export interface ParcelInput {
  readonly kind: "parcel"
  /** Authenticated by the carrier. */
  readonly from: Participant
  readonly parcel: Parcel
}
export interface CarryInput {
  readonly kind: "carry"
  readonly to: Participant
  readonly parcel: Parcel
  /** For a carrier that needs the recipient's introduction. */
  readonly using?: CarriageOffer
}
export interface WakeInput {
  readonly kind: "wake"
}
/**
 * The owner withdraws a message of his own that was never sent. After `next` its publication is gone and the message has failed as `CANCELLED`.
 * The type sees to it that nobody waits for it.
 */
export interface CancelInput {
  readonly kind: "cancel"
  readonly message: MessageId
}
/** A single-use introduction of this account, made because the machine asked with `introduce`. */
export interface IntroductionInput {
  readonly kind: "introduction"
  readonly introduction: Uint8Array
}
/** An invite that concerns this conversation: see {@link BeginEffect.conversation}. */
export interface InviteInput {
  readonly kind: "invite"
  readonly from: Participant
  readonly invite: Uint8Array
}
export type CommandInput<C extends Vocabulary> = { readonly kind: "command" } & Said<C>

export type Input<C extends Vocabulary> =
  | SendInput
  | ReceiveInput
  | ParcelInput
  | CarryInput
  | WakeInput
  | CancelInput
  | IntroductionInput
  | InviteInput
  | CommandInput<C>

/** Asks a resident for what someone needs to start its type with this account. Answered by exactly one `offered`. */
export interface OfferInput {
  readonly kind: "offer"
  readonly expiresAtMs: number
}
/** The introduction that holds the offer has been made and signed. */
export interface IntroducedInput {
  readonly kind: "introduced"
  readonly offer: Uint8Array
  /** BLAKE2b-256 of the whole introduction. */
  readonly introductionDigest: Uint8Array
  readonly expiresAtMs: number
}

export type ResidentInput = OfferInput | IntroducedInput | ReceiveInput | ParcelInput | CarryInput | WakeInput

// ---- effects

/** Hands an encrypted payload to the outbox. The topic must be one that the type declares. */
export interface PublishEffect {
  readonly kind: "publish"
  readonly topic: Topic
  readonly hint?: Hint
  readonly payload: Uint8Array
  /** The message of ours that this payload brings; its fate follows the payload's. */
  readonly message?: MessageId
  /** A payload of this conversation under the same key that still waits is replaced. */
  readonly replaces?: string
  /** After this the payload is dropped unsent, and its message fails. */
  readonly expiresAtMs?: number
  /** The service need not store it. */
  readonly ephemeral?: boolean
}
/** Someone else's message. The same id twice is one message. */
export interface DeliverEffect {
  readonly kind: "deliver"
  readonly message: MessageId
  readonly from: Participant
  /** The position in the conversation's log, equal for every participant; ties are broken by message id. */
  readonly lamport: number
  readonly sentAtMs: number
  readonly content: Uint8Array
}
/** Names our own message. A `send`, and a `create` with first content, answer with exactly one. */
export interface SentEffect {
  readonly kind: "sent"
  readonly message: MessageId
  readonly lamport: number
  readonly sentAtMs: number
}
/** What became of a message. */
export interface FateEffect {
  readonly kind: "fate"
  readonly message: MessageId
  readonly fate: "acknowledged" | "missing" | "recovered" | "failed"
  readonly by?: Participant
  /** Why it failed. */
  readonly code?: string
}
/** Asks some carrier to bring a parcel over: an open conversation with that person, else an introduction of his. */
export interface CarryEffect {
  readonly kind: "carry"
  readonly to: Participant
  readonly parcel: Parcel
  /** The message of ours that travels inside; what the carrier publishes for it counts as its publication. */
  readonly message?: MessageId
  /** An introduction of the recipient, in its binary form, to bring it under: else an open conversation, or the one that a start began with. */
  readonly introduction?: Uint8Array
}
/** A carrier received this parcel. It is committed to its type's durable queue together with this step's patch. */
export interface HandoverEffect {
  readonly kind: "handover"
  readonly from: Participant
  readonly parcel: Parcel
}
/** Changes where payloads are expected. Adding what is there and dropping what is not are no-ops. */
export interface ListenEffect {
  readonly kind: "listen"
  readonly add: readonly Route[]
  readonly drop: readonly Route[]
}
/** An authenticated frame that this version does not know, for the application to see. */
export interface UnknownFrameEffect {
  readonly kind: "unknown-frame"
  readonly from: Participant
  readonly tag: number
}
/** Asks for a single-use introduction of this account, to give to someone inside the conversation. Answered by one `introduction` input. */
export interface IntroduceEffect {
  readonly kind: "introduce"
  readonly expiresAtMs: number
}
export type NoticeEffect<N extends Vocabulary> = { readonly kind: "notice" } & Said<N>

export type Effect<N extends Vocabulary> =
  | PublishEffect
  | DeliverEffect
  | SentEffect
  | FateEffect
  | CarryEffect
  | HandoverEffect
  | ListenEffect
  | UnknownFrameEffect
  | IntroduceEffect
  | NoticeEffect<N>

/** The answer to an `offer` input. */
export interface OfferedEffect {
  readonly kind: "offered"
  readonly offer: Uint8Array
}
/**
 * Starts a conversation of the resident's type from an invite, in the same commit as the resident's patch. If the conversation's `start`
 * refuses, so does the whole step. `invite` need not be the received bytes: the resident adds the secrets that only it holds,
 * and lists them in `wipe`.
 */
export interface BeginEffect {
  readonly kind: "begin"
  readonly from: Participant
  readonly invite: Uint8Array
  /**
   * The conversation that the invite concerns, where the account may have it already. Then that conversation gets it as a durable `invite` input
   * instead; else it is started under this id. Nothing says that its participants are the inviter's: the conversation checks.
   */
  readonly conversation?: ConversationId
}

export type ResidentEffect =
  PublishEffect | CarryEffect | HandoverEffect | ListenEffect | UnknownFrameEffect | OfferedEffect | BeginEffect

// ---- outcomes

export interface Next<P, E> {
  readonly kind: "next"
  readonly patch: P
  readonly effects: readonly E[]
  /** The instance's one deadline, restated by every `next`: without it there is none. */
  readonly wakeAtMs?: number
  /** Buffers to overwrite once the commit is durable. State that the patch keeps must not alias them. */
  readonly wipe?: readonly Uint8Array[]
}
/** Leaves everything as it was. */
export interface Refused {
  readonly kind: "refused"
  readonly code: string
}
/** The payload can't be judged yet: it is kept, bounded by count, bytes and age, and offered again after the next accepted step. */
export interface Later {
  readonly kind: "later"
  readonly code: string
}

export type Outcome<P, E> = Next<P, E> | Refused | Later

export type Started<S extends Shape, E> = (Next<Initial<S>, E> & { readonly conversation: ConversationId }) | Refused

// ---- machines

/** What the application can be told about any conversation. */
export interface View {
  /** This account included. */
  readonly participants: readonly Participant[]
  readonly name?: string
  /** Whom this conversation can bring parcels to. */
  readonly carriesTo: readonly Participant[]
  readonly can: { readonly send: boolean }
  /** The longest content that one `send` takes. */
  readonly contentBytesMax: number
}

/**
 * The machine of a conversation: `start` once, then `step` for each input, one at a time. It is pure: no clock, no randomness, no I/O but
 * through the context. State and input are read, never written. A rejected promise or an exception is a fault of the type; it is
 * treated as `refused` with `TYPE_FAULT` and changes nothing. A synchronous step is never awaited.
 */
export interface Machine<S extends Shape, C extends Vocabulary, N extends Vocabulary> {
  start(input: Start, context: StartContext): MaybePromise<Started<S, Effect<N>>>
  step(state: State<S>, input: Input<C>, context: ConversationContext): MaybePromise<Outcome<Patch<S>, Effect<N>>>
  /** Everywhere this state expects payloads: what all `listen` effects so far add up to. */
  routes(state: State<S>, context: ConversationContext): readonly Route[]
  view(state: State<S>): View
  /** What a backup keeps so that `restore` can go on: positions and public keys, never a key that a later step replaces. */
  backup?(state: State<S>): Uint8Array
}

/**
 * The machine of a type's resident: one per account, there before any conversation. It makes the offers, keeps their secrets, and turns invites
 * into conversations. It lives under a conversation id that `start` makes by the type's policy, the same at every start.
 */
export interface Resident<S extends Shape> {
  /** Whether it can bring parcels to someone whose introduction holds its offer. */
  readonly carries: boolean
  start(context: StartContext): Next<Initial<S>, ResidentEffect> & { readonly conversation: ConversationId }
  step(
    state: State<S>,
    input: ResidentInput,
    context: ConversationContext,
  ): MaybePromise<Outcome<Patch<S>, ResidentEffect>>
  routes(state: State<S>, context: ConversationContext): readonly Route[]
}
