import type { AnyConversationType, ConversationId } from "@colloquy/core"
import type { Blinded } from "../store/keys.js"
import type { Header } from "./header.js"

/** The instance that a plan is for. */
export interface Subject {
  readonly id: ConversationId
  readonly blinded: Blinded
  /** The conversation that shows its messages: itself, but for the second of two that people began with each other at once. */
  readonly thread: ConversationId
  readonly log: Blinded
  readonly type: AnyConversationType
  header(): Header
}
