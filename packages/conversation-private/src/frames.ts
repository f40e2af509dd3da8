import {
  type ConversationId,
  type Parcel,
  type ParcelKind,
  parseConversationId,
  parseTypeId,
  parseTopic,
  protobufFrames,
  type Topic,
} from "@colloquy/core"
import { lamportMax, sdsFrames, segmentsSentMax } from "@colloquy/reliability"
import {
  ParcelKind as WireKind,
  type PrivateV1Frame,
  PrivateV1FrameSchema,
  type Reset as WireReset,
  ResetReason as WireReason,
} from "./generated/private-v1_pb.js"
import { introductionsKept } from "./introductions-state.js"
import { seedBytes } from "./keys.js"
import { bucketMax } from "./padding.js"

/** PV1-28: the longest content that one message carries, the longest body of a parcel, and the length of a segment. */
export const pieceBytesMax = 65_536
/** PV1-49: the longest content, in segments with what stands around it. */
export const contentBytesMax: number = segmentsSentMax * pieceBytesMax - 64
/** PV1-37: of one introduction in a frame. */
export const introductionBytesMax = 4096
/** PV1-12: the longest payload that an invite holds, so that a carrier which takes 64,000 bytes takes the invite. */
export const firstBytesMax = 61_520
export const prekeyIdBytes = 8
const keyBytes = 32

/** PV1-4: every frame, sealed ones and those in parcels. */
export const frames = protobufFrames({
  schema: PrivateV1FrameSchema,
  bytesMax: segmentsSentMax * pieceBytesMax,
  descriptions: {
    PrivateV1Frame: "The one root of what PrivateV1 says",
    Content: "Sealed: an encoded ContentFrame of the application",
    CarriedParcel: "Sealed: a parcel that the conversation brings over for any type",
    Introductions: "Sealed: introductions of the sender, with which the recipient can start a new session",
    Withdrawn: "Sealed: takes the place of a message that was withdrawn before it was sent",
    Offer: "In a parcel or an introduction: a prekey with which its owner can be invited once",
    Invite: "In a parcel: founds a conversation on a prekey, with the first payload inside",
    Reset: "In an invite: it starts a new session of a conversation that is there already",
  },
})

/** What stands around a frame, sealed with it. */
export const messages = sdsFrames({ bytesMax: bucketMax - 1 })

const typeName = "colloquy.private.v1"
type Frame = PrivateV1Frame["frame"]

export interface Offer {
  /** 8 bytes. */
  readonly prekeyId: Uint8Array
  /** X25519, 32 bytes. */
  readonly prekey: Uint8Array
}

export interface Invite {
  readonly seed: Uint8Array
  readonly ratchetKey: Uint8Array
  readonly prekeyId: Uint8Array
  readonly initiatorTopic: Topic
  readonly responderTopic: Topic
  readonly first?: Uint8Array
  readonly reset?: Reset
}

/** Why a session was replaced (PV1-38). */
export type ResetReason = "person" | "restored" | "rollback"

export interface Reset {
  readonly conversation: ConversationId
  /** Below 2^53. */
  readonly epoch: number
  readonly floor: number
  readonly reason: ResetReason
}

export function encodeContent(content: Uint8Array, leadMs: number): Uint8Array {
  return encode({
    case: "content",
    value: { $typeName: `${typeName}.Content`, content, leadMs: BigInt(leadMs) },
  })
}

export function encodeParcel({ type, kind, body }: Parcel): Uint8Array {
  return encode({
    case: "parcel",
    value: { $typeName: `${typeName}.CarriedParcel`, type, kind: wireKinds[kind], body },
  })
}

export function encodeOffer(offer: Offer): Uint8Array {
  return encode({ case: "offer", value: { $typeName: `${typeName}.Offer`, ...offer } })
}

export function encodeInvite({ reset, ...invite }: Invite): Uint8Array {
  const value = { $typeName: `${typeName}.Invite` as const, ...invite }
  return encode({ case: "invite", value: reset === undefined ? value : { ...value, reset: resetToWire(reset) } })
}

/** PV1-37. */
export function encodeIntroductions(introductions: readonly Uint8Array[]): Uint8Array {
  return encode({
    case: "introductions",
    value: { $typeName: `${typeName}.Introductions`, introductions: [...introductions] },
  })
}

/** PV1-44. */
export function encodeWithdrawn(): Uint8Array {
  return encode({ case: "withdrawn", value: { $typeName: `${typeName}.Withdrawn` } })
}

/** What a sealed message may hold (PV1-33). */
export type SealedFrame =
  | { readonly kind: "content"; readonly content: Uint8Array; readonly leadMs: number }
  | { readonly kind: "parcel"; readonly parcel: Parcel }
  | { readonly kind: "introductions"; readonly introductions: readonly Uint8Array[] }
  | { readonly kind: "withdrawn" }
  | { readonly kind: "unknown"; readonly tag: number }

