import type { PrivatePatch, PrivateState } from "./state.js"

type Chores = "sweepAtMs" | "old" | "session" | "introductions"

/** When the next step without an input is due: for reliability, or for a chore of the session, as the patch leaves it. */
export function deadline(
  reliabilityMs: number | undefined,
  state: Pick<PrivateState, Chores>,
  patch: Pick<PrivatePatch, Chores>,
  isAllowed: boolean,
): number | undefined {
  const sweepAtMs = patch.sweepAtMs === undefined ? state.sweepAtMs : patch.sweepAtMs
  const old = patch.old === undefined ? state.old : patch.old
  const { invite } = patch.session ?? state.session
  const { dueAtMs } = patch.introductions ?? state.introductions
  let wakeAtMs = reliabilityMs ?? Number.POSITIVE_INFINITY
  if (sweepAtMs !== null && sweepAtMs < wakeAtMs) wakeAtMs = sweepAtMs
  if (old !== null && old.untilMs < wakeAtMs) wakeAtMs = old.untilMs
  if (invite !== null && invite.againAtMs < wakeAtMs) wakeAtMs = invite.againAtMs
  if (isAllowed && dueAtMs !== null && dueAtMs < wakeAtMs) wakeAtMs = dueAtMs
  return wakeAtMs === Number.POSITIVE_INFINITY ? undefined : wakeAtMs
}

/** An outcome's field: left out for no deadline. */
export function wakeAt(wakeAtMs: number | undefined): { readonly wakeAtMs?: number } {
  return wakeAtMs === undefined ? {} : { wakeAtMs }
}
