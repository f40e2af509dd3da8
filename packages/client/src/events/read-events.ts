import { ColloquyError, type Consent, type ConversationId, type MessageId, type Participant } from "@colloquy/core"
import type { ContentRegistry } from "@colloquy/content"
import { type MessageState, messageStates } from "../messages/message-record.js"
import { readMessage } from "../messages/message.js"
import type { Runtime } from "../runtime/runtime.js"
import { joinSignals } from "../signals.js"
import type { ClientEvent } from "./event.js"
import type { StoredEvent } from "./event-log.js"
import { Position } from "./position.js"

const pageMax = 128

export interface EventOptions {
  /**
   * A name under which the position is kept: the next reader of the same name resumes after the last event whose loop body ended. After a crash
   * a few of the last come again; none is left out.
   */
  readonly consumer?: string
  /** Resumes after this event, whatever the consumer's position is. Without either, reading begins with the first event kept. */
  readonly after?: string
  /** Ends the iteration; what was handed out is finished first. */
  readonly signal?: AbortSignal
}

/** The durable events in order, and then each as it happens. Throws `BAD_CURSOR`; `CURSOR_EXPIRED` when events
 * after the position are no longer kept (`fields.oldest` is where to go on); `CLIENT_CLOSED` when the client closes meanwhile. */
export async function* readEvents(
  runtime: Runtime,
  registry: ContentRegistry,
  options: EventOptions,
  closed: AbortSignal,
): AsyncGenerator<ClientEvent, void, undefined> {
  const after = options.after === undefined ? undefined : parseCursor(options.after)
  const consumer = options.consumer === undefined ? undefined : await Position.load(runtime, options.consumer)
  let sequence = after ?? consumer?.sequence ?? 0
  const { signal, release } = joinSignals(closed, options.signal)
  if (consumer !== undefined) runtime.events.positions.add(consumer)
  try {
    while (!signal.aborted) {
      assertKept(runtime, sequence)
      const { wait, cancel } = runtime.events.next(signal)
      const page = await runtime.events.after(sequence, pageMax)
      if (page.length === 0) {
        await consumer?.saved()
        await wait
        continue
      }
      cancel()
      for (const event of page) {
        const read = await readEvent(runtime, registry, event)
        if (read !== undefined) yield read
        sequence = event.sequence
        consumer?.move(sequence)
        if (signal.aborted) break
      }
    }
  } finally {
    release()
    // A client that closes meanwhile saves the position itself.
    if (!closed.aborted) await consumer?.saved()
    if (consumer !== undefined) runtime.events.positions.delete(consumer)
  }
  if (closed.aborted && options.signal?.aborted !== true) throw closed.reason
}

/** A position of 0 is nobody's: reading begins with whatever is kept. */
function assertKept(runtime: Runtime, sequence: number): void {
  const { forgotten } = runtime.events
  if (sequence !== 0 && sequence < forgotten)
    throw new ColloquyError("CURSOR_EXPIRED", "the events after this position are no longer kept", {
      fields: { oldest: String(forgotten) },
    })
}

function parseCursor(cursor: string): number {
  const position = Number(cursor)
  if (!/^[0-9]{1,16}$/.test(cursor) || !Number.isSafeInteger(position))
    throw new ColloquyError("BAD_CURSOR", "this is not a cursor of events")
  return position
}

/** The event with what it refers to; `undefined` when that is no longer there. */
async function readEvent(
  runtime: Runtime,
  registry: ContentRegistry,
  { sequence, record }: StoredEvent,
): Promise<ClientEvent | undefined> {
  const happened = { cursor: String(sequence), atMs: record.atMs }
  const conversation = record.conversation as ConversationId
  const message = record.message as MessageId
  switch (record.kind) {
    case "conversation": {
      const header = await runtime.instances.storedHeader(conversation)
      if (header === undefined) return undefined
      const { type: conversationType, participants } = header
      const consent = record.detail as Consent
      return { ...happened, type: "conversation", conversation, conversationType, participants, consent }
    }
    case "message": {
      const read = await readMessage(runtime, registry, conversation, message)
      return read === undefined ? undefined : { ...happened, type: "message", conversation, message: read }
    }
    case "state":
      return { ...happened, type: "state", conversation, message, ...stateFields(record.detail, record.other) }
    case "consent":
      return { ...happened, type: "consent", conversation, consent: record.detail as Consent }
    case "notice": {
      const header = await runtime.instances.storedHeader(conversation)
      const codec = header === undefined ? undefined : runtime.registry.get(header.type)?.notices[record.detail]
      if (codec === undefined) return undefined
      try {
        const body: unknown = codec.decode(record.body, record.number)
        return { ...happened, type: "notice", conversation, name: record.detail, body }
      } catch {
        runtime.counters.add("NOTICE_UNREADABLE")
        return undefined
      }
    }
    case "unknown":
      return record.detail === "type"
        ? { ...happened, type: "unknown", what: "type", conversation, unknownType: record.other }
        : { ...happened, type: "unknown", what: "frame", conversation, frameTag: record.number }
    case "undelivered":
      return { ...happened, type: "undelivered", conversation, to: record.other as Participant, code: record.detail }
    case "deleted":
      return { ...happened, type: "deleted", conversation, message }
    case "removed":
      return { ...happened, type: "removed", conversation }
    case "gap":
      return { ...happened, type: "gap", topics: record.detail === "all" ? "all" : "some" }
    default:
      return undefined
  }
}

function stateFields(detail: string, other: string) {
  const state = detail as MessageState | "missing" | "recovered"
  if (!messageStates.includes(state as MessageState) || other === "") return { state }
  if (state === "published") return { state, proof: other as "stored" | "relayed" }
  return state === "failed" ? { state, code: other } : { state, by: other as Participant }
}
