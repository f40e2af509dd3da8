import type { ConversationId } from "@colloquy/core"
import { codeOf } from "@colloquy/core"
import {
  AccountRecordSchema,
  InstanceRecordSchema,
  MessageRecordSchema,
  RestoreRecordSchema,
  TextRecordSchema,
} from "../generated/store_pb.js"
import { consentNumber, type Header, headerFromRecord } from "../instance/header.js"
import type { Runtime } from "../runtime/runtime.js"
import { accountKey, type Blinded, key } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"
import type { BackupUnlock } from "./backup-unlock.js"
import { sealChunks } from "./chunks.js"
import { packRecords, type RecordDraft } from "./records.js"

/** How much of the messages is read at a time, at least one of them. */
const pageBytesMax = 1024 * 1024
const pageMax = 256

/**
 * The account, what its owner thinks of others, and every conversation with its messages, sealed, as they are while it is read: what changes
 * meanwhile may be in it or not. Holds a page of messages and a few chunks, whatever there is.
 */
export function exportBackup(runtime: Runtime, unlock: BackupUnlock): AsyncGenerator<Uint8Array, void, undefined> {
  return sealChunks(packRecords(records(runtime)), unlock, runtime.environment)
}

async function* records(runtime: Runtime): AsyncGenerator<RecordDraft, void, undefined> {
  const { store, environment } = runtime
  const account = await store.get(AccountRecordSchema, accountKey)
  if (account === undefined) return
  const { identitySeed, name, createdAtMs } = account
  const writtenAtMs = environment.clock.nowMs()
  yield { case: "account", value: { identitySeed, name, createdAtMs, writtenAtMs } }
  environment.crypto.wipe(identitySeed, account.indexKey)

  let consents = 0
  for await (const { value } of store.all(key("consent"))) {
    const { text: participant, number: consent } = decodeRecord(TextRecordSchema, value)
    if (participant === "" || consent === 0) continue
    consents++
    yield { case: "consent", value: { participant, consent } }
  }
  let conversations = 0
  let messages = 0
  for await (const { value } of store.all(key("instance"))) {
    const header = headerFromRecord(decodeRecord(InstanceRecordSchema, value))
    if (header.resident) continue
    const conversation = await conversationPart(runtime, header)
    if (conversation === undefined) continue
    conversations++
    yield conversation
    for await (const message of messageParts(runtime, header.conversation, writtenAtMs)) {
      messages++
      yield message
    }
  }
  yield { case: "end", value: { consents, conversations, messages } }
}

/** `undefined` when the conversation was removed meanwhile. */
async function conversationPart(runtime: Runtime, header: Header): Promise<RecordDraft | undefined> {
  const { conversation, type, participants, name = "", createdAtMs, lastTimestampMs } = header
  let backup: Uint8Array | undefined
  try {
    backup = await typesBackup(runtime, header)
  } catch (error) {
    if (codeOf(error) === "CONVERSATION_UNKNOWN") return undefined
    // A state that cannot be read must not keep its messages, and all other conversations, out of the backup.
    if (codeOf(error) !== "STORE_DAMAGED") throw error
    runtime.environment.logger.log("error", "backup-incomplete", { type, code: "STORE_DAMAGED" })
  }
  return {
    case: "conversation",
    value: {
      conversation,
      type,
      participants: [...participants],
      name,
      consent: consentNumber(header.consent),
      createdAtMs,
      lastTimestampMs,
      disappearAfterMs: header.disappearAfterMs ?? 0,
      thread: header.thread ?? "",
      ...(backup === undefined ? {} : { backup }),
    },
  }
}

/** What the type needs to go on; of a conversation that was imported and could not go on yet, what the backup before had. */
async function typesBackup(runtime: Runtime, { conversation, dormant }: Header): Promise<Uint8Array | undefined> {
  const stored = key("restore", runtime.account.keys.conversation(conversation))
  if (dormant) return (await runtime.store.get(RestoreRecordSchema, stored))?.backup
  const instance = await runtime.instances.get(conversation)
  return (await instance?.enqueue({ kind: "backup" }))?.backup
}

async function* messageParts(
  runtime: Runtime,
  conversation: ConversationId,
  nowMs: number,
): AsyncGenerator<RecordDraft, void, undefined> {
  const log: Blinded = runtime.account.keys.conversation(conversation)
  let after: Uint8Array | undefined
  let limit = 16
  for (;;) {
    const page = await runtime.store.page(key("message", log), after === undefined ? { limit } : { limit, after })
    let bytes = 0
    for (const { value } of page) {
      bytes += value.length
      const { conversation: owner, $typeName: _, $unknown: __, ...record } = decodeRecord(MessageRecordSchema, value)
      if (record.expiresAtMs !== 0 && record.expiresAtMs <= nowMs) continue
      yield { case: "message", value: { ...record, conversation: owner === conversation ? "" : owner } }
    }
    after = page.at(-1)?.key
    if (page.length < limit || after === undefined) return
    limit = Math.max(1, Math.min(pageMax, Math.floor((pageBytesMax * page.length) / bytes)))
  }
}
