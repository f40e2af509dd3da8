import { ColloquyError, type ConversationId, type MessageId } from "@colloquy/core"
import { refusal } from "../instance/refusal.js"
import type { Internals } from "../internals.js"
import { readMessage, readRecord } from "../messages/message.js"
import { type MessageState, messageStates } from "../messages/message-record.js"
import { joinSignals } from "../signals.js"

/** A message of ours that is durable. */
export class SentMessage {
  readonly id: MessageId
  readonly conversation: ConversationId
  readonly #internals: Internals

  constructor(internals: Internals, conversation: ConversationId, id: MessageId) {
    this.#internals = internals
    this.conversation = conversation
    this.id = id
  }

  /** Its state now. Throws `MESSAGE_UNKNOWN` once it was deleted. */
  async state(): Promise<MessageState> {
    const { runtime, content, closed } = this.#internals
    closed.throwIfAborted()
    const message = await readMessage(runtime, content, this.conversation, this.id)
    if (message === undefined) throw new ColloquyError("MESSAGE_UNKNOWN", "there is no such message")
    return message.state
  }

  /**
   * Withdraws the message while nothing of it has been handed to the service: it fails as `CANCELLED`. Throws `TOO_LATE` once something has,
   * or the code with which the type refused.
   */
  async cancel(): Promise<void> {
    const { runtime, closed } = this.#internals
    closed.throwIfAborted()
    const record = await readRecord(runtime, this.conversation, this.id)
    const instance = await runtime.instances.get((record?.conversation ?? this.conversation) as ConversationId)
    if (instance === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
    const settled = await instance.enqueue({ kind: "cancel", message: this.id })
    if (settled.outcome !== "next") throw refusal(instance.type.id, settled)
  }

  /**
   * Waits until the message is in this state or a later one, and resolves with the one it is in. The signal ends the wait, not the message.
   * Throws `MESSAGE_FAILED` with the reason in `fields.code`, `CLIENT_CLOSED`, or the signal's reason.
   */
  async reached(
    wanted: "published" | "acknowledged",
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<MessageState> {
    const { runtime, content, closed } = this.#internals
    const { signal, release } = joinSignals(closed, options.signal)
    try {
      for (;;) {
        const { wait, cancel } = runtime.events.next(signal)
        try {
          signal.throwIfAborted()
          const message = await readMessage(runtime, content, this.conversation, this.id)
          if (message === undefined) throw new ColloquyError("MESSAGE_UNKNOWN", "there is no such message")
          if (message.state === "failed")
            throw new ColloquyError("MESSAGE_FAILED", "the message failed", { fields: { code: message.code ?? "" } })
          if (messageStates.indexOf(message.state) >= messageStates.indexOf(wanted)) return message.state
          await wait
        } finally {
          cancel()
        }
      }
    } finally {
      release()
    }
  }
}
