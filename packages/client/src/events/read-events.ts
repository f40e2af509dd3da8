import { create } from "@bufbuild/protobuf"
import { ColloquyError, type Consent, type ConversationId, type MessageId, type Participant } from "@colloquy/core"
import type { ContentRegistry } from "@colloquy/content"
import { TextRecordSchema } from "../generated/store_pb.js"
import { type MessageState, messageStates } from "../messages/message-record.js"
import { readMessage } from "../messages/message.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"
import type { ClientEvent } from "./event.js"
import type { StoredEvent } from "./event-log.js"

const pageMax = 128

export interface EventOptions {
  /** A name under which the position is kept: the next reader of the same name resumes after the last event whose loop body ended. */
  readonly consumer?: string
  /** Resumes after this event, whatever the consumer's position is. Without either, reading begins with the first event kept. */
  readonly after?: string
  /** Ends the iteration; what was handed out is finished first. */
  readonly signal?: AbortSignal
}

/** The durable events in order, and then each as it happens. Throws `BAD_CURSOR`, and `CLIENT_CLOSED` when the client closes meanwhile. */
export async function* readEvents(
  runtime: Runtime,
  registry: ContentRegistry,
  options: EventOptions,
  closed: AbortSignal,
): AsyncGenerator<ClientEvent, void, undefined> {
  const { consumer } = options
  const signal = options.signal === undefined ? closed : AbortSignal.any([closed, options.signal])
  const consumerKey = consumer === undefined ? undefined : key("consumer", runtime.account.keys.blind(consumer))
  let position = options.after === undefined ? await stored(runtime, consumerKey) : parseCursor(options.after)
  let saved = position
  const save = async (): Promise<void> => {
    if (consumerKey === undefined || saved === position) return
    saved = position
    const value = encodeRecord(TextRecordSchema, create(TextRecordSchema, { number: position }))
    await runtime.commit([{ key: consumerKey, value }])
  }
  while (!signal.aborted) {
    const { wait, cancel } = runtime.events.next(signal)
    const page = await runtime.events.after(position, pageMax)
    if (page.length === 0) {
      await wait
      continue
    }
    cancel()
    for (const event of page) {
      const read = await readEvent(runtime, registry, event)
      if (read !== undefined) yield read
      position = event.sequence
      await save()
      if (signal.aborted) break
    }
  }
  if (closed.aborted && options.signal?.aborted !== true) throw closed.reason
}

async function stored(runtime: Runtime, consumerKey: Uint8Array | undefined): Promise<number> {
  if (consumerKey === undefined) return 0
  return (await runtime.store.get(TextRecordSchema, consumerKey))?.number ?? 0
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
      const body: unknown = codec.decode(record.body, record.number)
      return { ...happened, type: "notice", conversation, name: record.detail, body }
    }
    case "unknown":
      return record.detail === "type"
        ? { ...happened, type: "unknown", what: "type", conversation, unknownType: record.other }
        : { ...happened, type: "unknown", what: "frame", conversation, frameTag: record.number }
    case "undelivered":
      return { ...happened, type: "undelivered", conversation, to: record.other as Participant, code: record.detail }
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
