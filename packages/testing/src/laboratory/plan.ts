import {
  type AnyConversationType,
  type BeginEffect,
  type CarryEffect,
  ColloquyError,
  encodeEnvelope,
  type Effect,
  type ListenEffect,
  type MessageId,
  type Next,
  type Parcel,
  parseConversationId,
  type PublishEffect,
  type ResidentEffect,
  type Vocabulary,
} from "@colloquy/core"
import { copyOf } from "./copies.js"
import type { LabInstance } from "./instance.js"
import type { AnyInput, AnyOutcome, Delivered, Fate } from "./laboratory.js"

type AnyEffect = Effect<Vocabulary> | ResidentEffect

const everyone = ["publish", "carry", "handover", "listen", "unknown-frame"]
const ofConversations = [...everyone, "deliver", "sent", "fate", "notice", "introduce"]
const ofResidents = [...everyone, "offered", "begin"]
const parcelKinds = ["offer", "offer-request", "invite"]
const fates = ["acknowledged", "missing", "recovered", "failed"]

/** What comes of a step in other instances of the account. */
export type Errand =
  | { readonly kind: "carry"; readonly effect: CarryEffect }
  | { readonly kind: "parcel"; readonly input: Extract<AnyInput, { kind: "parcel" }> }
  | { readonly kind: "introduce"; readonly expiresAtMs: number }

/** What one accepted step wants to happen. Nothing has happened yet. */
export interface Plan {
  readonly publications: PublishEffect[]
  readonly delivered: Omit<Delivered, "conversation">[]
  readonly fates: Omit<Fate, "conversation">[]
  readonly listens: Pick<ListenEffect, "add" | "drop">[]
  readonly errands: Errand[]
  readonly begins: BeginEffect[]
  sent: MessageId | undefined
  offer: Uint8Array | undefined
}

/**
 * Turns effects into what is to be done, in copies, as a client does. Throws a ColloquyError for what no client carries out: `TOPIC_UNDECLARED`,
 * `EFFECT_MISPLACED`, `EFFECT_MALFORMED`, `EFFECT_MISSING`, `NOTICE_UNDECLARED`, `OFFER_MISSING`, and those of envelopes.
 */
export function planEffects(
  { type, resident }: Pick<LabInstance, "type" | "resident">,
  effects: readonly AnyEffect[],
  asked: { readonly content: boolean; readonly offer: boolean },
): Plan {
  const plan: Plan = {
    publications: [],
    delivered: [],
    fates: [],
    listens: [],
    errands: [],
    begins: [],
    sent: undefined,
    offer: undefined,
  }
  for (const effect of effects) {
    if (!(resident ? ofResidents : ofConversations).includes(effect.kind))
      throw new ColloquyError("EFFECT_MISPLACED", `${type.id} has an effect that is not its machine's`)
    planEffect(type, effect, asked.content, plan)
  }
  if (asked.content && plan.sent === undefined)
    throw new ColloquyError("EFFECT_MISSING", `${type.id} took content and named no message`)
  if (asked.offer && plan.offer === undefined)
    throw new ColloquyError("EFFECT_MISSING", `${type.id} was asked for an offer and made none`)
  return plan
}

