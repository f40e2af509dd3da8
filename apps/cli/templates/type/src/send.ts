import type { ConversationContext, SendInput } from "@colloquy/core"
import { sealMessage, sweepSkippedKeys } from "@colloquy/crypto"
import { contentBytesMax, encodeContent } from "./frames.js"
import type { SketchOutcome } from "./machine.js"
import { messageId, nextLamport } from "./messages.js"
import { associatedData, suiteOf } from "./secrets.js"
import { ratchetOf, type SketchState } from "./state.js"

/** SK1-7: seals content as our next message. */
export function send(state: SketchState, { content }: SendInput, context: ConversationContext): SketchOutcome {
  const { crypto, conversation, nowMs } = context
  const { bond } = state
  if (content.length > contentBytesMax) return { kind: "refused", code: "CONTENT_TOO_LONG" }
  const lamport = nextLamport(state.lamport, nowMs)
  const data = associatedData(crypto, conversation, bond.outTopic, bond.self, bond.peer)
  const plaintext = encodeContent(content, lamport, nowMs)
  const sealed = sealMessage(suiteOf(crypto), ratchetOf(state), plaintext, data, (bytes) => context.random(bytes))
  crypto.wipe(plaintext)
  if (sealed === undefined) return { kind: "refused", code: "CHAIN_EXHAUSTED" }
  const { hint, payload, sending, root, superseded } = sealed
  const message = messageId(crypto, conversation, hint)
  const { nextMs } = sweepSkippedKeys(state.skipped, 0)
  return {
    kind: "next",
    patch: { sending, lamport, ...(root === undefined ? {} : { root }) },
    effects: [
      { kind: "sent", message, lamport, sentAtMs: nowMs },
      { kind: "publish", topic: bond.outTopic, hint, payload, message },
    ],
    wipe: superseded,
    ...(nextMs === undefined ? {} : { wakeAtMs: nextMs }),
  }
}
