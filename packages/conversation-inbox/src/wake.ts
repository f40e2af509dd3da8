import type { ConversationContext, Hint, Outcome, ResidentEffect, Route } from "@colloquy/core"
import { fromHex } from "@colloquy/core"
import { againAt, publishAgain, type SentRow } from "./again.js"
import { deadline, type InboxPatch, type InboxState } from "./state.js"

/** IB1-19: erases what has expired, and expects it no longer. IB1-12: publishes again what may not have arrived. */
export function wake(state: InboxState, { nowMs, self }: ConversationContext): Outcome<InboxPatch, ResidentEffect> {
  const offers = expired(state.offers, nowMs)
  const introductions = expired(state.introductions, nowMs)
  const consumed = expired(state.consumed, nowMs)
  const sent = new Map<string, SentRow | undefined>(erased(expired(state.sent, nowMs)))
  const again: ResidentEffect[] = []
  for (const [hint, row] of state.sent) {
    if (sent.has(hint) || row.againAtMs === 0 || row.againAtMs > nowMs) continue
    const times = row.times + 1
    sent.set(hint, { ...row, times, againAtMs: againAt(times, nowMs, row.expiresAtMs) })
    again.push(publishAgain(hint, row))
  }
  const patch = { offers: erased(offers), introductions: erased(introductions), consumed: erased(consumed), sent }
  const drop = introductions.map(([key]): Route => ({ topic: self.inboxTopic, hint: fromHex(key) as Hint }))
  const secrets = [...offers, ...introductions].flatMap(([, { agreementSeed, kemSeed }]) => [agreementSeed, kemSeed])
  return {
    kind: "next",
    patch,
    effects: drop.length === 0 ? again : [{ kind: "listen", add: [], drop }, ...again],
    wipe: secrets,
    ...deadline(state, patch),
  }
}

function expired<T extends { readonly expiresAtMs: number }>(
  rows: ReadonlyMap<string, T>,
  nowMs: number,
): [string, T][] {
  return [...rows].filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs)
}

function erased(rows: readonly (readonly [string, unknown])[]): Map<string, undefined> {
  return new Map(rows.map(([key]) => [key, undefined]))
}
