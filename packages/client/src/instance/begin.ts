import {
  type BeginEffect,
  type Consent,
  parseConversationId,
  type Start,
  type Started,
  type Shape,
  type Effect,
  type Vocabulary,
  type Participant,
  type CarriageOffer,
  type ConversationId,
  type MessageId,
} from "@colloquy/core"
import { create } from "@bufbuild/protobuf"
import { TextRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { consentOf, type Header, headerWrites, newHeader, withView } from "./header.js"
import { checkedDeadline } from "./checks.js"
import { clean, type LoadedState } from "./pieces.js"
import { assertOwnId, planEffects } from "./plan.js"
import type { Subject } from "./subject.js"
import { startContext } from "./context.js"
import type { Plan, Transaction } from "./transaction.js"

/** A start, or an invite, was not taken: everything stays as it was. */
export class Refusal {
  readonly code: string

  constructor(code: string) {
    this.code = code
  }
}

/** Two who begin within this time of each other, each unheard by the other, have begun at once: it is one conversation. */
const sameTimeMs = 24 * 60 * 60 * 1000

/** Starts a conversation from an invite, inside the plan of the resident that was handed it. */
export async function planBegin(
  runtime: Runtime,
  transaction: Transaction,
  resident: Subject,
  effect: BeginEffect,
  nowMs: number,
  plan: Plan,
): Promise<Refusal | undefined> {
  const concerned = effect.conversation
  if (concerned !== undefined && (await runtime.instances.storedHeader(concerned))?.type === resident.type.id) {
    // A copy of its own, since the resident may have the original overwritten.
    const input = { kind: "invite" as const, from: effect.from, invite: effect.invite.slice() }
    plan.inputs.push({ target: concerned, input, origin: undefined })
    return undefined
  }
  await transaction.turn(beginningWith(resident.type, effect.from))
  // What is open may need the invite to go on once its people are allowed again; what is new begins nothing.
  const consent = await consentFor(runtime, effect.from)
  if (consent === "denied") return new Refusal("SENDER_DENIED")
  const start: Start = { kind: "accept", from: effect.from, invite: effect.invite }
  const sinceMs = nowMs - sameTimeMs
  const thread = await openThread(runtime, resident.type, effect.from, { consent: "allowed", sinceMs })
  const begun = await planStart(runtime, transaction, resident.type, start, { nowMs, consent, thread })
  if (begun instanceof Refusal) return begun
  if (concerned !== undefined && begun.conversation !== concerned) return new Refusal("ID_MISMATCH")
  for (const part of [
    "writes",
    "events",
    "publications",
    "inputs",
    "hints",
    "claims",
    "wipe",
    "wakes",
    "expiries",
    "threads",
  ] as const)
    (plan[part] as unknown[]).push(...begun.plan[part])
  return undefined
}

export interface Begun {
  readonly plan: Plan
  readonly conversation: ConversationId
  readonly message: MessageId | undefined
  readonly header: Header
  readonly state: LoadedState
}

/** Runs a type's `start` and plans everything that a new conversation needs, but for the header of one that is there already. */
export async function planStart(
  runtime: Runtime,
  transaction: Transaction,
  type: Subject["type"],
  start: Start,
  occasion: {
    readonly nowMs: number
    readonly consent: Consent
    /** The conversation with the same people that is there already, and shows this one's messages. */
    readonly thread?: Header | undefined
    /** The conversation that is to be restored. */
    readonly existing?: Header
    readonly carriage?: (to: Participant) => CarriageOffer | undefined
  },
): Promise<Begun | Refusal> {
  const stateful = type.conversation
  if (stateful === undefined) return new Refusal("NOT_SUPPORTED")
  const { nowMs, consent, existing } = occasion
  const outcome = stateful.machine.start(start, startContext(runtime, type, nowMs))
  const started = (outcome instanceof Promise ? await outcome : outcome) as Started<Shape, Effect<Vocabulary>>
  if (started.kind === "refused") return new Refusal(started.code)
  const { conversation } = started
  const wakeAtMs = checkedDeadline(started)
  assertOwnId(type, conversation)
  if (parseConversationId(conversation) === undefined) return new Refusal("ID_MALFORMED")
  const blinded = runtime.account.keys.conversation(conversation)
  // An invite that came twice may be in the same batch.
  const begins = transaction.pending(key("instance", blinded))?.value !== undefined
  if (existing !== undefined && conversation !== existing.conversation) return new Refusal("ID_MISMATCH")
  if (existing === undefined && (begins || (await runtime.store.has(key("instance", blinded)))))
    return new Refusal("CONVERSATION_EXISTS")

  const pieces = runtime.instances.piecesOf(type, false)
  const state = pieces.blank()
  const dirty = clean()
  pieces.check(state, started.patch)
  pieces.apply(state, started.patch, dirty)
  const first = occasion.thread
  const { disappearAfterMs } = first ?? {}
  const heard = start.kind === "accept"
  const fields = { resident: false, consent, wakeAtMs, nowMs, thread: first?.conversation, disappearAfterMs, heard }
  const blank =
    existing === undefined ? newHeader(conversation, type.id, fields) : { ...existing, wakeAtMs, dormant: false }
  const header = withView(blank, stateful.machine.view(state))
  const thread = header.thread ?? conversation
  const log = runtime.account.keys.conversation(thread)
  const subject: Subject = { id: conversation, blinded, thread, log, type, header: () => header }
  const content = start.kind === "create" ? start.first?.content : undefined
  const { carriage } = occasion
  const plan = await planEffects(runtime, transaction, subject, started.effects, {
    nowMs,
    ...(content === undefined ? {} : { content }),
    ...(carriage === undefined ? {} : { carriage: (to) => carriage(to as Participant) }),
    routes: {
      before: () => [],
      after: () => stateful.machine.routes(state, { ...startContext(runtime, type, nowMs), conversation, consent }),
    },
  })
  plan.writes.push(...pieces.writes(state, dirty, blinded))
  plan.wipe.push(...(started.wipe ?? []))
  const begun = { plan, conversation, message: plan.sent, header, state }
  if (existing !== undefined) return begun
  plan.writes.push(...headerWrites(runtime.account.keys, blinded, undefined, header))
  if (thread === conversation) plan.events.unshift({ kind: "conversation", conversation, detail: consent })
  else plan.threads.push(thread)
  if (wakeAtMs !== undefined) plan.wakes.push(wakeAtMs)
  return begun
}

/**
/**
 * The turn to begin a conversation of a type with a person: those that begin at once see each other. A resident may hold several of its type while it
 * waits for one, and a start waits for none while it holds one, so that they never wait for each other in a circle.
 */
export function beginningWith(type: Subject["type"], person: Participant): string {
  return `${type.id} ${person}`
}

/**
 * The open conversation with one other participant, of a type that has one for each pair, where its owner thinks so of it. One that began before
 * `sinceMs`, and of which he never gave a sign, is none: the invitation was lost for good, or refused, and what is said there reaches nobody.
 */
export async function openThread(
  runtime: Runtime,
  type: Subject["type"],
  participant: Participant,
  { consent, sinceMs }: { readonly consent: Consent; readonly sinceMs: number },
): Promise<Header | undefined> {
  if (type.declaration.membership?.onePerPair !== true) return undefined
  return (await runtime.instances.withPeer(participant)).find(
    (header) =>
      header.type === type.id &&
      header.consent === consent &&
      header.canSend &&
      header.thread === undefined &&
      (header.heard || header.createdAtMs >= sinceMs),
  )
}

/** What the account's owner thinks of someone who writes for the first time. */
async function consentFor(runtime: Runtime, participant: Participant): Promise<Consent> {
  const record = await runtime.store.get(TextRecordSchema, consentKey(runtime, participant))
  return record === undefined ? "unknown" : consentOf(record.number)
}

export function consentKey(runtime: Runtime, participant: Participant): Uint8Array {
  return key("consent", runtime.account.keys.person(participant))
}

export function consentRecord(participant: Participant, consent: number) {
  return create(TextRecordSchema, { text: participant, number: consent })
}
