import {
  ColloquyError,
  type ConversationId,
  type DeliverEffect,
  type Effect,
  encodeEnvelope,
  type FateEffect,
  type HandoverEffect,
  type ListenEffect,
  parseTypeId,
  type PublishEffect,
  type ResidentEffect,
  type Route,
  type SentEffect,
  type Topic,
  type Vocabulary,
  type CarryEffect,
  type CarriageOffer,
  type Codec,
} from "@colloquy/core"
import { create } from "@bufbuild/protobuf"
import { ClaimRecordSchema, MessageRecordSchema, type MessageRecord } from "../generated/store_pb.js"
import {
  canBecome,
  messageKey,
  messageStates,
  messageWrite,
  newMessage,
  newMessageWrites,
} from "../messages/message-record.js"
import type { Runtime } from "../runtime/runtime.js"
import { decodeIntroductionBytes, type Introduction } from "../introduction/introduction.js"
import { key } from "../store/keys.js"
import type { MessageOrigin } from "../store/inputs.js"
import { encodeRecord } from "../store/store.js"
import { assertFate, assertPlace, assertPosition, assertTime, ownParcel } from "./checks.js"
import type { Subject } from "./subject.js"
import { Plan, type Transaction } from "./transaction.js"

/** What a step was given, as far as its effects need it. */
export interface Occasion {
  readonly nowMs: number
  /** The content of a `send`, or of a start's first message. */
  readonly content?: Uint8Array
  /** For a carried parcel: the message that it brings. */
  readonly origin?: MessageOrigin
  /** How a carrier reaches the recipient of a start. */
  readonly carriage?: (to: string) => CarriageOffer | undefined
  /** Where payloads are expected before and after the step: asked for only when topics of its own are touched. */
  readonly routes: { before(): readonly Route[]; after(): readonly Route[] }
}

type AnyEffect = Effect<Vocabulary> | ResidentEffect

/**
 * Turns the effects of one accepted step into what is to be written. Nothing changes yet. Throws a ColloquyError for what the type must not do
 * (`TOPIC_UNDECLARED`, `PAYLOAD_TOO_LARGE`, `ID_FOREIGN`, `EFFECT_MISPLACED`), which the caller treats as a fault of the type.
 */
export async function planEffects(
  runtime: Runtime,
  transaction: Transaction,
  subject: Subject,
  effects: readonly AnyEffect[],
  occasion: Occasion,
): Promise<Plan> {
  const plan = new Plan()
  for (const effect of effects) {
    assertPlace(subject, effect)
    switch (effect.kind) {
      case "publish":
        planPublish(runtime, subject, effect, occasion, plan)
        break
      case "deliver":
        await planDeliver(runtime, transaction, subject, effect, occasion, plan)
        break
      case "sent":
        planSent(runtime, subject, effect, occasion, plan)
        break
      case "fate":
        await planFate(runtime, transaction, subject, effect, plan)
        break
      case "carry":
        await planCarry(runtime, subject, effect, occasion, plan)
        break
      case "handover":
        planHandover(runtime, subject, effect, plan)
        break
      case "listen":
        planListen(runtime, subject, effect, plan)
        break
      case "unknown-frame":
        if (visible(subject))
          plan.events.push({ kind: "unknown", detail: "frame", conversation: subject.id, number: effect.tag })
        break
      case "introduce":
        assertTime(subject, effect.expiresAtMs)
        plan.inputs.push({
          target: subject.id,
          input: { kind: "introduce", expiresAtMs: effect.expiresAtMs },
          origin: undefined,
        })
        break
      case "notice":
        planNotice(subject, effect, plan)
        break
      case "offered":
        plan.offer = effect.offer
        break
      case "begin":
        // Begins another instance: see begin.ts.
        break
    }
  }
  planClaims(runtime, subject, effects, occasion, plan)
  return plan
}

function planPublish(runtime: Runtime, subject: Subject, effect: PublishEffect, occasion: Occasion, plan: Plan): void {
  if (!subject.type.declaration.contentTopics.permits(effect.topic))
    throw new ColloquyError("TOPIC_UNDECLARED", `${subject.type.id} published on a topic that it does not declare`)
  const { payload, hint, expiresAtMs = 0 } = effect
  assertTime(subject, expiresAtMs)
  const envelope = encodeEnvelope(hint === undefined ? { payload } : { payload, hint })
  const { payloadBytesMax } = runtime.limits()
  if (envelope.length > payloadBytesMax)
    throw new ColloquyError("PAYLOAD_TOO_LARGE", "the payload is longer than the delivery service takes", {
      fields: { bytes: envelope.length, bytesMax: payloadBytesMax },
    })
  const own = effect.message === undefined ? undefined : { conversation: subject.id, message: effect.message }
  plan.publications.push({
    topic: effect.topic,
    envelope,
    origin: own ?? occasion.origin,
    conversation: subject.id,
    expiresAtMs,
    ephemeral: effect.ephemeral ?? false,
    replaces: effect.replaces ?? "",
  })
}

