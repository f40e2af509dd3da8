import {
  be64,
  ColloquyError,
  type ConversationId,
  fromBase64url,
  type MessageId,
  messageIdToBytes,
  type Participant,
  toBase64url,
} from "@colloquy/core"
import type { Content, ContentRegistry } from "@colloquy/content"
import { type MessageRecord, MessageRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { type Blinded, key } from "../store/keys.js"
import { messageKey, type MessageState, stateOf } from "./message-record.js"

/** A message of a conversation, as it was when it was read. */
export interface Message {
  readonly id: MessageId
  readonly conversation: ConversationId
  readonly direction: "in" | "out"
  readonly sender: Participant
  readonly content: Content
  readonly state: MessageState
  /** What the delivery service vouched for, once published. */
  readonly proof?: "stored" | "relayed"
  /** Why it failed. */
  readonly code?: string
  /** When its sender says it was sent; never later than its arrival. */
  readonly timestampMs: number
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Pass it on for what follows; `undefined` at the end. Opaque. */
  readonly next: string | undefined
}

const pageDefault = 50
const pageMax = 1000

/**
 * A page of a conversation's messages, oldest first within the page. Without `before` it is the newest page; `next` leads to older ones, and so
 * does a message's id. Throws `BAD_CURSOR` and `BAD_LIMIT`.
 */
export async function readMessages(
  runtime: Runtime,
  registry: ContentRegistry,
  conversation: ConversationId,
  options: { readonly limit?: number; readonly before?: string },
): Promise<Page<Message>> {
  const limit = pageSize(options.limit)
  const instance = runtime.account.keys.conversation(conversation)
  const prefix = key("log", instance)
  const after = options.before === undefined ? {} : { after: await placeOf(runtime, instance, prefix, options.before) }
  const entries = await runtime.store.page(prefix, { limit, reverse: true, ...after })
  const ids = entries.map((entry) => key("message", instance, entry.key.subarray(prefix.length + 8)))
  const records = await runtime.store.getAll(MessageRecordSchema, ids)
  const items = records
    .filter((record) => record !== undefined)
    .reverse()
    .map((record) => messageFrom(registry, conversation, record))
  const last = entries.at(-1)
  const next = entries.length < limit || last === undefined ? undefined : toBase64url(last.key.subarray(prefix.length))
  return { items, next }
}

export async function readMessage(
  runtime: Runtime,
  registry: ContentRegistry,
  conversation: ConversationId,
  message: MessageId,
): Promise<Message | undefined> {
  const record = await readRecord(runtime, conversation, message)
  return record === undefined ? undefined : messageFrom(registry, conversation, record)
}

export function readRecord(
  runtime: Runtime,
  conversation: ConversationId,
  message: MessageId,
): Promise<MessageRecord | undefined> {
  const instance: Blinded = runtime.account.keys.conversation(conversation)
  return runtime.store.get(MessageRecordSchema, messageKey(instance, message))
}

/** Between 1 and 1,000, 50 where none is asked for. Throws `BAD_LIMIT`. */
export function pageSize(limit: number = pageDefault): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > pageMax)
    throw new ColloquyError("BAD_LIMIT", `a page has 1 to ${pageMax} items`)
  return limit
}

/** The key in the log that a cursor or a message's id stands for. A cursor begins with zero bytes, so it never looks like an id. */
async function placeOf(runtime: Runtime, instance: Blinded, prefix: Uint8Array, before: string): Promise<Uint8Array> {
  if (!/^[0-9a-f]{32}$/.test(before)) return cursorKey(prefix, before)
  const message = before as MessageId
  const record = await runtime.store.get(MessageRecordSchema, messageKey(instance, message))
  if (record === undefined) throw new ColloquyError("BAD_CURSOR", "there is no such message in this conversation")
  return key("log", instance, be64(record.lamport), messageIdToBytes(message))
}

function cursorKey(prefix: Uint8Array, cursor: string): Uint8Array {
  const bytes = fromBase64url(cursor)
  if (bytes?.length !== 24) throw new ColloquyError("BAD_CURSOR", "this is not a cursor of a list of messages")
  const at = new Uint8Array(prefix.length + bytes.length)
  at.set(prefix)
  at.set(bytes, prefix.length)
  return at
}

function messageFrom(registry: ContentRegistry, conversation: ConversationId, record: MessageRecord): Message {
  return {
    id: record.message as MessageId,
    conversation,
    direction: record.outgoing ? "out" : "in",
    sender: record.sender as Participant,
    content: registry.decode(record.content),
    state: stateOf(record),
    ...(record.proof === "" ? {} : { proof: record.proof as "stored" | "relayed" }),
    ...(record.code === "" ? {} : { code: record.code }),
    timestampMs: record.timestampMs,
  }
}
