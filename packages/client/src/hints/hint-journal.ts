import { create } from "@bufbuild/protobuf"
import type { ConversationId } from "@colloquy/core"
import { HintJournalRecordSchema } from "../generated/store_pb.js"
import { decodeRecord, encodeRecord } from "../store/store.js"
import { type Print, printBytes, readPrint, writePrint } from "./print.js"

/** What a commit changes about one hint. */
export interface HintChange {
  readonly print: Print
  readonly conversation: ConversationId
  readonly add: boolean
}

/** The changes of one commit, each hint of a conversation once. */
export function encodeJournal(changes: readonly HintChange[]): Uint8Array {
  const conversations = new Map<ConversationId, { added: Print[]; dropped: Print[] }>()
  for (const { print, conversation, add } of changes) {
    const known = conversations.get(conversation) ?? { added: [], dropped: [] }
    conversations.set(conversation, known)
    ;(add ? known.added : known.dropped).push(print)
  }
  const records = Array.from(conversations, ([conversation, { added, dropped }]) => ({
    conversation,
    added: packed(added),
    dropped: packed(dropped),
  }))
  return encodeRecord(HintJournalRecordSchema, create(HintJournalRecordSchema, { conversations: records }))
}

/** Throws `STORE_DAMAGED`. */
export function decodeJournal(bytes: Uint8Array): HintChange[] {
  return decodeRecord(HintJournalRecordSchema, bytes).conversations.flatMap(({ conversation, added, dropped }) => [
    ...unpacked(conversation as ConversationId, added, true),
    ...unpacked(conversation as ConversationId, dropped, false),
  ])
}

function packed(prints: readonly Print[]): Uint8Array {
  const bytes = new Uint8Array(prints.length * printBytes)
  for (const [index, print] of prints.entries()) writePrint(bytes, index * printBytes, print)
  return bytes
}

function* unpacked(conversation: ConversationId, bytes: Uint8Array, add: boolean): Generator<HintChange> {
  for (let at = 0; at + printBytes <= bytes.length; at += printBytes)
    yield { print: readPrint(bytes, at), conversation, add }
}
