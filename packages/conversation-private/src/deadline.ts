import type { PrivateState } from "./state.js"

/** When the next step without an input is due: for reliability, or for a chore of the session. */
export function deadline(
  reliabilityMs: number | undefined,
  { sweepAtMs, old, session, introductions }: Pick<PrivateState, "sweepAtMs" | "old" | "session" | "introductions">,
  isAllowed: boolean,
): { readonly wakeAtMs?: number } {
  let wakeAtMs = reliabilityMs ?? Number.POSITIVE_INFINITY
  if (sweepAtMs !== null && sweepAtMs < wakeAtMs) wakeAtMs = sweepAtMs
  if (old !== null && old.untilMs < wakeAtMs) wakeAtMs = old.untilMs
  if (session.invite !== null && session.invite.againAtMs < wakeAtMs) wakeAtMs = session.invite.againAtMs
  const { dueAtMs } = introductions
  if (isAllowed && dueAtMs !== null && dueAtMs < wakeAtMs) wakeAtMs = dueAtMs
  return wakeAtMs === Number.POSITIVE_INFINITY ? {} : { wakeAtMs }
}
