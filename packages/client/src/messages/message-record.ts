import { create } from "@bufbuild/protobuf"
import {
  be64,
  type ConversationId,
  type MessageId,
  messageIdToBytes,
  type Participant,
  type Write,
} from "@colloquy/core"
import { ExpiryRecordSchema, type MessageRecord, MessageRecordSchema } from "../generated/store_pb.js"
import { type Blinded, key } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"

/** What becomes of a message, in the order in which it can. `received` is for others' messages. */
export const messageStates = ["received", "queued", "published", "acknowledged", "failed"] as const
export type MessageState = (typeof messageStates)[number]

export function stateOf(record: MessageRecord): MessageState {
  return messageStates[record.state] ?? "received"
}

/** Of a message that still waited to be published when it was put into a backup: whoever imported it does not publish it. */
export const restoredCode = "RESTORED"

/**
 * Whether a message can still come into another state: never backwards, and out of `failed` only where an import left it so, since its type may
 * send it again, and somebody may have it.
 */
export function canBecome(record: MessageRecord, to: MessageState): boolean {
  const from = stateOf(record)
  if (from === "failed" && record.code === restoredCode) return to === "published" || to === "acknowledged"
  if (from === "failed" || from === "received") return false
  return messageStates.indexOf(to) > messageStates.indexOf(from)
}

export function messageKey(instance: Blinded, message: MessageId): Uint8Array {
  return key("message", instance, messageIdToBytes(message))
}

/** The writes for a new message: its record by id, and its place in the log. */
export function* newMessageWrites(instance: Blinded, record: MessageRecord): Generator<Write> {
  const id = messageIdToBytes(record.message as MessageId)
  yield messageWrite(instance, record)
  yield { key: key("log", instance, be64(record.lamport), id), value: Uint8Array.of(1) }
  if (record.expiresAtMs !== 0) yield expiryWrite(instance, record)
}

/** The writes that leave nothing of a message. */
export function* erasedMessageWrites(instance: Blinded, record: MessageRecord): Generator<Write> {
  const id = messageIdToBytes(record.message as MessageId)
  yield { key: key("message", instance, id), value: undefined }
  yield { key: key("log", instance, be64(record.lamport), id), value: undefined }
  if (record.expiresAtMs !== 0) yield { key: expiryKey(instance, record), value: undefined }
}

/** The reminder that a message disappears. */
export function expiryWrite(instance: Blinded, record: MessageRecord): Write {
  const { conversation, message } = record
  const value = encodeRecord(ExpiryRecordSchema, create(ExpiryRecordSchema, { conversation, message }))
  return { key: expiryKey(instance, record), value }
}

export function expiryKey(instance: Blinded, { expiresAtMs, message }: MessageRecord): Uint8Array {
  return key("expiry", be64(expiresAtMs), instance, messageIdToBytes(message as MessageId))
}

export function messageWrite(instance: Blinded, record: MessageRecord): Write {
  return {
    key: messageKey(instance, record.message as MessageId),
    value: encodeRecord(MessageRecordSchema, record),
  }
}

export function newMessage(fields: {
  readonly conversation: ConversationId
  readonly expiresAtMs: number
  readonly message: MessageId
  readonly sender: Participant
  readonly outgoing: boolean
  readonly lamport: number
  readonly timestampMs: number
  readonly content: Uint8Array
}): MessageRecord {
  const { conversation, expiresAtMs, message, sender, outgoing, lamport, timestampMs, content } = fields
  return {
    $typeName: "colloquy.client.store.v1.MessageRecord",
    message,
    sender,
    outgoing,
    lamport,
    timestampMs,
    content,
    state: messageStates.indexOf(outgoing ? "queued" : "received"),
    proof: "",
    code: "",
    expiresAtMs,
    conversation,
  }
}