async function planDeliver(
  runtime: Runtime,
  transaction: Transaction,
  subject: Subject,
  effect: DeliverEffect,
  occasion: Occasion,
  plan: Plan,
): Promise<void> {
  assertPosition(subject, effect)
  if (!visible(subject)) return
  const known = await findMessage(runtime, transaction, plan, subject, effect.message)
  if (known !== undefined) return
  const record = newMessage({
    conversation: subject.id,
    expiresAtMs: expiryOf(subject, occasion.nowMs),
    message: effect.message,
    sender: effect.from,
    outgoing: false,
    lamport: effect.lamport,
    timestampMs: Math.min(effect.sentAtMs, occasion.nowMs),
    content: effect.content,
  })
  plan.writes.push(...newMessageWrites(subject.log, record))
  plan.messages.set(effect.message, record)
  if (record.expiresAtMs !== 0) plan.expiries.push(record.expiresAtMs)
  plan.events.push({ kind: "message", conversation: subject.thread, message: effect.message })
  plan.activity = true
}

function planSent(runtime: Runtime, subject: Subject, effect: SentEffect, occasion: Occasion, plan: Plan): void {
  if (occasion.content === undefined || plan.sent !== undefined)
    throw new ColloquyError("EFFECT_MISPLACED", `${subject.type.id} named a message that nobody sends`)
  assertPosition(subject, effect)
  const record = newMessage({
    conversation: subject.id,
    expiresAtMs: expiryOf(subject, occasion.nowMs),
    message: effect.message,
    sender: runtime.account.participant,
    outgoing: true,
    lamport: effect.lamport,
    timestampMs: effect.sentAtMs,
    content: occasion.content,
  })
  plan.sent = effect.message
  plan.writes.push(...newMessageWrites(subject.log, record))
  plan.messages.set(effect.message, record)
  if (record.expiresAtMs !== 0) plan.expiries.push(record.expiresAtMs)
  plan.events.push({ kind: "state", conversation: subject.thread, message: effect.message, detail: "queued" })
  plan.activity = true
}

async function planFate(
  runtime: Runtime,
  transaction: Transaction,
  subject: Subject,
  effect: FateEffect,
  plan: Plan,
): Promise<void> {
  assertFate(subject, effect)
  const { message, fate, by = "", code = "" } = effect
  if (fate === "acknowledged" || fate === "failed") {
    const known = await findMessage(runtime, transaction, plan, subject, message)
    if (known === undefined || !canBecome(known, fate)) return
    const record = create(MessageRecordSchema, { ...known, state: messageStates.indexOf(fate), code })
    plan.writes.push(messageWrite(subject.log, record))
    plan.messages.set(message, record)
  }
  plan.events.push({
    kind: "state",
    conversation: subject.thread,
    message,
    detail: fate,
    other: fate === "failed" ? code : by,
  })
}

async function planCarry(
  runtime: Runtime,
  subject: Subject,
  effect: CarryEffect,
  occasion: Occasion,
  plan: Plan,
): Promise<void> {
  const { to, message } = effect
  const parcel = ownParcel(subject, effect.parcel)
  const origin = message === undefined ? { conversation: subject.id } : { conversation: subject.id, message }
  const using =
    effect.introduction === undefined
      ? occasion.carriage?.(to)
      : carriageOf(runtime, effect.introduction, to, occasion.nowMs)
  const isOpen = using === undefined && effect.introduction === undefined
  const target = isOpen ? await runtime.instances.carrierTo(to) : using && runtime.instances.residentCarrier()?.id
  if (target === undefined) {
    if (occasion.carriage !== undefined)
      throw new ColloquyError("NO_CARRIER", "nothing can bring the invitation to its recipient", { retry: "later" })
    plan.events.push({ kind: "undelivered", conversation: subject.id, detail: "NO_CARRIER", other: to })
    return
  }
  const input = { kind: "carry" as const, to, parcel }
  plan.inputs.push({ target, input: using === undefined ? input : { ...input, using }, origin })
}

/** How a recipient's introduction lets the carrier reach him; `undefined` when it is not his, not good any more, or offers the carrier nothing. */
function carriageOf(runtime: Runtime, bytes: Uint8Array, to: string, nowMs: number): CarriageOffer | undefined {
  const decoded = decodeIntroductionBytes(bytes, runtime.environment.crypto, nowMs)
  if (decoded.kind === "refused" || decoded.introduction.participant !== to) return undefined
  return carriageFrom(runtime, decoded.introduction)
}

/** What the resident that carries needs of an introduction. */
export function carriageFrom(runtime: Runtime, introduction: Introduction): CarriageOffer | undefined {
  const carrier = runtime.instances.residentCarrier()
  const offer = introduction.offers.find(({ type }) => type === carrier?.type)
  const { digest, inboxTopic, expiresAtMs } = introduction
  if (offer === undefined) return undefined
  return { offer: offer.body, introductionDigest: digest, inboxTopic, expiresAtMs }
}

