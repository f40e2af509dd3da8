import type { ConversationId, MessageId } from "@colloquy/core"
import { type EventRecord, EventRecordSchema } from "../generated/store_pb.js"
import { be64, empty } from "@colloquy/core"
import type { Position } from "./position.js"
import { key, sequenceOf } from "../store/keys.js"
import { decodeRecord, encodeRecord, type Store } from "../store/store.js"

/** An event as it is stored: it refers to messages rather than repeat them. */
export interface EventDraft {
  readonly kind:
    | "conversation"
    | "message"
    | "state"
    | "consent"
    | "notice"
    | "unknown"
    | "undelivered"
    | "gap"
    | "deleted"
    | "removed"
  readonly conversation?: ConversationId
  readonly message?: MessageId
  /** A state, a consent, a notice's name, a code. */
  readonly detail?: string
  readonly number?: number
  readonly body?: Uint8Array
  readonly other?: string
}

export interface StoredEvent {
  readonly sequence: number
  readonly record: EventRecord
}

export function encodeEvent(draft: EventDraft, atMs: number): Uint8Array {
  const { kind, conversation = "", message = "", detail = "", number = 0, body = empty, other = "" } = draft
  const $typeName = "colloquy.client.store.v1.EventRecord"
  return encodeRecord(EventRecordSchema, {
    $typeName,
    atMs,
    kind,
    conversation,
    message,
    detail,
    number,
    body,
    other,
  })
}

/** The durable events, read in order by whoever wants them. */
export class EventLog {
  readonly #store: Store
  #waiting: (() => void)[] = []
  /** Events up to this number are gone. */
  forgotten = 0
  /** Of readers that are reading now. */
  readonly positions = new Set<Position>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Saves how far every reader has come. */
  async flush(): Promise<void> {
    await Promise.all([...this.positions].map((position) => position.saved()))
  }

  /** Wakes everyone who waits for events. */
  notify(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** The events after a sequence number, at most a page of them. */
  async after(sequence: number, limit: number): Promise<readonly StoredEvent[]> {
    const entries = await this.#store.page(key("event"), { limit, after: key("event", be64(sequence)) })
    return entries.map((entry) => ({
      sequence: sequenceOf(entry.key),
      record: decodeRecord(EventRecordSchema, entry.value),
    }))
  }

  /** Resolves at the next event, or with the signal. Ask for it before reading, else an event between the two is slept through. */
  next(signal: AbortSignal): { readonly wait: Promise<void>; cancel(): void } {
    let settle = (): void => undefined
    const wait = new Promise<void>((resolve) => {
      settle = () => {
        signal.removeEventListener("abort", settle)
        resolve()
      }
    })
    if (signal.aborted) settle()
    else {
      signal.addEventListener("abort", settle)
      this.#waiting.push(settle)
    }
    return {
      wait,
      cancel: () => {
        this.#waiting = this.#waiting.filter((other) => other !== settle)
        settle()
      },
    }
  }
}
