import { be64, type ConversationId, fromBe64, type MessageId } from "@colloquy/core"
import { ExpiryRecordSchema } from "../generated/store_pb.js"
import { Deadlines } from "../runtime/deadlines.js"
import type { Runtime } from "../runtime/runtime.js"
import { key, under } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"

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
        await instance?.enqueue({ kind: "erase", messages })
      }
      // Whatever a removed conversation, or one of an unregistered type, left behind is forgotten.
      await this.#runtime.commit(entries.map((entry) => ({ key: entry.key, value: undefined })))
      if (entries.length < pageMax) break
    }
    const [first] = await store.storage.scan({ from: key("expiry"), to: under(key("expiry")).to, limit: 1 })
    if (first !== undefined) this.note(fromBe64(first.key, 1))
  }
}
