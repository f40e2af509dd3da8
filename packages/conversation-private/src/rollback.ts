import type { ConversationContext } from "@colloquy/core"
import { freshCount } from "./count.js"
import { beginSession } from "./reset.js"
import { joined, patched, type PrivateState } from "./state.js"
import type { PrivateEffect, PrivateOutcome } from "./vocabulary.js"

export const automaticAfterMs: number = 24 * 3_600_000

/**
 * PV1-41: the peer acknowledges numbers that we have not used, so our state went back in time. Nobody can tell what he means by his acknowledgements, so
 * what waits for one has failed. A new session is begun, at most once a day, and our count goes on far above what was used.
 */
export function afterRollback(
  state: PrivateState,
  outcome: PrivateOutcome,
  context: ConversationContext,
): PrivateOutcome {
  if (outcome.kind !== "next" || context.nowMs < state.session.automaticAtMs + automaticAfterMs) return outcome
  const sequence = freshCount(context.nowMs, state.link.sequence)
  const none = new Map([...state.outgoing.keys()].map((row) => [row, undefined]))
  const link = { ...(outcome.patch.link ?? state.link), sequence, unacknowledgedFrom: sequence, keptFrom: sequence }
  const received = joined(outcome.patch, { link: { ...link, keptBytes: 0, probeAtMs: null }, outgoing: none })
  const begun = beginSession(patched(state, received), "rollback", context)
  if (begun.kind !== "next") return outcome
  const failed: PrivateEffect[] = []
  const contents: Uint8Array[] = []
  for (const { content } of state.outgoing.values()) if (content !== null) contents.push(content)
  for (const { message, reported } of state.outgoing.values())
    if (reported) failed.push({ kind: "fate", message, fate: "failed", code: "PV1_ROLLBACK" })
  const heard = outcome.effects.filter((effect) => effect.kind !== "fate" || effect.fate !== "acknowledged")
  return {
    ...begun,
    patch: joined(received, begun.patch),
    effects: [...heard, ...failed, ...begun.effects],
    wipe: [...(outcome.wipe ?? []), ...(begun.wipe ?? []), ...contents],
  }
}
