import { create } from "@bufbuild/protobuf"
import {
  be64,
  ColloquyError,
  type Consent,
  type ConversationId,
  type Participant,
  type TypeId,
  type View,
  type Write,
} from "@colloquy/core"
import { type InstanceRecord, InstanceRecordSchema, TextRecordSchema } from "../generated/store_pb.js"
import { type Blinded, key, type Keys, newestFirst } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"

/** What is known of an instance without loading its state: everything that a list shows. */
export interface Header {
  readonly conversation: ConversationId
  readonly type: TypeId
  readonly resident: boolean
  readonly consent: Consent
  readonly createdAtMs: number
  readonly lastTimestampMs: number
  readonly wakeAtMs: number | undefined
  readonly participants: readonly Participant[]
  readonly name: string | undefined
  readonly carriesTo: readonly Participant[]
  readonly canSend: boolean
  readonly contentBytesMax: number
  /** How long messages are kept; `undefined`: until they are deleted. */
  readonly disappearAfterMs: number | undefined
  /** The conversation that shows this one's messages, where it is not itself. */
  readonly thread: ConversationId | undefined
  /** Imported, and not restored by its type: it has no state, and nothing but its messages. */
  readonly dormant: boolean
  /** How many payloads were taken while nobody had allowed the conversation. */
  readonly requestPayloads: number
  /** The others know of it: one of them began it, or something of theirs was accepted in it. */
  readonly heard: boolean
}

const consents = ["unknown", "allowed", "denied"] as const

export function consentNumber(consent: Consent): number {
  return consents.indexOf(consent)
}

export function consentOf(number: number): Consent {
  return consents[number] ?? "unknown"
}

export function headerFromRecord(record: InstanceRecord): Header {
  return {
    conversation: record.conversation as ConversationId,
    type: record.type as TypeId,
    resident: record.resident,
    consent: consentOf(record.consent),
    createdAtMs: record.createdAtMs,
    lastTimestampMs: record.lastTimestampMs,
    wakeAtMs: record.wakeAtMs === 0 ? undefined : record.wakeAtMs,
    participants: record.participants as readonly string[] as readonly Participant[],
    name: record.name === "" ? undefined : record.name,
    carriesTo: record.carriesTo as readonly string[] as readonly Participant[],
    canSend: record.canSend,
    contentBytesMax: record.contentBytesMax,
    disappearAfterMs: record.disappearAfterMs === 0 ? undefined : record.disappearAfterMs,
    thread: record.thread === "" ? undefined : (record.thread as ConversationId),
    dormant: record.dormant,
    requestPayloads: record.requestPayloads,
    heard: !record.unheard,
  }
}

/** The header as a machine's present view has it; the same object when nothing changed. Throws `TYPE_FAULT` for a view that shows nobody. */
export function withView(header: Header, view: View): Header {
  if (![...view.participants, ...view.carriesTo].every((participant) => typeof participant === "string"))
    throw new ColloquyError("TYPE_FAULT", `${header.type} shows what is no participant`)
  const same =
    header.canSend === view.can.send &&
    header.contentBytesMax === view.contentBytesMax &&
    header.name === view.name &&
    sameList(header.participants, view.participants) &&
    sameList(header.carriesTo, view.carriesTo)
  if (same) return header
  return {
    ...header,
    participants: view.participants,
    name: view.name,
    carriesTo: view.carriesTo,
    canSend: view.can.send,
    contentBytesMax: view.contentBytesMax,
  }
}

/** The writes that bring the stored header and its indexes from one to the other; to `undefined`, they leave nothing. */
export function* headerWrites(
  keys: Keys,
  instance: Blinded,
  before: Header | undefined,
  after: Header | undefined,
): Generator<Write> {
  if (before === after) return
  yield { key: key("instance", instance), value: after === undefined ? undefined : encodeHeader(after) }
  const text = (after ?? before)?.conversation ?? ""
  const pointer = encodeRecord(TextRecordSchema, create(TextRecordSchema, { text }))
  const was = indexKeys(keys, instance, before)
  const is = indexKeys(keys, instance, after)
  for (const [name, indexKey] of was) if (!is.has(name)) yield { key: indexKey, value: undefined }
  for (const [name, indexKey] of is) if (!was.has(name)) yield { key: indexKey, value: pointer }
}

/** Where an instance is found besides under its id, each with a name that is cheap to compare. */
function indexKeys(keys: Keys, instance: Blinded, header: Header | undefined): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  if (header === undefined) return found
  const { wakeAtMs, resident, lastTimestampMs, carriesTo, participants } = header
  if (wakeAtMs !== undefined) found.set(`wake ${wakeAtMs}`, key("wake", be64(wakeAtMs), instance))
  if (resident) return found
  if (header.thread === undefined)
    found.set(`recent ${lastTimestampMs}`, key("recent", newestFirst(lastTimestampMs), instance))
  for (const peer of carriesTo) found.set(`carrier ${peer}`, key("carrier", keys.blind(peer), instance))
  if (participants.length === 2)
    for (const peer of participants) found.set(`peer ${peer}`, key("peer", keys.blind(peer), instance))
  return found
}

/** A header for an instance that begins now. */
export function newHeader(
  conversation: ConversationId,
  type: TypeId,
  fields: Pick<Header, "resident" | "consent" | "wakeAtMs" | "thread"> & {
    readonly nowMs: number
    readonly disappearAfterMs?: number | undefined
    readonly heard?: boolean
  },
): Header {
  const { resident, consent, wakeAtMs, nowMs } = fields
  return {
    conversation,
    type,
    resident,
    consent,
    createdAtMs: nowMs,
    lastTimestampMs: nowMs,
    wakeAtMs,
    participants: [],
    name: undefined,
    carriesTo: [],
    canSend: false,
    contentBytesMax: 0,
    disappearAfterMs: fields.disappearAfterMs,
    thread: fields.thread,
    dormant: false,
    requestPayloads: 0,
    heard: fields.heard ?? true,
  }
}

function encodeHeader(header: Header): Uint8Array {
  return encodeRecord(
    InstanceRecordSchema,
    create(InstanceRecordSchema, {
      conversation: header.conversation,
      type: header.type,
      resident: header.resident,
      consent: consentNumber(header.consent),
      createdAtMs: header.createdAtMs,
      lastTimestampMs: header.lastTimestampMs,
      wakeAtMs: header.wakeAtMs ?? 0,
      participants: [...header.participants],
      name: header.name ?? "",
      carriesTo: [...header.carriesTo],
      canSend: header.canSend,
      contentBytesMax: header.contentBytesMax,
      disappearAfterMs: header.disappearAfterMs ?? 0,
      thread: header.thread ?? "",
      dormant: header.dormant,
      requestPayloads: header.requestPayloads,
      unheard: !header.heard,
    }),
  )
}

/** The header after an accepted step; the same object when nothing changed. */
export function withStep(
  header: Header,
  {
    wakeAtMs,
    lastTimestampMs,
    isRequest,
    hears,
  }: Pick<Header, "wakeAtMs" | "lastTimestampMs"> & { readonly isRequest: boolean; readonly hears: boolean },
): Header {
  const heard = header.heard || hears
  const isSame = wakeAtMs === header.wakeAtMs && lastTimestampMs === header.lastTimestampMs && heard === header.heard
  if (isSame && !isRequest) return header
  return { ...header, wakeAtMs, lastTimestampMs, heard, requestPayloads: header.requestPayloads + (isRequest ? 1 : 0) }
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
