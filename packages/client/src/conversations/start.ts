import { create } from "@bufbuild/protobuf"
import {
  type AnyConversationType,
  type CarriageOffer,
  ColloquyError,
  type Consent,
  type ConversationId,
  type MessageId,
  type Participant,
  type Peer,
  type Start,
  toHex,
} from "@colloquy/core"
import { type Content, encodeContent } from "@colloquy/content"
import { TextRecordSchema } from "../generated/store_pb.js"
import { beginningWith, consentKey, consentRecord, openThread, planStart, Refusal } from "../instance/begin.js"
import { typeFault } from "../instance/checks.js"
import { consentNumber, type Header } from "../instance/header.js"
import { carriageFrom } from "../instance/plan.js"
import { refusal } from "../instance/refusal.js"
import { Transaction } from "../instance/transaction.js"
import { decodeIntroduction, type Introduction } from "../introduction/introduction.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"

export interface StartOptions {
  /** The first message, which travels with the invitation. */
  readonly content?: Content
  /** Of the types that the introduction offers, this one; else the newest version of the first registered. */
  readonly type?: AnyConversationType
}

/** A conversation that exists now, with its first message's id where it has one. */
export interface StartedConversation {
  readonly conversation: ConversationId
  readonly type: AnyConversationType
  readonly message: MessageId | undefined
}

/**
 * Starts a conversation from an introduction: one commit writes the conversation, the invitation for the carrier, and that the
 * introduction is used up. Where a conversation of the type with this person is open, that one is used instead; one that he asked for is allowed.
 */
export async function startConversation(
  runtime: Runtime,
  text: string,
  options: StartOptions,
): Promise<StartedConversation> {
  const nowMs = runtime.environment.clock.nowMs()
  const introduction = read(runtime, text, nowMs)
  const type = chooseType(runtime, introduction, options.type)
  runtime.outbox.assertRoom()
  const { existing, begun, cascades } = await begin(runtime, introduction, type, options.content, nowMs)
  if (begun === undefined) return reuse(runtime, existing, type, introduction, options.content)
  await Promise.all(cascades)
  return { conversation: begun.conversation, type, message: begun.message }
}

/** One commit, or the conversation that is there. Whatever waits for another conversation has to wait until the turn is over. */
async function begin(
  runtime: Runtime,
  introduction: Introduction,
  type: AnyConversationType,
  first: Content | undefined,
  nowMs: number,
) {
  using transaction = new Transaction(runtime)
  await transaction.turn(`introduction ${toHex(introduction.digest)}`)
  await transaction.turn(beginningWith(type, introduction.participant))
  await assertUnused(runtime, introduction)
  const existing = await existingWith(runtime, type, introduction)
  if (existing !== undefined) return { existing }
  const { participant, inboxTopic, digest, expiresAtMs } = introduction
  const using = carriageFrom(runtime, introduction)
  const own = introduction.offers.find((offered) => offered.type === type.id)
  const peer: Peer = { participant, inboxTopic, ...(own === undefined ? {} : { offer: own.body }) }
  const content = first === undefined ? undefined : encodeContent(first)
  const start: Start = { kind: "create", peers: [peer], ...(content === undefined ? {} : { first: { content } }) }

  const carriage = (to: Participant): CarriageOffer | undefined => (to === participant ? using : undefined)
  const occasion = { nowMs, consent: "allowed" as const, carriage }
  const begun = await planStart(runtime, transaction, type, start, occasion).catch((error: unknown) => {
    throw typeFault(error, type)
  })
  if (begun instanceof Refusal) throw new ColloquyError(begun.code, `${type.id} refused: ${begun.code}`)
  if (content !== undefined && begun.message === undefined)
    throw new ColloquyError("EFFECT_MISSING", `${type.id} took a first message and did not name it`)
  transaction.add(begun.plan)
  transaction.writes.push(
    {
      key: usedKey(runtime, digest),
      value: encodeRecord(
        TextRecordSchema,
        create(TextRecordSchema, { text: begun.conversation, number: expiresAtMs }),
      ),
    },
    {
      key: consentKey(runtime, participant),
      value: encodeRecord(TextRecordSchema, consentRecord(participant, consentNumber("allowed"))),
    },
  )
  return { begun, cascades: await transaction.commit() }
}

/**
 * An open conversation with the same person is as good, and the introduction stays unused. The same content begun with again under the same
 * introduction is the same message: who did not live to learn that it was sent may ask once more.
 */
async function reuse(
  runtime: Runtime,
  { conversation, consent }: Header,
  type: AnyConversationType,
  { digest }: Introduction,
  content: Content | undefined,
): Promise<StartedConversation> {
  const first = await runtime.instances.get(conversation)
  if (consent === "unknown") await first?.enqueue({ kind: "consent", consent: "allowed" })
  if (content === undefined) return { conversation, type, message: undefined }
  const instance = await runtime.instances.get(runtime.instances.senderOf(conversation))
  if (instance === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
  const encoded = encodeContent(content)
  const idempotencyKey = `start ${toHex(digest)} ${toHex(runtime.environment.crypto.hash(encoded, 16))}`
  const settled = await instance.enqueue({ kind: "send", content: encoded }, { idempotencyKey })
  if (settled.message === undefined) throw refusal(type.id, settled)
  return { conversation, type, message: settled.message }
}

/**
 * A conversation with this person: one that is allowed, else one that he asked for. Who gives another introduction, and was not heard since the
 * conversation began, does not know of it.
 */
async function existingWith(
  runtime: Runtime,
  type: AnyConversationType,
  { participant, createdAtMs }: Introduction,
): Promise<Header | undefined> {
  const open = (consent: Consent): Promise<Header | undefined> =>
    openThread(runtime, type, participant, { consent, sinceMs: createdAtMs })
  return (await open("allowed")) ?? open("unknown")
}

function read(runtime: Runtime, text: string, nowMs: number): Introduction {
  const decoded = decodeIntroduction(text, runtime.environment.crypto, nowMs)
  if (decoded.kind === "refused")
    throw new ColloquyError(decoded.code, `the introduction cannot be used: ${decoded.code}`)
  const { introduction } = decoded
  if (introduction.participant === runtime.account.participant)
    throw new ColloquyError("INTRODUCTION_OWN", "this introduction is your own: give it to someone else")
  return introduction
}

async function assertUnused(runtime: Runtime, { digest }: Introduction): Promise<void> {
  const used = await runtime.store.get(TextRecordSchema, usedKey(runtime, digest))
  if (used !== undefined)
    throw new ColloquyError("INTRODUCTION_CONSUMED", "this introduction was used before", {
      fields: { conversation: used.text },
    })
}

function chooseType(
  runtime: Runtime,
  introduction: Introduction,
  wanted: AnyConversationType | undefined,
): AnyConversationType {
  const offered = introduction.offers.map(({ type }) => type)
  if (wanted !== undefined) {
    if (!runtime.registry.types.includes(wanted))
      throw new ColloquyError("TYPE_UNREGISTERED", `this client does not run ${wanted.id}`)
    return wanted
  }
  const type = runtime.registry.preferred(offered)
  if (type === undefined)
    throw new ColloquyError("TYPE_UNKNOWN", "the introduction offers no type of conversation that this client runs", {
      fields: { offered },
    })
  return type
}

function usedKey(runtime: Runtime, digest: Uint8Array): Uint8Array {
  return key("introduction", runtime.account.keys.blind(`introduction ${toHex(digest)}`))
}
