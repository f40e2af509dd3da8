import type { ConversationId } from "@colloquy/core"
import type { Runtime } from "../runtime/runtime.js"
import { key, type TableName } from "./keys.js"

/** How much something takes in the store, sealing and the medium's own overhead not counted. */
export interface Usage {
  readonly records: number
  readonly bytes: number
}

export interface StorageReport {
  readonly total: Usage
  /** Texts and their order. */
  readonly messages: Usage
  /** What conversations and residents need to go on. */
  readonly state: Usage
  readonly events: Usage
  /** What waits to be published, judged or claimed. */
  readonly waiting: Usage
  /** The account, indexes and settings. */
  readonly other: Usage
}

const groups = {
  messages: ["message", "log", "expiry", "idempotency"],
  state: ["instance", "cell", "row", "hint", "journal", "claim"],
  events: ["event", "consumer", "forgotten"],
  waiting: ["outbox", "later", "input", "ring", "removal", "restore"],
  other: ["account", "wake", "recent", "consent", "introduction", "cursor", "resident", "carrier", "peer", "importing"],
} as const satisfies Record<string, readonly TableName[]>

const ofConversation: readonly TableName[] = [
  "message",
  "log",
  "idempotency",
  "instance",
  "cell",
  "row",
  "later",
  "input",
]

/** Counts what is stored, of everything or of one conversation. Reads it all: not for every day. */
export async function storageReport(runtime: Runtime, conversation?: ConversationId): Promise<StorageReport> {
  const instance = conversation === undefined ? undefined : runtime.account.keys.conversation(conversation)
  const usage = async (tables: readonly TableName[]): Promise<Usage> => {
    let records = 0
    let bytes = 0
    for (const table of tables) {
      if (instance !== undefined && !ofConversation.includes(table)) continue
      for await (const entry of runtime.store.all(instance === undefined ? key(table) : key(table, instance))) {
        records += 1
        bytes += entry.key.length + entry.value.length
      }
    }
    return { records, bytes }
  }
  const messages = await usage(groups.messages)
  const state = await usage(groups.state)
  const events = await usage(groups.events)
  const waiting = await usage(groups.waiting)
  const other = await usage(groups.other)
  const all = [messages, state, events, waiting, other]
  const sum = (field: keyof Usage): number => all.reduce((total, part) => total + part[field], 0)
  return { total: { records: sum("records"), bytes: sum("bytes") }, messages, state, events, waiting, other }
}
