import { create } from "@bufbuild/protobuf"
import { be64, type CancelInput, type MessageId } from "@colloquy/core"
import { type MessageRecord, MessageRecordSchema } from "../generated/store_pb.js"
import {
  canBecome,
  erasedMessageWrites,
  expiryKey,
  expiryWrite,
  messageKey,
  messageStates,
  messageWrite,
  stateOf,
} from "../messages/message-record.js"
import type { OutboxEntry } from "../runtime/outbox.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import type { Subject } from "./subject.js"
import type { Transaction } from "./transaction.js"
import type { Disappearance, Erasure, Published, Settled } from "./work.js"

type Result = Omit<Settled, "cascades">

/** The delivery service took a payload, or never will: the message's new state and the end of its publication are one commit. */
export async function published(
  runtime: Runtime,
  subject: Subject,
  task: Published,
  transaction: Transaction,
): Promise<Result> {
  const { message, settles, proof = "", code = "" } = task
  if (settles !== undefined) transaction.writes.push({ key: settles, value: undefined })
  const record = await find(runtime, subject, transaction, message)
  const state = code === "" ? "published" : "failed"
  if (record === undefined || !canBecome(record, state)) return { outcome: "known" }
  change(subject, transaction, record, { state, proof, code })
  return { outcome: "next" }
}

/** Takes the publications of a message that still waits, or says that it is too late. */
export async function withdraw(
  runtime: Runtime,
  subject: Subject,
  { message }: CancelInput,
  transaction: Transaction,
): Promise<readonly OutboxEntry[] | undefined> {
  const record = await find(runtime, subject, transaction, message)
  if (record === undefined || stateOf(record) !== "queued") return undefined
  return runtime.outbox.withdraw(subject.id, message)
}

/** The type agreed: the message fails, and its publications are gone. */
export async function cancelled(
  runtime: Runtime,
  subject: Subject,
  { message }: CancelInput,
  entries: readonly OutboxEntry[],
  transaction: Transaction,
): Promise<void> {
  const record = await find(runtime, subject, transaction, message)
  if (record !== undefined) change(subject, transaction, record, { state: "failed", proof: "", code: "CANCELLED" })
  for (const { sequence } of entries) transaction.writes.push({ key: key("outbox", be64(sequence)), value: undefined })
}

/** Leaves nothing of some messages but their events' numbers. */
export async function erase(
  runtime: Runtime,
  subject: Subject,
  { messages }: Erasure,
  transaction: Transaction,
): Promise<Result> {
  for (const message of messages) {
    const record = await find(runtime, subject, transaction, message)
    if (record === undefined) continue
    transaction.writes.push(...erasedMessageWrites(subject.log, record))
    transaction.erase(message)
    transaction.event({ kind: "deleted", conversation: subject.thread, message })
  }
  return { outcome: "next" }
}

/** Gives messages that are there already the time at which they disappear, or takes it from them. */
export async function disappear(
  runtime: Runtime,
  subject: Subject,
  { afterMs, messages }: Disappearance,
  transaction: Transaction,
): Promise<Result> {
  for (const message of messages) {
    const record = await find(runtime, subject, transaction, message)
    if (record === undefined) continue
    if (record.expiresAtMs !== 0) transaction.writes.push({ key: expiryKey(subject.log, record), value: undefined })
    const expiresAtMs = afterMs === undefined ? 0 : record.timestampMs + afterMs
    const next = create(MessageRecordSchema, { ...record, expiresAtMs })
    transaction.messages.set(message, next)
    transaction.writes.push(messageWrite(subject.log, next))
    if (expiresAtMs === 0) continue
    transaction.writes.push(expiryWrite(subject.log, next))
    transaction.expires(expiresAtMs)
  }
  return { outcome: "next" }
}

function change(
  subject: Subject,
  transaction: Transaction,
  record: MessageRecord,
  to: { readonly state: "published" | "failed"; readonly proof: string; readonly code: string },
): void {
  const { state, proof, code } = to
  const next = create(MessageRecordSchema, { ...record, state: messageStates.indexOf(state), proof, code })
  const message = record.message as MessageId
  transaction.messages.set(message, next)
  transaction.writes.push(messageWrite(subject.log, next))
  transaction.event({ kind: "state", conversation: subject.thread, message, detail: state, other: code || proof })
}

async function find(
  runtime: Runtime,
  subject: Subject,
  transaction: Transaction,
  message: MessageId,
): Promise<MessageRecord | undefined> {
  if (transaction.erased(message)) return undefined
  return (
    transaction.messages.get(message) ??
    (await runtime.store.get(MessageRecordSchema, messageKey(subject.log, message)))
  )
}
