import { type MessageId, messageIdToBytes } from "@colloquy/core"
import type { Link } from "./link.js"
import { spread } from "./schedule.js"

/** The circumstances of a step. */
export interface Moment {
  readonly nowMs: number
  /** From 0 to below 1, drawn only when a deadline is set. What it returns need not be secret for the messages' sake, only hard to guess. */
  random(): number
  /** RL-27: whether the peer may learn that we are here: nothing is acknowledged and nothing asked for before. */
  readonly mayAcknowledge: boolean
}

/** A `random` that draws two bytes from a context. */
export function randomFrom(draw: (bytes: number) => Uint8Array): () => number {
  return () => fraction(draw(2))
}

/** A `random` for those who know a message: its id is a hash that outsiders cannot compute. It draws nothing. */
export function randomOf(message: MessageId): () => number {
  return () => fraction(messageIdToBytes(message))
}

/** When a step must be made without an input; `undefined` for never. */
export function deadlineOf(link: Link, mayAcknowledge: boolean): number | undefined {
  const due = mayAcknowledge
    ? [link.probeAtMs, link.missingAtMs, link.acknowledgeAtMs, link.requestAtMs]
    : [link.probeAtMs, link.missingAtMs]
  const times = due.filter((time) => time !== null)
  return times.length === 0 ? undefined : Math.min(...times)
}

export function after(moment: Moment, delayMs: number): number {
  return moment.nowMs + spread(delayMs, moment.random())
}

function fraction(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) * 0x100 + (bytes[1] ?? 0)) / 0x1_0000
}