function planEffect(type: AnyConversationType, effect: AnyEffect, content: boolean, plan: Plan): void {
  switch (effect.kind) {
    case "publish":
      assertTopic(type, effect.topic)
      encodeEnvelope(effect)
      plan.publications.push(copyOf(effect))
      return
    case "deliver": {
      const { message, from, lamport, sentAtMs } = effect
      assertPosition(type, effect)
      plan.delivered.push({ message, from, lamport, sentAtMs, content: effect.content.slice() })
      return
    }
    case "sent":
      if (!content || plan.sent !== undefined)
        throw new ColloquyError("EFFECT_MISPLACED", `${type.id} named a message that nobody sends`)
      assertPosition(type, effect)
      plan.sent = effect.message
      return
    case "fate": {
      const { kind: _, ...fate } = effect
      if (!fates.includes(fate.fate)) throw malformed(type, "an unknown fate")
      plan.fates.push(fate)
      return
    }
    case "carry":
      plan.errands.push({ kind: "carry", effect: { ...effect, parcel: ownParcel(type, effect.parcel) } })
      return
    case "handover":
      plan.errands.push({
        kind: "parcel",
        input: { kind: "parcel", from: effect.from, parcel: ownParcel(type, effect.parcel) },
      })
      return
    case "listen":
      for (const { topic } of effect.add) assertTopic(type, topic)
      plan.listens.push(copyOf({ add: effect.add, drop: effect.drop }))
      return
    case "introduce":
      if (!(effect.expiresAtMs >= 0)) throw malformed(type, "a time that is none")
      plan.errands.push({ kind: "introduce", expiresAtMs: effect.expiresAtMs })
      return
    case "notice":
      if (!Object.hasOwn(type.notices as object, effect.name))
        throw new ColloquyError("NOTICE_UNDECLARED", `${type.id} declares no notice of this name`)
      // A body that its own codec can't write reaches no application.
      ;(type.notices as Vocabulary)[effect.name]?.encode(effect.body)
      return
    case "offered":
      if (plan.offer !== undefined) throw malformed(type, "a second offer")
      plan.offer = effect.offer.slice()
      return
    case "begin":
      plan.begins.push({ ...effect, invite: effect.invite.slice() })
      return
    case "unknown-frame":
      return
  }
}

/** Throws `TYPE_FAULT` for what is no outcome. */
export function assertOutcome(outcome: AnyOutcome): void {
  const fault = (message: string): never => {
    throw new ColloquyError("TYPE_FAULT", message)
  }
  if (typeof outcome !== "object" || outcome === null) return fault("what a machine answered is no outcome")
  if (outcome.kind === "refused" || outcome.kind === "later") {
    if (typeof outcome.code !== "string" || outcome.code === "") fault("a refusal has no code")
    return
  }
  if ((outcome as { kind: unknown }).kind !== "next") return fault("what a machine answered is no outcome")
  const { patch, effects, wakeAtMs, wipe = [] } = outcome as Next<unknown, unknown>
  if (typeof patch !== "object" || patch === null) fault("a patch is none")
  if (!Array.isArray(effects)) fault("effects are no list")
  if (wakeAtMs !== undefined && !(wakeAtMs >= 0 && wakeAtMs <= Number.MAX_SAFE_INTEGER)) fault("a deadline is no time")
  if (!wipe.every((buffer) => buffer instanceof Uint8Array)) fault("what is to be wiped is no buffer")
}

/** Throws `ID_FOREIGN` unless the id is of the type's own form, `ID_MALFORMED` unless it is one. */
export function assertOwnId({ id, name }: AnyConversationType, conversation: unknown): void {
  if (typeof conversation !== "string" || !conversation.startsWith(`/${name.name}/${name.version}/`))
    throw new ColloquyError("ID_FOREIGN", `${id} made a conversation id that is not its own`)
  if (parseConversationId(conversation) === undefined)
    throw new ColloquyError("ID_MALFORMED", `${id} made a conversation id of another form`)
}

function assertTopic({ id, declaration }: AnyConversationType, topic: PublishEffect["topic"]): void {
  if (!declaration.contentTopics.permits(topic))
    throw new ColloquyError("TOPIC_UNDECLARED", `${id} uses a topic that it does not declare`)
}

function assertPosition(
  type: AnyConversationType,
  { lamport, sentAtMs }: { readonly lamport: number; readonly sentAtMs: number },
): void {
  if (![lamport, sentAtMs].every((value) => Number.isSafeInteger(value) && value >= 0))
    throw malformed(type, "a time that is no whole number")
}

function ownParcel(type: AnyConversationType, parcel: Parcel | undefined): Parcel {
  if (!(parcel?.body instanceof Uint8Array) || !parcelKinds.includes(parcel.kind) || typeof parcel.type !== "string")
    throw malformed(type, "what is no parcel")
  return { type: parcel.type, kind: parcel.kind, body: parcel.body.slice() }
}

function malformed({ id }: AnyConversationType, what: string): ColloquyError {
  return new ColloquyError("EFFECT_MALFORMED", `${id} answered with ${what}`)
}
