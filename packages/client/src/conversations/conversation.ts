import {
  type AnyConversationType,
  type Codec,
  ColloquyError,
  type ConversationId,
  type ConversationType,
  type MessageId,
  type TypeId,
} from "@colloquy/core"
import { type Content, encodeContent } from "@colloquy/content"
import type { Instance } from "../instance/instance.js"
import { refusal } from "../instance/refusal.js"
import { type Message, type Page, readMessage, readMessages, readRecord } from "../messages/message.js"
import type { Internals } from "../internals.js"
import { type ConversationDetails, detailsOf } from "./details.js"
import { finishRemovals } from "./remove.js"
import { SentMessage } from "./sent-message.js"

const eraseMax = 256
const disappearMaxMs = 10 * 366 * 24 * 60 * 60 * 1000

type CommandsOf<T extends AnyConversationType> = T extends ConversationType<infer C, infer _> ? C : never

/** A conversation as its own type knows it. */
export interface TypedConversation<T extends AnyConversationType> {
  /** Resolves when the command is durable. Throws the type's code when it refuses. */
  command<K extends keyof CommandsOf<T> & string>(
    name: K,
    body: CommandsOf<T>[K] extends Codec<infer B> ? B : never,
  ): Promise<void>
}

/** A handle on one conversation. It holds no state: every call reads or changes what is stored. */
export class Conversation {
  readonly id: ConversationId
  readonly type: TypeId
  readonly #internals: Internals

  constructor(internals: Internals, id: ConversationId, type: TypeId) {
    this.#internals = internals
    this.id = id
    this.type = type
  }

