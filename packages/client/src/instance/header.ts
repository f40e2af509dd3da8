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

/** The writes that bring the stored header and its indexes from one to the other. */
export function* headerWrites(
  keys: Keys,
  instance: Blinded,
  before: Header | undefined,
  after: Header,
): Generator<Write> {
  if (before === after) return
  yield { key: key("instance", instance), value: encodeHeader(after) }
  const pointer = encodeRecord(TextRecordSchema, create(TextRecordSchema, { text: after.conversation }))
  if (before?.wakeAtMs !== after.wakeAtMs) {
    if (before?.wakeAtMs !== undefined) yield { key: key("wake", be64(before.wakeAtMs), instance), value: undefined }
    if (after.wakeAtMs !== undefined) yield { key: key("wake", be64(after.wakeAtMs), instance), value: pointer }
  }
  if (after.resident) return
  if (before?.lastTimestampMs !== after.lastTimestampMs) {
    if (before !== undefined)
      yield { key: key("recent", newestFirst(before.lastTimestampMs), instance), value: undefined }
    yield { key: key("recent", newestFirst(after.lastTimestampMs), instance), value: pointer }
  }
  const carriesTo = before?.carriesTo ?? []
  for (const peer of carriesTo)
    if (!after.carriesTo.includes(peer)) yield { key: key("carrier", keys.blind(peer), instance), value: undefined }
  for (const peer of after.carriesTo)
    if (!carriesTo.includes(peer)) yield { key: key("carrier", keys.blind(peer), instance), value: pointer }
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
    }),
  )
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