function planHandover(runtime: Runtime, subject: Subject, effect: HandoverEffect, plan: Plan): void {
  const { from } = effect
  const parcel = ownParcel(subject, effect.parcel)
  const target = runtime.instances.residentOf(parcel.type)
  if (target === undefined) {
    runtime.counters.add("TYPE_UNKNOWN")
    const type = parseTypeId(parcel.type)
    if (type !== undefined && visible(subject))
      plan.events.push({ kind: "unknown", detail: "type", conversation: subject.id, other: type.id })
    return
  }
  plan.inputs.push({ target, input: { kind: "parcel", from, parcel }, origin: undefined })
}

function planListen({ hints }: Runtime, subject: Subject, effect: ListenEffect, plan: Plan): void {
  const conversation = subject.id
  for (const { topic, hint } of effect.drop)
    if (hint !== undefined) plan.hints.push({ topic, print: hints.print(topic, hint), conversation, add: false })
  for (const { topic, hint } of effect.add) {
    if (!subject.type.declaration.contentTopics.permits(topic))
      throw new ColloquyError("TOPIC_UNDECLARED", `${subject.type.id} listens on a topic that it does not declare`)
    if (hint !== undefined) plan.hints.push({ topic, print: hints.print(topic, hint), conversation, add: true })
  }
}

function planNotice(subject: Subject, effect: Extract<AnyEffect, { kind: "notice" }>, plan: Plan): void {
  const codec = subject.type.notices[effect.name] as Codec<unknown> | undefined
  if (codec === undefined || !Object.hasOwn(subject.type.notices, effect.name))
    throw new ColloquyError("NOTICE_UNDECLARED", `${subject.type.id} declares no notice ${effect.name}`)
  if (!visible(subject)) return
  plan.events.push({
    kind: "notice",
    conversation: subject.thread,
    detail: effect.name,
    number: codec.version,
    body: codec.encode(effect.body),
  })
}

/** Topics other than the account's inbox are followed for as long as some route of the instance needs them. */
function planClaims(
  runtime: Runtime,
  subject: Subject,
  effects: readonly AnyEffect[],
  occasion: Occasion,
  plan: Plan,
): void {
  const { keys, inboxTopic } = runtime.account
  const touched = effects.some(
    (effect) =>
      effect.kind === "listen" &&
      [...effect.add, ...effect.drop].some(({ topic, hint }) => topic !== inboxTopic || hint === undefined),
  )
  if (!touched) return
  const before = claims(occasion.routes.before(), inboxTopic)
  const after = claims(occasion.routes.after(), inboxTopic)
  for (const topic of before.keys())
    if (!after.has(topic)) {
      plan.writes.push({ key: key("claim", keys.blind(topic), subject.blinded), value: undefined })
      plan.claims.push({ topic, conversation: subject.id })
    }
  for (const [topic, everything] of after) {
    if (before.get(topic) === everything) continue
    const record = create(ClaimRecordSchema, { topic, conversation: subject.id, everything, atMs: occasion.nowMs })
    plan.writes.push({
      key: key("claim", keys.blind(topic), subject.blinded),
      value: encodeRecord(ClaimRecordSchema, record),
    })
    plan.claims.push({ topic, conversation: subject.id, everything })
  }
}

/** The topics of some routes, each with whether everything on it is wanted. */
function claims(routes: readonly Route[], inboxTopic: Topic): Map<Topic, boolean> {
  const wanted = new Map<Topic, boolean>()
  for (const { topic, hint } of routes)
    if (topic !== inboxTopic || hint === undefined)
      wanted.set(topic, (wanted.get(topic) ?? false) || hint === undefined)
  return wanted
}

async function findMessage(
  runtime: Runtime,
  transaction: Transaction,
  plan: Plan,
  subject: Subject,
  message: DeliverEffect["message"],
): Promise<MessageRecord | undefined> {
  if (transaction.erased(message)) return undefined
  return (
    plan.messages.get(message) ??
    transaction.messages.get(message) ??
    (await runtime.store.get(MessageRecordSchema, messageKey(subject.log, message)))
  )
}

/** When a message of now disappears; 0 for never. */
function expiryOf(subject: Subject, nowMs: number): number {
  const { disappearAfterMs } = subject.header()
  return disappearAfterMs === undefined ? 0 : nowMs + disappearAfterMs
}

/** What comes from someone whom the account's owner has denied is not shown. */
function visible(subject: Subject): boolean {
  return subject.header().consent !== "denied"
}

/** Throws `ID_FOREIGN` unless the id is of the type's own form. */
export function assertOwnId(subjectType: Subject["type"], id: ConversationId): void {
  const { name, version } = subjectType.name
  if (typeof id !== "string" || !id.startsWith(`/${name}/${version}/`))
    throw new ColloquyError("ID_FOREIGN", `${subjectType.id} made a conversation id that is not its own`)
}
