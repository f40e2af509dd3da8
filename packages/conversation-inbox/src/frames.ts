import { create } from "@bufbuild/protobuf"
import { type Parcel, type ParcelKind, parseTypeId, protobufFrames } from "@colloquy/core"
import {
  type InboxV1Frame,
  InboxV1FrameSchema,
  type InboxV1Parcel,
  InboxV1ParcelKind,
  InboxV1ParcelSchema,
} from "./generated/inbox_v1_pb.js"
import { plaintextBytesMax } from "./padding.js"

const senderBytes = 32

/** IB1-15: the longest body of a parcel that an inbox takes. */
export const parcelBodyBytesMax = 64_000

/** IB1-14: every frame of the type, each with one encoding. */
export const inboxFrames = protobufFrames({
  schema: InboxV1FrameSchema,
  bytesMax: plaintextBytesMax - senderBytes,
  descriptions: {
    InboxV1Frame: "what the sealed payload of an inbox says, after its sender",
    InboxV1Parcel: "one parcel for a type of conversation: an offer, a request for one, or an invite",
  },
})

const kinds: readonly (readonly [ParcelKind, InboxV1ParcelKind])[] = [
  ["offer", InboxV1ParcelKind.OFFER],
  ["offer-request", InboxV1ParcelKind.OFFER_REQUEST],
  ["invite", InboxV1ParcelKind.INVITE],
]

/** The frame that carries a parcel. The caller has checked the parcel's length. */
export function parcelFrame({ type, kind, body }: Parcel): InboxV1Frame {
  const [, number] = kinds.find(([name]) => name === kind) as (typeof kinds)[number]
  return create(InboxV1FrameSchema, {
    frame: { case: "parcel", value: create(InboxV1ParcelSchema, { type, kind: number, body }) },
  })
}

/** IB1-15: `undefined` unless type and kind are such and the body is not too long. */
export function parcelOf({ type, kind, body }: InboxV1Parcel): Parcel | undefined {
  const parsed = parseTypeId(type)
  const known = kinds.find(([, number]) => number === kind)
  if (parsed === undefined || known === undefined || body.length > parcelBodyBytesMax) return undefined
  return { type: parsed.id, kind: known[0], body }
}
