import { be64, type ConversationId, fromBe64, type MessageId } from "@colloquy/core"
import { ExpiryRecordSchema, MessageRecordSchema } from "../generated/store_pb.js"
import { Deadlines } from "../runtime/deadlines.js"
import type { Runtime } from "../runtime/runtime.js"
import { key, under } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"
import { erasedMessageWrites, messageKey } from "./message-record.js"

const pageMax = 256

/** Erases messages when they are to disappear. */
export class Expiry {
  readonly #runtime: Runtime
  readonly #deadlines: Deadlines

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#deadlines = new Deadlines(runtime.environment.clock, () => this.#erase())
  }

  /** What was to disappear while the client was closed disappears now. */
  open(): void {
    this.note(this.#runtime.environment.clock.nowMs())
  }

  note(expiresAtMs: number): void {
    this.#deadlines.note(expiresAtMs)
  }

  close(): Promise<void> {
    return this.#deadlines.close()
  }

  async #erase(): Promise<void> {
    const { store, environment, instances } = this.#runtime
    for (;;) {
      const nowMs = environment.clock.nowMs()
      const due = { from: key("expiry"), to: key("expiry", be64(nowMs + 1)), limit: pageMax }
      const entries = await store.storage.scan(due)
      const byConversation = new Map<ConversationId, MessageId[]>()
      for (const { value } of entries) {
        const { conversation, message } = decodeRecord(ExpiryRecordSchema, value)
        const messages = byConversation.get(conversation as ConversationId) ?? []
        messages.push(message as MessageId)
        byConversation.set(conversation as ConversationId, messages)
      }
      for (const [conversation, messages] of byConversation) {
        const instance = await instances.get(conversation)
        if (instance === undefined) await this.#eraseAlone(conversation, messages)
        else await instance.enqueue({ kind: "erase", messages })
      }
      // What a removed conversation left behind is forgotten.
      await this.#runtime.commit(entries.map((entry) => ({ key: entry.key, value: undefined })))
      if (entries.length < pageMax) break
    }
    const [first] = await store.storage.scan({ from: key("expiry"), to: under(key("expiry")).to, limit: 1 })
    if (first !== undefined) this.note(fromBe64(first.key, 1))
  }

  /** Of a conversation whose type is not registered now: its messages disappear all the same. */
  async #eraseAlone(conversation: ConversationId, messages: readonly MessageId[]): Promise<void> {
    const { store, account } = this.#runtime
    const blinded = account.keys.conversation(conversation)
    const found = await store.getAll(
      MessageRecordSchema,
      messages.map((message) => messageKey(blinded, message)),
    )
    const writes = found.flatMap((record) => (record === undefined ? [] : [...erasedMessageWrites(blinded, record)]))
    if (writes.length > 0) await this.#runtime.commit(writes)
  }
}
