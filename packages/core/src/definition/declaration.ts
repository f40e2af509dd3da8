import type { FrameTree } from "../frames/frame-tree.js"
import type { ConversationIdPolicy } from "../identifiers/conversation-id.js"
import type { TopicPolicy } from "../topics/topic-policy.js"
import type { Guarantee } from "./guarantees.js"

export interface SpecificationReference {
  /** The title of the document, which identifies the type (CT-10). */
  readonly title: string
  /** The document's path or file name. */
  readonly document: string
  /** Else it is read from the file's name or the title (CT-11). */
  readonly version?: number
}

/** CT-1. A type without encryption says `none`, and what follows from that. */
export type Encryption =
  | { readonly scheme: "none"; readonly consequences: string }
  | { readonly scheme: Exclude<string, "none">; readonly description: string }

/** CT-6. */
export interface Membership {
  readonly participantsMin: number
  readonly participantsMax: number
  /** Who may join, how, and who decides. */
  readonly admission: string
  /**
   * The same two people hold one conversation of the type: a second start uses the open one, and two that they begin at once are shown
   * as one, sent on by the smaller id.
   */
  readonly onePerPair?: boolean
}

/**
 * What a ConversationType says about itself. It executes: the client publishes only on `contentTopics`, makes ids by `conversationIds`,
 * and `frames` is what a machine decodes with.
 */
export interface Declaration {
  readonly specification: SpecificationReference
  readonly encryption: Encryption
  /** CT-2, CT-3, CT-8, CT-9. */
  readonly frames: FrameTree
  /** CT-4, CT-15. A publish elsewhere fails with `TOPIC_UNDECLARED`. */
  readonly contentTopics: TopicPolicy
  /** CT-5, CT-13, CT-14. An id of another form fails with `ID_FOREIGN`. */
  readonly conversationIds: ConversationIdPolicy
  readonly membership?: Membership
  readonly guarantees?: readonly Guarantee[]
  /** CT-16: how a payload is bound to its conversation, topic and direction. */
  readonly channelBinding?: string
  /** CT-17. */
  readonly implementations?: readonly string[]
}
