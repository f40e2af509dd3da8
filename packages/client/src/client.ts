import {
  type AnyConversationType,
  type Clock,
  ColloquyError,
  type Consent,
  type ConversationId,
  type Crypto,
  type DeliveryService,
  type DeliveryStatus,
  type Logger,
  type OpenDelivery,
  parseConversationId,
  type Participant,
  silentLogger,
  type Storage,
} from "@colloquy/core"
import type { ContentRegistry } from "@colloquy/content"
import { Account } from "./account.js"
import type { BackupUnlock } from "./backup/backup-unlock.js"
import { exportBackup } from "./backup/export-backup.js"
import { importBackup, type Imported, type ImportOptions } from "./backup/import-backup.js"
import { Conversation } from "./conversations/conversation.js"
import { type ConversationDetails, listConversations } from "./conversations/details.js"
import { SentMessage } from "./conversations/sent-message.js"
import { startConversation, type StartOptions } from "./conversations/start.js"
import { Registry } from "./environment.js"
import type { ClientEvent } from "./events/event.js"
import { type EventOptions, readEvents } from "./events/read-events.js"
import { eventRetentionMs } from "./events/event-retention.js"
import type { Internals } from "./internals.js"
import { introduce } from "./introduce.js"
import type { Page } from "./messages/message.js"
import { openRuntime, type OpenRuntime } from "./runtime/open-runtime.js"
import { joinSignals } from "./signals.js"
import { type StorageReport, storageReport } from "./store/report.js"
import { Store } from "./store/store.js"

export interface ClientOptions {
  /** Taken over: the client closes it. What is in it must be sealed. */
  readonly storage: Storage
  /** Without one the client works offline. */
  readonly delivery?: OpenDelivery
  /** In the order of preference. */
  readonly types: readonly AnyConversationType[]
  readonly content: ContentRegistry
  readonly crypto: Crypto
  readonly random: (bytes: number) => Uint8Array
  readonly clock: Clock
  readonly logger?: Logger
  /** `create`: only where the store holds no account (`ACCOUNT_EXISTS`). `open`: only where it does (`NO_ACCOUNT`). Else whatever is there. */
  readonly account?: "create" | "open" | "any"
  /** How long events are kept: 30 days unless told. Messages are kept until they are deleted or disappear. */
  readonly eventsKeptMs?: number
  /** What the account's owner calls it, when it is made. Never sent. At most 64 characters. */
  readonly name?: string
}

export interface ListOptions {
  readonly limit?: number
  readonly after?: string
}

/**
 * One account that runs conversations of any set of types over any delivery service. Arguments and results can be cloned structurally,
 * but for handles and types. Once closed, every call throws `CLIENT_CLOSED`.
 */
export class Client implements AsyncDisposable {
  readonly participant: Participant
  readonly name: string
  readonly createdAtMs: number
  readonly #open: OpenRuntime
  readonly #internals: Internals
  readonly #closing = new AbortController()
  readonly #delivery: DeliveryService | undefined
  #closed: Promise<void> | undefined

  private constructor(open: OpenRuntime, options: ClientOptions, delivery: DeliveryService | undefined) {
    const { account } = open.runtime
    this.#open = open
    this.#internals = { runtime: open.runtime, content: options.content, closed: this.#closing.signal }
    this.#delivery = delivery
    this.participant = account.participant
    this.name = account.name
    this.createdAtMs = account.createdAtMs
    const { lost } = options.storage
    const onLost = (): void => void this.#close("STORE_LOST", "the store was lost").catch(() => undefined)
    if (lost.aborted) onLost()
    else lost.addEventListener("abort", onLost, { once: true })
  }

  /**
   * Throws `STORE_VERSION`, `STORE_DAMAGED`, `NO_ACCOUNT`, `ACCOUNT_EXISTS`, `IMPORT_UNFINISHED` (an import was interrupted: import again), `BAD_NAME`;
   * the storage is closed then.
   */
  static async open(options: ClientOptions): Promise<Client> {
    const { storage, clock, crypto, random, logger = silentLogger, account: mode = "any", name = "" } = options
    let delivery: DeliveryService | undefined
    try {
      if (name.length > 64) throw new ColloquyError("BAD_NAME", "a name has at most 64 characters")
      const store = new Store(storage)
      const environment = { clock, crypto, random, logger }
      const account = await Account.open(store, environment, { mode, name })
      delivery = options.delivery?.({ clock, random })
      const open = await openRuntime({
        environment,
        registry: new Registry(options.types),
        account,
        store,
        delivery,
        eventsKeptMs: options.eventsKeptMs ?? eventRetentionMs,
      })
      return new Client(open, options, delivery)
    } catch (error) {
      await delivery?.close().catch(() => undefined)
      await storage.close().catch(() => undefined)
      throw error
    }
  }

  /**
   * Fills an empty store with a backup that {@link Client.export} wrote, or leaves it as it was. Open it afterwards: conversations whose type can
   * restore them go on then; the others can be read. Throws `ACCOUNT_EXISTS`, `STORE_NOT_EMPTY`, `BACKUP_FORMAT` (it is none), `BACKUP_VERSION`
   * (of a later version), `BACKUP_WRONG_PASSPHRASE`, `BACKUP_TRUNCATED`, `BACKUP_DAMAGED`, and what the source throws.
   */
  static import(options: ImportOptions): Promise<Imported> {
    return importBackup(options)
  }

