import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { type ToHub as ToHubMessage, ToHubSchema } from "../generated/hub_pb.js"
import { isBounded } from "./bounds.js"
import { creditMax, cursorBytesMax, type HubCloseReason, publicationIdBytes } from "./constants.js"

/** A message to the hub: `case` names its kind, `value` is the message of that name in hub.proto. */
export type ToHub = Exclude<ToHubMessage["message"], { case: undefined }>
export type ToHubInit = Exclude<MessageInitShape<typeof ToHubSchema>["message"], undefined>

export interface ReadLimits {
  readonly bytesMax: number
  /** Repeated fields in all. */
  readonly elementsMax: number
}

/** Hostile bytes are never an exception: what was wrong is the reason to close with. */
export type Read<T> = { readonly message: T } | { readonly refused: HubCloseReason }

export function encodeToHub(message: ToHubInit): Uint8Array {
  return toBinary(ToHubSchema, create(ToHubSchema, { message }))
}

/** Byte fields of the result are views of the given buffer. */
export function decodeToHub(bytes: Uint8Array, limits: ReadLimits): Read<ToHub> {
  if (bytes.length > limits.bytesMax) return { refused: "HUB_TOO_LARGE" }
  if (!isBounded(bytes, limits.elementsMax)) return { refused: "HUB_MALFORMED" }
  try {
    const { message } = fromBinary(ToHubSchema, bytes, { readUnknownFields: false })
    if (message.case === undefined) return { refused: bytes.length === 0 ? "HUB_MALFORMED" : "HUB_UNKNOWN_KIND" }
    return isInRange(message) ? { message } : { refused: "HUB_MALFORMED" }
  } catch {
    return { refused: "HUB_MALFORMED" }
  }
}

function isInRange(message: ToHub): boolean {
  switch (message.case) {
    case "hello":
      return message.value.versions.length > 0 && message.value.versions.length <= 64
    case "publish":
      return (
        message.value.publications.length > 0 &&
        message.value.publications.every(({ id }) => id.length === publicationIdBytes)
      )
    case "openFeed":
      return message.value.feed > 0 && message.value.cursor.length <= cursorBytesMax
    case "follow":
      return (
        message.value.feed > 0 &&
        message.value.request > 0 &&
        message.value.topics.every(
          ({ sinceMs }) => sinceMs === undefined || (Number.isSafeInteger(sinceMs) && sinceMs >= 0),
        )
      )
    case "leave":
      return message.value.feed > 0 && message.value.request > 0
    case "pull":
      return message.value.feed > 0 && message.value.batches > 0 && message.value.batches <= creditMax
    case "closeFeed":
      return message.value.feed > 0
    case "ping":
    case "pong":
      return true
  }
}
