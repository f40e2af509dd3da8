import type { Clock } from "../environment/clock.js"
import type { Topic } from "../topics/topic.js"

/** What is to be published. The service sees the topic, the payload's bytes and the time, and nothing else. */
export interface Publication {
  /** 16 random bytes. The same id again is the same publication: a retry is stored once. */
  readonly id: Uint8Array
  readonly topic: Topic
  readonly payload: Uint8Array
  /** The service need not store it: only who follows the topic now gets it. */
  readonly ephemeral?: boolean
}

/** `stored`: the service has it durably. `relayed`: it was handed on, and nobody promised to keep it. */
export interface Receipt {
  readonly proof: "stored" | "relayed"
}

export interface ReceivedPayload {
  readonly topic: Topic
  readonly payload: Uint8Array
}

export interface Batch {
  readonly payloads: readonly ReceivedPayload[]
  /** Where to resume once every payload of this batch, and of those before, has been dealt with. Opaque, at most 256 bytes. */
  readonly cursor: Uint8Array
  /** Nothing waits behind this batch: what comes next is news. */
  readonly live: boolean
  /** Payloads of these topics are gone for good, somewhere before this batch. */
  readonly gap?: { readonly topics: readonly Topic[] | "all" }
}

export interface Following {
  readonly topic: Topic
  /** Also what the service has kept since then; else only what comes after the feed's cursor. */
  readonly sinceMs?: number
}

/**
 * The payloads of the followed topics. Pulled batch by batch: the next one is asked for when the consumer comes back, so that a slow consumer
 * holds at most one batch in memory. At least once, in any order, with any delay. It survives lost connections by itself, resuming where it was;
 * it ends when it is disposed, its signal aborts or its service closes, and fails only with `CURSOR_VOID` (the cursor is of another scope)
 * or `DELIVERY_CLOSED` (its service closed). Each `follow` is answered by a batch with `live`, without payloads where nothing waits.
 * The cursor of a batch asked for after a `follow` resolved covers what that call still has to bring. Leaving a loop does not end the feed:
 * another loop goes on where it stopped.
 */
export interface Feed extends AsyncIterable<Batch>, AsyncDisposable {
  /**
   * Resolves when the service follows them; waits while the service is down. The first call decides where a feed without a cursor begins: at what
   * is new. Fails with `TOPIC_REFUSED`, `CURSOR_VOID`, `DELIVERY_CLOSED` (also when the feed has ended), or with the signal's reason.
   */
  follow(topics: readonly Following[], options?: { readonly signal?: AbortSignal }): Promise<void>
  /** No batch asked for after it resolved has payloads of these topics. Topics that are not followed are no mistake. */
  leave(topics: readonly Topic[]): Promise<void>
}

export interface DeliveryStatus {
  readonly state: "connecting" | "up" | "down"
  /** Why it is down: `DELIVERY_UNREACHABLE`, `DELIVERY_SILENT` (it stopped answering), `DELIVERY_REFUSED`, `DELIVERY_CLOSED`. */
  readonly code?: string
  readonly retryAtMs?: number
}

export interface DeliveryLimits {
  readonly payloadBytesMax: number
  readonly topicsMax: number
  /** How long payloads are kept; `undefined` when nobody promises. */
  readonly retentionMs?: number
}

/**
 * Whatever brings payloads from one to the other. Nobody has to trust it: it may lose, repeat, delay, reorder, invent and read everything.
 */
export interface DeliveryService {
  /** Names what cursors are valid for. A service that lost its past, or another one at the same address, has another scope. Known once it was up, else "". */
  readonly scope: string
  /** The service's own once it was up, before that what the adapter assumes. */
  readonly limits: DeliveryLimits
  /**
   * Resolves with the proof. Fails with `PAYLOAD_TOO_LARGE`, `TOPIC_REFUSED` or `DELIVERY_REFUSED` (never retry), `DELIVERY_DOWN`, `DELIVERY_BUSY`
   * (retry later, with the same id), `DELIVERY_CLOSED`, or with the signal's reason. Publications are sent in the order of the calls.
   */
  publish(publication: Publication, options?: { readonly signal?: AbortSignal }): Promise<Receipt>
  open(options?: { readonly cursor?: Uint8Array; readonly signal?: AbortSignal }): Feed
  /** Calls the listener with the present status, and at every change, until the returned function is called. */
  status(listener: (status: DeliveryStatus) => void): () => void
  /** Ends feeds and publishes under way with `DELIVERY_CLOSED`. A second call does nothing. */
  close(): Promise<void>
}

/** Made anew for each client: the connection belongs to whoever opened it. */
export type OpenDelivery = (environment: {
  readonly clock: Clock
  readonly random: (bytes: number) => Uint8Array
}) => DeliveryService

export type DeliveryErrorCode =
  | "PAYLOAD_TOO_LARGE"
  | "TOPIC_REFUSED"
  | "DELIVERY_REFUSED"
  | "DELIVERY_DOWN"
  | "DELIVERY_BUSY"
  | "DELIVERY_CLOSED"
  | "CURSOR_VOID"
