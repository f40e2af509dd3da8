import type { Context, ConversationContext, IntroductionInput } from "@colloquy/core"
import { type CompactState, deadlineOf } from "@colloquy/reliability"
import { deadline, wakeAt } from "./deadline.js"
import { decodeOffer, encodeIntroductions, introductionBytesMax, type Offer } from "./frames.js"
import { type Introductions, introductionsKept } from "./introductions-state.js"
import { refused } from "./refusals.js"
import { post, silentMessage } from "./send.js"
import type { Bond, PrivateState } from "./state.js"
import type { PrivateEffect, PrivateOutcome } from "./vocabulary.js"

const dayMs = 24 * 3_600_000
/** PV1-37: how long ours are good for, after how long they are replaced, how soon those that were used up are, and when the first ones are given. */
export const lifetimeMs: number = 90 * dayMs
export const renewAfterMs: number = 60 * dayMs
export const replaceAfterMs: number = dayMs
export const firstAfterMs = 60_000

/** PV1-37: asks for introductions of ours, if it is time. Who gets no answer asks again a day later. */
export function askForIntroductions(
  { introductions }: Pick<PrivateState, "introductions">,
  { nowMs, consent }: ConversationContext,
): { readonly introductions: Introductions; readonly effects: readonly PrivateEffect[] } | undefined {
  if (consent !== "allowed" || introductions.dueAtMs === null || introductions.dueAtMs > nowMs) return undefined
  const ask: PrivateEffect = { kind: "introduce", expiresAtMs: nowMs + lifetimeMs }
  return {
    introductions: { ...introductions, own: [], dueAtMs: nowMs + replaceAfterMs },
    effects: Array.from({ length: introductionsKept }, () => ask),
  }
}

/** PV1-37: sends ours to the peer once they are all there. */
export function introduction(
  state: PrivateState,
  input: IntroductionInput,
  context: ConversationContext,
): PrivateOutcome {
  const { introductions } = state
  const { introduction } = input
  const own = [...introductions.own, introduction]
  if (own.length > introductionsKept || introduction.length > introductionBytesMax) return refused("PV1_UNEXPECTED")
  if (own.length < introductionsKept)
    return {
      kind: "next",
      patch: { introductions: { ...introductions, own } },
      effects: [],
      ...wakeAt(
        deadline(deadlineOf(state.link, context.consent === "allowed"), state, {}, context.consent === "allowed"),
      ),
    }
  const given = { ...introductions, own: [], givenAtMs: context.nowMs, dueAtMs: context.nowMs + renewAfterMs }
  return post(state, silentMessage(state, encodeIntroductions(own), context), context, [], { introductions: given })
}

/**
 * What is known of introductions after a message: the peer's, if it brought some that are newer and good; and that it is time to give him ours, if it
 * is the first that was heard of him. `undefined` if nothing changes.
 */
export function keepIntroductions(
  { introductions, link }: CompactState & { readonly introductions: Introductions },
  bond: Bond,
  brought: readonly Uint8Array[] | undefined,
  sequence: number | undefined,
  context: Context,
): Introductions | undefined {
  const isFirst = link.heard === 0 && introductions.dueAtMs === null
  const known = isFirst ? { ...introductions, dueAtMs: context.nowMs + firstAfterMs } : introductions
  if (brought === undefined || sequence === undefined || sequence < introductions.peerFrom)
    return isFirst ? known : undefined
  const peer = brought.filter((bytes) => readOffer(bytes, bond, context) !== undefined).map((bytes) => bytes.slice())
  return { ...known, peer, peerFrom: sequence + 1 }
}

/** PV1-38: the offer in an introduction of the peer's; `undefined` unless the introduction is good. */
export function readOffer(introduction: Uint8Array, bond: Bond, context: Context): Offer | undefined {
  const read = context.readIntroduction(introduction)
  if (read?.offer === undefined || read.participant !== bond.peer || read.inboxTopic !== bond.peerTopic)
    return undefined
  return read.expiresAtMs > context.nowMs ? decodeOffer(read.offer) : undefined
}

/** PV1-37: the peer has used one of ours. */
export function afterUse(introductions: Introductions, nowMs: number): Introductions {
  const { dueAtMs, givenAtMs } = introductions
  const replaceAtMs = Math.max(nowMs, givenAtMs + replaceAfterMs)
  return { ...introductions, dueAtMs: Math.min(dueAtMs ?? replaceAtMs, replaceAtMs) }
}
