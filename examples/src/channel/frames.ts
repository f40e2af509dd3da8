import {
  type ConversationId,
  type FrameTree,
  parseConversationId,
  parseTopic,
  protobufFrames,
  type Topic,
  utf8,
} from "@colloquy/core"
import { type ChannelV1Frame, ChannelV1FrameSchema, type Epoch as WireEpoch } from "../generated/channel_v1_pb.js"
import { hasPostLength, payloadBytesMax } from "./padding.js"

export const keyBytes = 32
/** CH1-18, in UTF-8. */
export const nameBytesMax = 64
/** CH1-12: an epoch ends after so many posts, so that nobody is ever further behind than this. */
export const postsPerEpochMax = 4096
/** CH1-17: the longest post that travels in an invite. */
export const firstBytesMax = 16_384
/** CH1-18: numbers are below this. */
const numberMax = 2 ** 48

/** CH1-3: all that a reader needs in order to read from one number on. */
export interface Grant {
  readonly epoch: number
  /** The number that the epoch began with. */
  readonly first: number
  /** The number that the chain stands at. */
  readonly next: number
  /** 32 bytes each. */
  readonly chain: Uint8Array
  readonly place: Uint8Array
  readonly verifyKey: Uint8Array
  readonly name: string
}

export interface Invite {
  readonly conversation: ConversationId
  /** 32 bytes each. */
  readonly root: Uint8Array
  readonly lane: Uint8Array
  readonly authorTopic: Topic
  readonly readerTopic: Topic
  readonly grant: Grant
  /** A post's payload. */
  readonly first?: Uint8Array
}

/** What the author says to all. */
export type PostFrame =
  | { readonly kind: "post"; readonly sentAtMs: number; readonly content: Uint8Array }
  | { readonly kind: "renamed"; readonly name: string }
  | { readonly kind: "closed" }
/** What author and reader say to each other. */
export type LaneFrame =
  | { readonly kind: "epoch"; readonly grant: Grant }
  | { readonly kind: "removed" }
  | { readonly kind: "received"; readonly number: number }
  | { readonly kind: "left" }

export type ChannelFrame =
  | PostFrame
  | LaneFrame
  | { readonly kind: "invite"; readonly invite: Invite }
  | { readonly kind: "unknown"; readonly tag: number }

/** CH1-3: every frame, in posts, on lanes and in parcels. */
export const channelFrames: FrameTree<ChannelV1Frame> = protobufFrames({
  schema: ChannelV1FrameSchema,
  bytesMax: payloadBytesMax,
  descriptions: {
    ChannelV1Frame: "The one root of what ChannelV1 says",
    Post: "In a post: an encoded ContentFrame of the application",
    Renamed: "In a post: the channel has another name",
    Closed: "In a post: nothing will follow",
    Epoch: "On a lane, to the reader: a new chain, a new topic and a new key to verify with",
    Removed: "On a lane, to the reader: he is no reader any more",
    Received: "On a lane, to the author: what was on the lane under a number has arrived, and the reader is in",
    Left: "On a lane, to the author: the reader leaves",
    Invite: "In a parcel: makes someone a reader",
  },
})

export function encodeFrame(frame: Exclude<ChannelFrame, { readonly kind: "unknown" }>): Uint8Array {
  return channelFrames.encode({ $typeName: "example.channel.v1.ChannelV1Frame", frame: toWire(frame) })
}

/** `undefined` for bytes that are no frame, or whose fields can't be what they should. */
export function decodeFrame(bytes: Uint8Array): ChannelFrame | undefined {
  const decoded = channelFrames.decode(bytes)
  if (decoded.kind === "refused") return undefined
  return decoded.kind === "unknown" ? decoded : fromWire(decoded.frame.frame)
}

/** CH1-18: 1 to 64 bytes of text. */
export function isName(name: string): boolean {
  const { length } = utf8(name)
  return length >= 1 && length <= nameBytesMax
}

