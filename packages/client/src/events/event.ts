import type { Consent, ConversationId, MessageId, Participant, TypeId } from "@colloquy/core"
import type { Message } from "../messages/message.js"
import type { MessageState } from "../messages/message-record.js"

interface Happened {
  /** Where a reader resumes after this event. Opaque. */
  readonly cursor: string
  readonly atMs: number
}

/** A conversation began, by us or by someone else. With consent `unknown` it is a request. */
export interface ConversationEvent extends Happened {
  readonly type: "conversation"
  readonly conversation: ConversationId
  readonly conversationType: TypeId
  readonly participants: readonly Participant[]
  readonly consent: Consent
}
/** Somebody else's message. */
export interface MessageEvent extends Happened {
  readonly type: "message"
  readonly conversation: ConversationId
  readonly message: Message
}
/** What became of a message: of ours, or `missing` and `recovered` of another's. */
export interface StateEvent extends Happened {
  readonly type: "state"
  readonly conversation: ConversationId
  readonly message: MessageId
  readonly state: MessageState | "missing" | "recovered"
  readonly proof?: "stored" | "relayed"
  readonly by?: Participant
  readonly code?: string
}
export interface ConsentEvent extends Happened {
  readonly type: "consent"
  readonly conversation: ConversationId
  readonly consent: Consent
}
/** A type's own notice; `body` as its codec reads it. */
export interface NoticeEvent extends Happened {
  readonly type: "notice"
  readonly conversation: ConversationId
  readonly name: string
  readonly body: unknown
}
/** Something authenticated that this client does not know: a type that is not registered, or a frame of a later version. */
export interface UnknownEvent extends Happened {
  readonly type: "unknown"
  readonly what: "type" | "frame"
  readonly conversation: ConversationId
  readonly unknownType?: string
  readonly frameTag?: number
}
/** A parcel found no way to its recipient. */
export interface UndeliveredEvent extends Happened {
  readonly type: "undelivered"
  readonly conversation: ConversationId
  readonly to: Participant
  readonly code: string
}
/** A message was deleted here, or disappeared. */
export interface DeletedEvent extends Happened {
  readonly type: "deleted"
  readonly conversation: ConversationId
  readonly message: MessageId
}
/** A conversation was removed here. */
export interface RemovedEvent extends Happened {
  readonly type: "removed"
  readonly conversation: ConversationId
}
/** The delivery service no longer had payloads that were never read. */
export interface GapEvent extends Happened {
  readonly type: "gap"
  readonly topics: "all" | "some"
}

export type ClientEvent =
  | ConversationEvent
  | MessageEvent
  | StateEvent
  | ConsentEvent
  | NoticeEvent
  | UnknownEvent
  | UndeliveredEvent
  | GapEvent
  | DeletedEvent
  | RemovedEvent