/**
 * `undefined` for bytes that are no frame, and for a frame that does not belong inside a sealed message. `bytesMax` is what its content, or the body of its
 * parcel, may have.
 */
export function decodeSealed(bytes: Uint8Array, bytesMax: number = pieceBytesMax): SealedFrame | undefined {
  const decoded = frames.decode(bytes)
  if (decoded.kind === "unknown") return decoded
  if (decoded.kind === "refused") return undefined
  const { frame } = decoded.frame
  if (frame.case === "content") {
    const { content, leadMs } = frame.value
    return content.length > bytesMax ? undefined : { kind: "content", content, leadMs: Number(leadMs) }
  }
  if (frame.case === "withdrawn") return { kind: "withdrawn" }
  if (frame.case === "introductions") {
    const { introductions } = frame.value
    if (introductions.length > introductionsKept) return undefined
    return introductions.some(({ length }) => length > introductionBytesMax)
      ? undefined
      : { kind: "introductions", introductions }
  }
  if (frame.case !== "parcel" || frame.value.body.length > pieceBytesMax) return undefined
  const type = parseTypeId(frame.value.type)?.id
  const kind = parcelKinds.get(frame.value.kind)
  if (type === undefined || kind === undefined) return undefined
  return { kind: "parcel", parcel: { type, kind, body: frame.value.body } }
}

/** `undefined` for anything but a well-formed offer (PV1-6). */
export function decodeOffer(bytes: Uint8Array): Offer | undefined {
  const frame = decode(bytes)
  if (frame?.case !== "offer") return undefined
  const { prekeyId, prekey } = frame.value
  return prekeyId.length === prekeyIdBytes && prekey.length === keyBytes ? { prekeyId, prekey } : undefined
}

/** `undefined` for anything but a well-formed invite (PV1-7). */
export function decodeInvite(bytes: Uint8Array): Invite | undefined {
  const frame = decode(bytes)
  if (frame?.case !== "invite") return undefined
  const { seed, ratchetKey, prekeyId, first } = frame.value
  const initiatorTopic = parseTopic(frame.value.initiatorTopic)?.topic
  const responderTopic = parseTopic(frame.value.responderTopic)?.topic
  if (seed.length !== seedBytes || ratchetKey.length !== keyBytes || prekeyId.length !== prekeyIdBytes) return undefined
  if (initiatorTopic === undefined || responderTopic === undefined) return undefined
  const invite = { seed, ratchetKey, prekeyId, initiatorTopic, responderTopic }
  if (frame.value.reset === undefined) return first === undefined ? invite : { ...invite, first }
  const reset = resetFromWire(frame.value.reset)
  return reset === undefined || first !== undefined ? undefined : { ...invite, reset }
}

const wireReasons: Readonly<Record<ResetReason, WireReason>> = {
  person: WireReason.PERSON,
  restored: WireReason.RESTORED,
  rollback: WireReason.ROLLBACK,
}

function resetToWire({ conversation, epoch, floor, reason }: Reset): WireReset {
  return {
    $typeName: `${typeName}.Reset`,
    conversation,
    epoch: BigInt(epoch),
    floor: BigInt(floor),
    reason: wireReasons[reason],
  }
}

function resetFromWire(wire: WireReset): Reset | undefined {
  const parsed = parseConversationId(wire.conversation)
  const reason = (Object.keys(wireReasons) as ResetReason[]).find((name) => wireReasons[name] === wire.reason)
  const [epoch, floor] = [Number(wire.epoch), Number(wire.floor)]
  if (parsed === undefined || reason === undefined) return undefined
  if (epoch < 1 || epoch > lamportMax || floor > sequenceMax) return undefined
  return { conversation: parsed.id, epoch, floor, reason }
}

/** PV1-27: no sequence number is above this. */
const sequenceMax = 2 ** 48 - 1

const wireKinds: Readonly<Record<ParcelKind, WireKind>> = {
  "offer": WireKind.OFFER,
  "offer-request": WireKind.OFFER_REQUEST,
  "invite": WireKind.INVITE,
}
const parcelKinds = new Map<WireKind, ParcelKind>([
  [WireKind.OFFER, "offer"],
  [WireKind.OFFER_REQUEST, "offer-request"],
  [WireKind.INVITE, "invite"],
])

function encode(frame: Frame): Uint8Array {
  return frames.encode({ $typeName: `${typeName}.PrivateV1Frame`, frame })
}

function decode(bytes: Uint8Array): Frame | undefined {
  const decoded = frames.decode(bytes)
  return decoded.kind === "frame" ? decoded.frame.frame : undefined
}