type Wire = ChannelV1Frame["frame"]
const namespace = "example.channel.v1"

function toWire(frame: Exclude<ChannelFrame, { readonly kind: "unknown" }>): Wire {
  switch (frame.kind) {
    case "post": {
      const { sentAtMs, content } = frame
      return { case: "post", value: { $typeName: `${namespace}.Post`, sentAtMs: BigInt(sentAtMs), content } }
    }
    case "renamed":
      return { case: "renamed", value: { $typeName: `${namespace}.Renamed`, name: frame.name } }
    case "closed":
      return { case: "closed", value: { $typeName: `${namespace}.Closed` } }
    case "epoch":
      return { case: "epoch", value: grantToWire(frame.grant) }
    case "removed":
      return { case: "removed", value: { $typeName: `${namespace}.Removed` } }
    case "received":
      return { case: "received", value: { $typeName: `${namespace}.Received`, number: BigInt(frame.number) } }
    case "left":
      return { case: "left", value: { $typeName: `${namespace}.Left` } }
    case "invite": {
      const { grant, ...rest } = frame.invite
      return { case: "invite", value: { $typeName: `${namespace}.Invite`, ...rest, epoch: grantToWire(grant) } }
    }
  }
}

function fromWire(wire: Wire): ChannelFrame | undefined {
  switch (wire.case) {
    case "post": {
      const sentAtMs = Number(wire.value.sentAtMs)
      return Number.isSafeInteger(sentAtMs) ? { kind: "post", sentAtMs, content: wire.value.content } : undefined
    }
    case "renamed":
      return isName(wire.value.name) ? { kind: "renamed", name: wire.value.name } : undefined
    case "closed":
    case "removed":
    case "left":
      return { kind: wire.case }
    case "epoch": {
      const grant = grantFromWire(wire.value)
      return grant === undefined ? undefined : { kind: "epoch", grant }
    }
    case "received": {
      const number = Number(wire.value.number)
      return number < numberMax ? { kind: "received", number } : undefined
    }
    case "invite": {
      const { root, lane, first } = wire.value
      const conversation = parseConversationId(wire.value.conversation)?.id
      const authorTopic = parseTopic(wire.value.authorTopic)?.topic
      const readerTopic = parseTopic(wire.value.readerTopic)?.topic
      const grant = wire.value.epoch === undefined ? undefined : grantFromWire(wire.value.epoch)
      if (conversation === undefined || authorTopic === undefined || readerTopic === undefined) return undefined
      if (grant === undefined || root.length !== keyBytes || lane.length !== keyBytes) return undefined
      if (first !== undefined && (first.length > firstBytesMax || !hasPostLength(first))) return undefined
      const invite = { conversation, root, lane, authorTopic, readerTopic, grant }
      return { kind: "invite", invite: first === undefined ? invite : { ...invite, first } }
    }
    case undefined:
      return undefined
  }
}

function grantToWire({ epoch, first, next, chain, place, verifyKey, name }: Grant): WireEpoch {
  return {
    $typeName: `${namespace}.Epoch`,
    epoch: BigInt(epoch),
    first: BigInt(first),
    next: BigInt(next),
    chain,
    place,
    verifyKey,
    name,
  }
}

function grantFromWire(wire: WireEpoch): Grant | undefined {
  const [epoch, first, next] = [Number(wire.epoch), Number(wire.first), Number(wire.next)]
  const { chain, place, verifyKey, name } = wire
  if (epoch < 1 || epoch >= numberMax || first < 1 || first >= numberMax) return undefined
  if (next < first || next > first + postsPerEpochMax) return undefined
  if (chain.length !== keyBytes || place.length !== keyBytes || verifyKey.length !== keyBytes) return undefined
  if (name !== "" && !isName(name)) return undefined
  return { epoch, first, next, chain, place, verifyKey, name }
}
