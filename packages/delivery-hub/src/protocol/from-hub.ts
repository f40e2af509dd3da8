import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { type FromHub as FromHubMessage, FromHubSchema, Proof, type Welcome } from "../generated/hub_pb.js"
import { isBounded } from "./bounds.js"
import { batchElementsMax, cursorBytesMax, messageBytesMax, publicationIdBytes, scopeBytes } from "./constants.js"
import type { Read } from "./to-hub.js"

/** A message from the hub: `case` names its kind, `value` is the message of that name in hub.proto. */
export type FromHub = Exclude<FromHubMessage["message"], { case: undefined }>
export type FromHubInit = Exclude<MessageInitShape<typeof FromHubSchema>["message"], undefined>

export function encodeFromHub(message: FromHubInit): Uint8Array {
  return toBinary(FromHubSchema, create(FromHubSchema, { message }))
}

/** Byte fields of the result are views of the given buffer. */
export function decodeFromHub(bytes: Uint8Array): Read<FromHub> {
  if (bytes.length > messageBytesMax) return { refused: "HUB_TOO_LARGE" }
  if (!isBounded(bytes, batchElementsMax + 8)) return { refused: "HUB_MALFORMED" }
  try {
    const { message } = fromBinary(FromHubSchema, bytes, { readUnknownFields: false })
    if (message.case === undefined) return { refused: bytes.length === 0 ? "HUB_MALFORMED" : "HUB_UNKNOWN_KIND" }
    return isInRange(message) ? { message } : { refused: "HUB_MALFORMED" }
  } catch {
    return { refused: "HUB_MALFORMED" }
  }
}

function isInRange(message: FromHub): boolean {
  switch (message.case) {
    case "welcome":
      return isReasonable(message.value)
    case "published":
      return (
        message.value.ids.length > 0 &&
        message.value.ids.length <= batchElementsMax &&
        message.value.ids.every((id) => id.length === publicationIdBytes) &&
        (message.value.proof === Proof.STORED || message.value.proof === Proof.RELAYED)
      )
    case "publicationRefused":
      return message.value.id.length === publicationIdBytes
    case "requestDone":
      return message.value.request > 0 && isCursor(message.value.cursor)
    case "requestRefused":
      return message.value.request > 0
    case "batch": {
      const { topics, payloads, gapTopics, cursor } = message.value
      return (
        message.value.feed > 0 &&
        isCursor(cursor) &&
        topics.length + payloads.length + gapTopics.length <= batchElementsMax &&
        payloads.every(({ topic }) => topic < topics.length)
      )
    }
    case "feedFailed":
      return message.value.feed > 0
    case "ping":
    case "pong":
      return true
  }
}

/** A hub's word about itself, within what a client can live with. */
function isReasonable(welcome: Welcome): boolean {
  const counts = [
    welcome.payloadBytesMax,
    welcome.topicsMax,
    welcome.feedsMax,
    welcome.publicationsMax,
    welcome.publicationBytesMax,
    welcome.messageBytesMax,
  ]
  return (
    welcome.scope.length === scopeBytes &&
    counts.every((count) => count > 0) &&
    welcome.publicationBytesMax >= welcome.payloadBytesMax &&
    welcome.messageBytesMax > welcome.payloadBytesMax &&
    Number.isSafeInteger(welcome.retentionMs) &&
    welcome.retentionMs >= 0 &&
    welcome.heartbeatMs >= 10 &&
    welcome.silenceMs >= 2 * welcome.heartbeatMs &&
    welcome.silenceMs <= 600_000
  )
}

function isCursor(cursor: Uint8Array): boolean {
  return cursor.length > 0 && cursor.length <= cursorBytesMax
}
