import type {
  AnyConversationType,
  Context,
  ConversationContext,
  ConversationId,
  Consent,
  StartContext,
} from "@colloquy/core"
import { decodeIntroductionBytes } from "../introduction/introduction.js"
import type { Runtime } from "../runtime/runtime.js"

function context(runtime: Runtime, type: AnyConversationType, nowMs: number): Context {
  const { random, crypto } = runtime.environment
  return {
    nowMs,
    random,
    crypto,
    self: runtime.account,
    readIntroduction(bytes) {
      const decoded = decodeIntroductionBytes(bytes, crypto, nowMs)
      if (decoded.kind === "refused") return undefined
      const { participant, inboxTopic, expiresAtMs, offers } = decoded.introduction
      const own = offers.find((offered) => offered.type === type.id)
      const read = { participant, inboxTopic, expiresAtMs }
      return own === undefined ? read : { ...read, offer: own.body }
    },
  }
}

/** The context of one `start`. Ids are made by the type's declared policy and no other way. */
export function startContext(runtime: Runtime, type: AnyConversationType, nowMs: number): StartContext {
  const { crypto } = runtime.environment
  return {
    ...context(runtime, type, nowMs),
    conversationId: (material) => type.declaration.conversationIds.make(type.name, material, crypto),
  }
}

/** The context of one `step`. */
export function stepContext(
  runtime: Runtime,
  type: AnyConversationType,
  conversation: ConversationId,
  consent: Consent,
  nowMs: number,
): ConversationContext {
  return { ...context(runtime, type, nowMs), conversation, consent }
}
