import type {
  AnyConversationType,
  Context,
  ConversationContext,
  ConversationId,
  Consent,
  StartContext,
} from "@colloquy/core"
import type { Runtime } from "../runtime/runtime.js"

function context(runtime: Runtime, nowMs: number): Context {
  const { random, crypto } = runtime.environment
  return { nowMs, random, crypto, self: runtime.account }
}

/** The context of one `start`. Ids are made by the type's declared policy and no other way. */
export function startContext(runtime: Runtime, type: AnyConversationType, nowMs: number): StartContext {
  return {
    ...context(runtime, nowMs),
    conversationId: (material) =>
      type.declaration.conversationIds.make(type.name, material, runtime.environment.crypto),
  }
}

/** The context of one `step`. */
export function stepContext(
  runtime: Runtime,
  conversation: ConversationId,
  consent: Consent,
  nowMs: number,
): ConversationContext {
  const { random, crypto } = runtime.environment
  return { nowMs, random, crypto, self: runtime.account, conversation, consent }
}
