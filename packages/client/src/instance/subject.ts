import type { AnyConversationType, ConversationId } from "@colloquy/core"
import type { Blinded } from "../store/keys.js"
import type { Header } from "./header.js"

/** The instance that a plan is for. */
export interface Subject {
  readonly id: ConversationId
  readonly blinded: Blinded
  readonly type: AnyConversationType
  header(): Header
}
