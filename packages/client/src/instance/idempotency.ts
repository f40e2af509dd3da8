import { create } from "@bufbuild/protobuf"
import type { MessageId, Write } from "@colloquy/core"
import { TextRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { decodeRecord, encodeRecord } from "../store/store.js"
import type { Subject } from "./subject.js"
import type { Transaction } from "./transaction.js"

/** The message that was sent under an idempotency key before, in this transaction or an earlier one. */
export async function knownUnder(
  runtime: Runtime,
  subject: Subject,
  text: string,
  transaction: Transaction,
): Promise<MessageId | undefined> {
  const wanted = keyOf(runtime, subject, text)
  const pending = transaction.pending(wanted)
  if (pending !== undefined && pending.value === undefined) return undefined
  const record =
    pending?.value === undefined
      ? await runtime.store.get(TextRecordSchema, wanted)
      : decodeRecord(TextRecordSchema, pending.value)
  return record?.text as MessageId | undefined
}

/** The write that remembers a message under its key. */
export function noteUnder(runtime: Runtime, subject: Subject, text: string, message: MessageId): Write {
  const value = encodeRecord(TextRecordSchema, create(TextRecordSchema, { text: message }))
  return { key: keyOf(runtime, subject, text), value }
}

function keyOf(runtime: Runtime, subject: Subject, text: string): Uint8Array {
  return key("idempotency", subject.log, runtime.account.keys.blind(text))
}
