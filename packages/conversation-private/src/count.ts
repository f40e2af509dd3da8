import type { CompactState } from "@colloquy/reliability"

/** PV1-45: a count that begins anew begins at a multiple of this. */
export const countStep = 65_536
export const jumpMin: number = 2 ** 31

/** PV1-45: what lies between the last number that was heard and the beginning of a new count is not missing. */
export function countedAnew<S extends Pick<CompactState, "link">>(state: S, sequence: number | undefined): S {
  const { heard } = state.link
  if (sequence === undefined || sequence - heard <= jumpMin) return state
  return { ...state, link: { ...state.link, heard: sequence - (sequence % countStep) } }
}

/** The first number of a new count: far above every one that was used. */
export function freshCount(nowMs: number, used: number): number {
  return Math.max(Math.floor(nowMs / 1000) * countStep, used - (used % countStep) + 2 * jumpMin)
}
