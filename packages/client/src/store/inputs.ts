import { create } from "@bufbuild/protobuf"
import type {
  CarriageOffer,
  CarryInput,
  ConversationId,
  Hint,
  InviteInput,
  MessageId,
  Parcel,
  ParcelInput,
  ParcelKind,
  Participant,
  ReceiveInput,
  Topic,
  TypeId,
} from "@colloquy/core"
import { type InputRecord, InputRecordSchema, type ParcelRecord } from "../generated/store_pb.js"
import { encodeRecord } from "./store.js"

/** A message of a conversation that another one publishes. */
export interface MessageOrigin {
  readonly conversation: ConversationId
  readonly message: MessageId
}

/** Which conversation a carried parcel is of, and the message that it brings along: what the carrier publishes for it counts as its publication. */
export interface Origin {
  readonly conversation: ConversationId
  readonly message?: MessageId
}

/** The inputs that can be stored: those that must not be lost, and those that wait. */
export type StoredInput = ReceiveInput | ParcelInput | CarryInput | InviteInput | IntroduceRequest

/** A conversation asked for an introduction of this account, to be given to its machine. */
export interface IntroduceRequest {
  readonly kind: "introduce"
  readonly expiresAtMs: number
}

export function encodeInput(
  conversation: ConversationId,
  input: StoredInput,
  atMs: number,
  origin?: Origin,
): Uint8Array {
  const record = create(InputRecordSchema, { conversation, atMs, input: inputRecord(input, origin) })
  return encodeRecord(InputRecordSchema, record)
}

export function inputFromRecord(
  record: InputRecord,
): { readonly input: StoredInput; readonly origin?: Origin } | undefined {
  const { input } = record
  switch (input.case) {
    case "receive": {
      const { topic, hint, payload } = input.value
      const received = { kind: "receive" as const, topic: topic as Topic, payload }
      return { input: hint.length === 0 ? received : { ...received, hint: hint as Hint } }
    }
    case "parcel":
      return {
        input: { kind: "parcel", from: input.value.from as Participant, parcel: parcelFrom(input.value.parcel) },
      }
    case "carry": {
      const { to, parcel, using, originConversation, originMessage } = input.value
      const carry: CarryInput = {
        kind: "carry",
        to: to as Participant,
        parcel: parcelFrom(parcel),
        ...(using === undefined ? {} : { using: { ...using, inboxTopic: using.inboxTopic as Topic } }),
      }
      if (originConversation === "") return { input: carry }
      const conversation = originConversation as ConversationId
      const origin = originMessage === "" ? { conversation } : { conversation, message: originMessage as MessageId }
      return { input: carry, origin }
    }
    case "invite":
      return { input: { kind: "invite", from: input.value.from as Participant, invite: input.value.invite } }
    case "introduce":
      return { input: { kind: "introduce", expiresAtMs: input.value.expiresAtMs } }
    case undefined:
      return undefined
  }
}

function inputRecord(input: StoredInput, origin: Origin | undefined) {
  switch (input.kind) {
    case "receive":
      return {
        case: "receive" as const,
        value: { topic: input.topic, hint: input.hint ?? new Uint8Array(0), payload: input.payload },
      }
    case "parcel":
      return { case: "parcel" as const, value: { from: input.from, parcel: { ...input.parcel } } }
    case "carry":
      return {
        case: "carry" as const,
        value: {
          to: input.to,
          parcel: { ...input.parcel },
          ...(input.using === undefined ? {} : { using: carriage(input.using) }),
          originConversation: origin?.conversation ?? "",
          originMessage: origin?.message ?? "",
        },
      }
    case "invite":
      return { case: "invite" as const, value: { from: input.from, invite: input.invite } }
    case "introduce":
      return { case: "introduce" as const, value: { expiresAtMs: input.expiresAtMs } }
  }
}

function carriage(using: CarriageOffer) {
  const { offer, introductionDigest, inboxTopic, expiresAtMs } = using
  return { offer, introductionDigest, inboxTopic, expiresAtMs }
}

function parcelFrom(record: ParcelRecord | undefined): Parcel {
  return {
    type: (record?.type ?? "") as TypeId,
    kind: (record?.kind ?? "offer") as ParcelKind,
    body: record?.body ?? new Uint8Array(0),
  }
}