  async details(): Promise<ConversationDetails> {
    const instance = await this.#instance()
    return detailsOf(instance.header(), this.#internals.runtime.account.participant)
  }

  /**
   * Sends content; it is durable when this resolves, whether the service can be reached or not. A second call with the same key is the same
   * message. Writing to someone who asked allows him.
   * Throws `CONSENT_DENIED`, `CONTENT_TOO_LONG`, `CANNOT_SEND`, `OUTBOX_FULL` (retry later), or the code with which the type refused.
   */
  async send(content: Content, options: { readonly key?: string } = {}): Promise<SentMessage> {
    const { runtime } = this.#internals
    const instance = await this.#instance()
    const { consent, canSend, contentBytesMax } = instance.header()
    if (consent === "denied") throw new ColloquyError("CONSENT_DENIED", "this conversation was denied: allow it first")
    if (!canSend) throw new ColloquyError("CANNOT_SEND", "nothing can be sent in this conversation now")
    const encoded = encodeContent(content)
    if (encoded.length > contentBytesMax)
      throw new ColloquyError(
        "CONTENT_TOO_LONG",
        `the content has ${encoded.length} bytes, and this conversation takes ${contentBytesMax}`,
        {
          fields: { bytes: encoded.length, bytesMax: contentBytesMax },
        },
      )
    runtime.outbox.assertRoom()
    if (consent === "unknown") await instance.enqueue({ kind: "consent", consent: "allowed" })
    const sender = runtime.instances.senderOf(this.id)
    const through = sender === this.id ? instance : await this.#instance(sender)
    const keyed = options.key === undefined ? {} : { idempotencyKey: options.key }
    const settled = await through.enqueue({ kind: "send", content: encoded }, keyed)
    if (settled.message === undefined) throw refusal(this.type, settled)
    return new SentMessage(this.#internals, this.id, settled.message)
  }

  /** A page of the messages, oldest first within it; `next` leads to older ones. Throws `BAD_CURSOR` and `BAD_LIMIT`. */
  async messages(options: { readonly limit?: number; readonly before?: string } = {}): Promise<Page<Message>> {
    const { runtime, content, closed } = this.#internals
    closed.throwIfAborted()
    return readMessages(runtime, content, this.id, options)
  }

  async message(id: MessageId): Promise<Message | undefined> {
    const { runtime, content, closed } = this.#internals
    closed.throwIfAborted()
    return readMessage(runtime, content, this.id, id)
  }

  /** Lets this conversation, and what else its people begin, in. */
  async allow(): Promise<void> {
    await this.#consent("allowed")
  }

  /** Shows nothing of this conversation any more and refuses what else its people begin. */
  async deny(): Promise<void> {
    await this.#consent("denied")
  }

  /**
   * Erases messages here, also at rest. The others keep theirs. Those that are not there are passed over. What nobody has acknowledged is still sent:
   * a type that sends again keeps the content in its state until it is acknowledged or given up.
   */
  async erase(messages: readonly MessageId[]): Promise<void> {
    for (let i = 0; i < messages.length; i += eraseMax)
      for (const [instance, own] of await this.#owners(messages.slice(i, i + eraseMax)))
        await instance.enqueue({ kind: "erase", messages: own })
  }

  /**
   * Keeps messages for so long from when they were written, those that are there included; `undefined` keeps them until they are erased. On
   * this side only. Throws `BAD_DURATION` for less than a second or more than ten years.
   */
  async disappear(afterMs: number | undefined): Promise<void> {
    if (afterMs !== undefined && !(Number.isInteger(afterMs) && afterMs >= 1000 && afterMs <= disappearMaxMs))
      throw new ColloquyError("BAD_DURATION", "messages disappear after one second to ten years")
    this.#internals.closed.throwIfAborted()
    for (const { conversation } of await this.#internals.runtime.instances.threadOf(this.id))
      await (await this.#instance(conversation)).enqueue({ kind: "disappear", afterMs, messages: [] })
    let before: string | undefined
    do {
      const page = await this.messages({ limit: eraseMax, ...(before === undefined ? {} : { before }) })
      for (const [instance, messages] of await this.#owners(page.items.map(({ id }) => id)))
        await instance.enqueue({ kind: "disappear", afterMs, messages })
      before = page.next
    } while (before !== undefined)
  }

  /**
   * Removes the conversation here, keys and messages, also at rest. The others learn nothing, and what they send finds nobody. What waits to be
   * published is withdrawn.
   */
  async remove(): Promise<void> {
    this.#internals.closed.throwIfAborted()
    const { runtime } = this.#internals
    // What leads to the others goes last: whoever is interrupted can ask for the rest once more.
    for (const { conversation } of [...(await runtime.instances.threadOf(this.id))].reverse())
      await (await this.#instance(conversation)).enqueue({ kind: "remove" })
    try {
      await finishRemovals(runtime)
    } catch (error) {
      runtime.removals.note(runtime.environment.clock.nowMs())
      throw error
    }
  }

  /** The conversation with its type's own commands; `undefined` when it is of another type. */
  as<T extends AnyConversationType>(type: T): TypedConversation<T> | undefined {
    if (type.id !== this.type) return undefined
    return {
      command: async (name, body) => {
        if (!Object.hasOwn(type.commands as object, name))
          throw new ColloquyError("COMMAND_UNKNOWN", `${type.id} has no command ${name}`)
        const instance = await this.#instance()
        const sender = this.#internals.runtime.instances.senderOf(this.id)
        const through = sender === this.id ? instance : await this.#instance(sender)
        const settled = await through.enqueue({ kind: "command", name, body })
        await Promise.all(settled.cascades)
        if (settled.outcome !== "next") throw refusal(this.type, settled)
      },
    }
  }

  async #consent(consent: "allowed" | "denied"): Promise<void> {
    this.#internals.closed.throwIfAborted()
    for (const { conversation } of await this.#internals.runtime.instances.threadOf(this.id))
      await (await this.#instance(conversation)).enqueue({ kind: "consent", consent })
    await this.#internals.runtime.instances.threadChanged(this.id)
  }

  /** The conversations of the thread in which messages were said: each alone changes the records of its own. */
  async #owners(messages: readonly MessageId[]): Promise<ReadonlyMap<Instance, readonly MessageId[]>> {
    const { runtime } = this.#internals
    const root = await this.#instance()
    const thread = (await runtime.instances.threadOf(this.id)).map(({ conversation }) => conversation)
    if (thread.length === 1) return new Map([[root, messages]])
    const owners = new Map<Instance, MessageId[]>()
    for (const message of messages) {
      const said = (await readRecord(runtime, this.id, message))?.conversation as ConversationId | undefined
      const owner = said !== undefined && thread.includes(said) ? await this.#instance(said) : root
      owners.set(owner, [...(owners.get(owner) ?? []), message])
    }
    return owners
  }

  async #instance(id: ConversationId = this.id): Promise<Instance> {
    const instance = await this.#internals.runtime.instances.get(id)
    if (instance === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
    return instance
  }
}
