import {
  codeOf,
  ColloquyError,
  type DeliverEffect,
  type Effect,
  type FateEffect,
  type Next,
  type Parcel,
  type ResidentEffect,
  type SentEffect,
  type Vocabulary,
} from "@colloquy/core"
import type { Subject } from "./subject.js"

type AnyEffect = Effect<Vocabulary> | ResidentEffect

const everyone = ["publish", "carry", "handover", "listen", "unknown-frame"]
const ofConversations = [...everyone, "deliver", "sent", "fate", "notice", "introduce"]
const ofResidents = [...everyone, "offered", "begin"]
const fates = ["acknowledged", "missing", "recovered", "failed"]
const parcelKinds = ["offer", "offer-request", "invite"]

/** Throws `EFFECT_MISPLACED` for an effect that this kind of machine does not have. */
export function assertPlace(subject: Subject, effect: AnyEffect): void {
  if (!(subject.header().resident ? ofResidents : ofConversations).includes(effect.kind))
    throw new ColloquyError("EFFECT_MISPLACED", `${subject.type.id} has an effect that is not its machine's`)
}

/** Throws `EFFECT_MALFORMED` unless a message's place in the log and its time are whole numbers. */
export function assertPosition({ type }: Subject, { lamport, sentAtMs }: DeliverEffect | SentEffect): void {
  if (![lamport, sentAtMs].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw new ColloquyError("EFFECT_MALFORMED", `${type.id} gave a message a time that is no whole number`)
}

/** Throws `EFFECT_MALFORMED` for what is no time. */
export function assertTime({ type }: Subject, timeMs: number): void {
  if (!(timeMs >= 0)) throw new ColloquyError("EFFECT_MALFORMED", `${type.id} named a time that is none`)
}

/** Throws `EFFECT_MALFORMED` for a fate that no message can have. */
export function assertFate({ type }: Subject, { fate }: FateEffect): void {
  if (!fates.includes(fate)) throw new ColloquyError("EFFECT_MALFORMED", `${type.id} gave a message an unknown fate`)
}

/** A copy of its own, since the type may have the original overwritten. Throws `EFFECT_MALFORMED` for what is no parcel. */
export function ownParcel({ type }: Subject, parcel: Parcel | undefined): Parcel {
  if (!(parcel?.body instanceof Uint8Array) || !parcelKinds.includes(parcel.kind) || typeof parcel.type !== "string")
    throw new ColloquyError("EFFECT_MALFORMED", `${type.id} sent what is no parcel`)
  return { type: parcel.type, kind: parcel.kind, body: parcel.body.slice() }
}

/** The deadline in whole milliseconds. Throws `TYPE_FAULT` for one that is no time, buffers to wipe that are none, and what is no outcome. */
export function checkedDeadline({ kind, wakeAtMs, wipe = [] }: Next<unknown, unknown>): number | undefined {
  if (kind !== "next") throw new ColloquyError("TYPE_FAULT", "this is no outcome")
  if (wakeAtMs !== undefined && !(wakeAtMs >= 0 && wakeAtMs <= Number.MAX_SAFE_INTEGER))
    throw new ColloquyError("TYPE_FAULT", "a deadline is no time")
  for (const buffer of wipe)
    if (!(buffer instanceof Uint8Array)) throw new ColloquyError("TYPE_FAULT", "what is to be wiped is no buffer")
  return wakeAtMs === undefined ? undefined : Math.ceil(wakeAtMs)
}

/** Whether the store is to blame, and not the type: the input has not come to its end then. */
export function isStoreError(error: unknown): boolean {
  const code = codeOf(error)
  // A record that no store takes is the fault of whoever made it, and would be refused again for ever.
  return code?.startsWith("STORE_") === true && code !== "STORE_BAD_RECORD"
}

/** Whether this is what the instance was closed with. A type may throw `undefined`, too. */
export function isReason(error: unknown, closed: unknown): boolean {
  return error !== undefined && error === closed
}

/** What went wrong in a type's own code: its code where it has one. Nothing else of the error is kept, since it may hold anything. */
export function typeFault(error: unknown, type: Subject["type"]): ColloquyError {
  if (error instanceof ColloquyError) return error
  return new ColloquyError("TYPE_FAULT", `${type.id} failed`)
}
