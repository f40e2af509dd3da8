import type { AnyConversationType, ConversationId } from "@colloquy/core"
import type { Arbitrary } from "fast-check"
import type { Laboratory, Subject } from "../laboratory/laboratory.js"
import type { ExceptionName } from "./exceptions.js"

/** A conversation in a laboratory, open on every side. */
export interface Established {
  readonly laboratory: Laboratory
  /** In the order in which they came: the initiator first. */
  readonly people: readonly Subject[]
  readonly conversation: ConversationId
}

/**
 * What a declaration can't say about itself: how two people come to converse, and what they say. Everything has a default that fits a type
 * with a `conversation`, offers made by its resident, and `send`.
 */
export interface ConversationTypeFixture {
  /** Types that run beside it: the carriers that its parcels need. Default: `InboxV1`, unless the type is a carrier itself. */
  readonly beside?: readonly AnyConversationType[]
  /** Of a conversation as the attacks want it; 2 by default. */
  readonly participants?: number
  /** Default: each of the others introduces himself, the first starts with their introductions, everybody allows it, everything arrives. */
  establish?(laboratory: Laboratory, people: readonly Subject[]): Promise<ConversationId>
  /** Whom a participant's view names: `everyone` by default. `some`: the first sees all, the others may see fewer, as readers of a channel do. */
  readonly sees?: "everyone" | "some"
  /** One person says something, in as many payloads as it takes. Default: `send` in the conversation. */
  say?(from: Subject, conversation: ConversationId, content: Uint8Array): Promise<void>
  /** Everything that the type can say besides content, so that its payloads are attacked too. */
  readonly commands?: readonly { readonly name: string; readonly body: unknown }[]
  /** Frames of every kind. Default: derived from a protobuf frame tree's descriptor. A type with an encoding of its own must bring it. */
  readonly frames?: Arbitrary<unknown>
  /** The name in the tree of the frame that a decoded value is. Default: that of the innermost message of a protobuf choice, else the value's `kind`. */
  frameName?(frame: unknown): string
  /** Lengths that a payload may have, in bytes: the buckets of a type that claims `length-hiding`. */
  readonly payloadLengths?: readonly number[]
  /** State that earlier versions of the type's code stored: pieces by name, `table/row` for a row. Each must still decode. */
  readonly oldStates?: readonly OldState[]
  /**
   * How long a type that claims `forward-secrecy` may keep keys of payloads that never came, in milliseconds: what it expressly excepts from the
   * claim. Without it a type that keeps any is reported as untested there.
   */
  readonly lostKeysKeptMs?: number
  /** The type publishes payloads again as they were, so that who sees one twice knows that it is the same: what it excepts from `unlinkability`. */
  readonly republishes?: boolean
  /** `sender-authentication` is claimed also towards someone who stole the hearer's identity key, and nothing else of his. */
  readonly resistsIdentityTheft?: boolean
  /** Round trips after which a type that claims `post-compromise-security` must have healed; 2 by default. */
  readonly healingRoundTripsMax?: number
  /** Each of the people speaks in a conversation of his own: see `oneSpeaker`, which sets it. */
  readonly oneSpeaker?: boolean
  /** How people come and go, for a type with more than two: who left is attacked as an outsider then, and so is who comes, for what was before. */
  readonly members?: MemberChanges
  /** Why the fixture asks for what weakens an attack: a sentence for each such setting. The report shows them; without one it is `EXCEPTION_UNEXPLAINED`. */
  readonly reasons?: Readonly<Partial<Record<ExceptionName, string>>>
}

/** What is done to the members of an open conversation. Nothing is delivered yet when a change resolves. */
export interface MemberChanges {
  /** Someone makes a newcomer a member, who allows it afterwards. */
  add(by: Subject, conversation: ConversationId, newcomer: Subject): Promise<void>
  /** Someone takes a member out. */
  remove(by: Subject, conversation: ConversationId, member: Subject): Promise<void>
  /** The type gives newcomers what was said before, and means to. */
  readonly history?: boolean
}

export interface OldState {
  readonly origin: string
  /** Of the type's resident; of a conversation by default, where the type has any. */
  readonly resident?: boolean
  readonly pieces: Readonly<Record<string, { readonly version: number; readonly bytes: Uint8Array }>>
}
