import { type FrameTree, protobufFrames } from "@colloquy/core"
import { type Content, type Invite, type Offer, schema, type SketchFrame } from "./schema.js"

const keyBytes = 32

/** SK1-2: the longest content of one message. Longer ones would need segments. */
export const contentBytesMax = 65_536
const frameBytesMax = contentBytesMax + 256
export const lamportMax: number = 2 ** 48 - 1

/** SK1-1: every frame, in canonical protobuf. */
export const frames = protobufFrames({
  schema,
  bytesMax: frameBytesMax,
  descriptions: {
    SketchFrame: "the root of everything that the type says",
    Content: "sealed: what a person or an application says",
    Offer: "in an introduction: a prekey with which its owner can be invited once",
    Invite: "in a parcel: begins a conversation on a prekey, with the first payload inside",
  },
}) as unknown as FrameTree<SketchFrame>

export function encodeContent(content: Uint8Array, lamport: number, sentAtMs: number): Uint8Array {
  const value = { content, lamport: BigInt(lamport), sentAtMs: BigInt(sentAtMs) }
  return encode({ case: "content", value: { $typeName: "type.v1.Content", ...value } })
}

export function encodeOffer(offer: Offer): Uint8Array {
  return encode({ case: "offer", value: { $typeName: "type.v1.Offer", ...offer } })
}

export function encodeInvite(invite: Invite): Uint8Array {
  return encode({ case: "invite", value: { $typeName: "type.v1.Invite", ...invite } })
}

function encode(frame: SketchFrame["frame"] & { readonly value: { readonly $typeName: string } }): Uint8Array {
  return frames.encode({ $typeName: "type.v1.SketchFrame", frame })
}

/** What a sealed payload may hold; `undefined` for anything else. SK1-3: an unknown frame is no mistake. */
export function decodeSealed(
  bytes: Uint8Array,
):
  | { readonly kind: "content"; readonly value: Content }
  | { readonly kind: "unknown"; readonly tag: number }
  | undefined {
  const decoded = frames.decode(bytes)
  if (decoded.kind === "unknown") return decoded
  if (decoded.kind === "refused" || decoded.frame.frame.case !== "content") return undefined
  const { value } = decoded.frame.frame
  const { content, lamport, sentAtMs } = value
  const isInBounds = content.length <= contentBytesMax && lamport <= lamportMax && sentAtMs <= lamportMax
  return isInBounds ? { kind: "content", value } : undefined
}

/** `undefined` for anything but a well-formed offer. */
export function decodeOffer(bytes: Uint8Array): Offer | undefined {
  const decoded = frames.decode(bytes)
  if (decoded.kind !== "frame" || decoded.frame.frame.case !== "offer") return undefined
  const { value } = decoded.frame.frame
  return value.prekey.length === keyBytes ? value : undefined
}

/** `undefined` for anything but a well-formed invite. */
export function decodeInvite(bytes: Uint8Array): Invite | undefined {
  const decoded = frames.decode(bytes)
  if (decoded.kind !== "frame" || decoded.frame.frame.case !== "invite") return undefined
  const { value } = decoded.frame.frame
  return [value.seed, value.ratchetKey, value.prekey].every(({ length }) => length === keyBytes) ? value : undefined
}