  /**
   * A backup of the account: identity, conversations with all their messages, and whom it allowed or denied, in pieces of some 64 KiB. Sealed with
   * the unlock: whoever has both is this account. Not in it: events, what waits to be published, introductions that were given out, and the keys
   * of conversations. Throws `BAD_PASSWORD_COST`.
   */
  async *export(options: { readonly unlock: BackupUnlock }): AsyncGenerator<Uint8Array, void, undefined> {
    this.#assertOpen()
    for await (const piece of exportBackup(this.#internals.runtime, options.unlock)) {
      yield piece
      this.#assertOpen()
    }
  }

  /**
   * A single-use introduction, as text: whoever holds it can begin one conversation with this account, or burn it. Give it over a channel that
   * shows who gave it. Good for 7 days, or for `expiresInMs` (one second to 90 days, else `BAD_EXPIRY`).
   */
  async introduce(options: { readonly expiresInMs?: number } = {}): Promise<string> {
    this.#assertOpen()
    return introduce(this.#internals.runtime, options)
  }

  readonly conversations = {
    /**
     * Begins a conversation with whoever made the introduction. It is durable when this resolves, the first content with it.
     * Of a type that has one for each pair, the open one with this person goes on, unless he gave this introduction without ever answering in it: then it
     * never reached him. One that he asked for is allowed by this.
     * Throws `INTRODUCTION_*` (expired, consumed, forged, truncated, unknown version, own), `TYPE_UNKNOWN`, `NO_CARRIER`, `OUTBOX_FULL`.
     */
    start: async (
      introduction: string,
      options: StartOptions = {},
    ): Promise<Conversation & { readonly first?: SentMessage }> => {
      this.#assertOpen()
      const { conversation, type, message } = await startConversation(this.#internals.runtime, introduction, options)
      const handle = new Conversation(this.#internals, conversation, type.id)
      if (message === undefined) return handle
      return Object.assign(handle, { first: new SentMessage(this.#internals, conversation, message) })
    },

    /** `undefined` when there is none with this id. Throws `BAD_CONVERSATION_ID`. */
    get: async (id: string): Promise<Conversation | undefined> => {
      this.#assertOpen()
      const parsed = parseConversationId(id)
      if (parsed === undefined) throw new ColloquyError("BAD_CONVERSATION_ID", "this is not a conversation id")
      const header = await this.#internals.runtime.instances.storedHeader(parsed.id)
      return header === undefined || header.resident
        ? undefined
        : new Conversation(this.#internals, header.thread ?? parsed.id, header.type)
    },

    /** The most recent first. Throws `BAD_CURSOR` and `BAD_LIMIT`. */
    list: async (options: ListOptions & { readonly consent?: Consent } = {}): Promise<Page<ConversationDetails>> => {
      this.#assertOpen()
      return listConversations(this.#internals.runtime, options)
    },
  }

  /** Conversations that others began and nobody here has judged yet. Nothing is acknowledged to them. */
  readonly requests = {
    list: (options: ListOptions = {}): Promise<Page<ConversationDetails>> =>
      this.conversations.list({ ...options, consent: "unknown" }),
    /** Throws `CONVERSATION_UNKNOWN`. */
    allow: async (id: ConversationId): Promise<void> => (await this.#known(id)).allow(),
    /** Throws `CONVERSATION_UNKNOWN`. */
    deny: async (id: ConversationId): Promise<void> => (await this.#known(id)).deny(),
  }

  /** What happened to conversations and messages: durable, in order, first what is kept and then what comes. See {@link EventOptions}. */
  events(options: EventOptions = {}): AsyncGenerator<ClientEvent, void, undefined> {
    this.#assertOpen()
    return readEvents(this.#internals.runtime, this.#internals.content, options, this.#closing.signal)
  }

  /** How the connection is, now and at every change, until the returned function is called. Transient: it says nothing about messages. */
  status(listener: (status: DeliveryStatus) => void): () => void {
    this.#assertOpen()
    if (this.#delivery !== undefined) return this.#delivery.status(listener)
    listener({ state: "down", code: "DELIVERY_NONE" })
    return () => undefined
  }

  /** Waits until what the service had when the client connected is taken in: `false` when the signal came first. Later it is true at once. */
  async caughtUp(signal: AbortSignal): Promise<boolean> {
    this.#assertOpen()
    return this.#internals.runtime.receiver.caughtUp(signal)
  }

  /** Waits until nothing is left to publish: `false` when the signal came first. */
  async drained(signal: AbortSignal): Promise<boolean> {
    this.#assertOpen()
    const joined = joinSignals(signal, this.#closing.signal)
    try {
      return await this.#internals.runtime.outbox.drained(joined.signal)
    } finally {
      joined.release()
    }
  }

  /** How much is stored, by what it is for; with an id, of that conversation. Reads everything: not for every day. */
  async storage(conversation?: ConversationId): Promise<StorageReport> {
    this.#assertOpen()
    return storageReport(this.#internals.runtime, conversation)
  }

  /** How often something was refused or useless since the client was opened, by code. Hostile traffic grows these numbers and nothing else. */
  counters(): Readonly<Record<string, number>> {
    return this.#internals.runtime.counters.read()
  }

  /** Finishes what is under way, erases, and gives the store up. A second call does nothing. */
  close(): Promise<void> {
    return this.#close("CLIENT_CLOSED", "the client is closed")
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #close(code: string, message: string): Promise<void> {
    this.#closed ??= (async () => {
      const reason = new ColloquyError(code, message)
      this.#closing.abort(reason)
      await this.#open.close(reason)
    })()
    return this.#closed
  }

  async #known(id: ConversationId): Promise<Conversation> {
    const conversation = await this.conversations.get(id)
    if (conversation === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
    return conversation
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason
  }
}
