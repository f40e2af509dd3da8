import { type Codec, stateDamaged } from "@colloquy/core"
import { sdsFrames } from "../sds-frames.js"
import type { HistoryEntry, SdsMessage } from "../sds-message.js"
import { Reader, Writer } from "../varint.js"
import { publishedHistoryMax } from "./options.js"

/** A message of ours that waits for its acknowledgement. Its id is the row's key. */
export interface PublishedOutgoing {
  /** Without bloom filter and requests, which are made anew when it is sent again. */
  readonly message: SdsMessage
  readonly attempts: number
  readonly dueAtMs: number
  /** RL-53: whose bloom filters hold it, and how likely it is that all of them err; `null` for unacknowledged. */
  readonly possibly: { readonly by: readonly string[]; readonly doubt: number } | null
}

/** A message that waits for those that it depends on. Its id is the row's key. */
export interface PublishedIncoming {
  /** Without bloom filter and requests. */
  readonly message: SdsMessage
  readonly receivedAtMs: number
}

/** A message that we miss: the outgoing repair request buffer. Its id is the row's key. */
export interface Wanted {
  readonly entry: HistoryEntry
  readonly requestAtMs: number
  readonly requests: number
  readonly reported: boolean
}

/** A message that somebody else misses and that we have: the incoming repair request buffer. Its id is the row's key. */
export interface Owed {
  readonly respondAtMs: number
}

/** The bytes of a message, with whatever history its sender gave it. */
export const publishedFrames = sdsFrames({ bytesMax: 1024 * 1024, historyMax: publishedHistoryMax })

export const publishedOutgoingCodec: Codec<PublishedOutgoing> = {
  version: 1,
  encode({ message, attempts, dueAtMs, possibly }) {
    const writer = new Writer()
    writer.number(attempts)
    writer.number(dueAtMs)
    writer.shortText(JSON.stringify(possibly))
    return writer.finish(publishedFrames.encode(message))
  },
  decode(bytes, version) {
    const reader = readerOf(bytes, version)
    const attempts = reader.number()
    const dueAtMs = reader.number()
    const possibly = possiblyIn(reader.shortText())
    return { message: messageIn(reader.rest()), attempts, dueAtMs, possibly }
  },
}

export const publishedIncomingCodec: Codec<PublishedIncoming> = {
  version: 1,
  encode({ message, receivedAtMs }) {
    const writer = new Writer()
    writer.number(receivedAtMs)
    return writer.finish(publishedFrames.encode(message))
  },
  decode(bytes, version) {
    const reader = readerOf(bytes, version)
    const receivedAtMs = reader.number()
    return { message: messageIn(reader.rest()), receivedAtMs }
  },
}

export const wantedCodec: Codec<Wanted> = {
  version: 1,
  encode({ entry, requestAtMs, requests, reported }) {
    const writer = new Writer()
    writer.number(requestAtMs)
    writer.number(requests)
    writer.byte(reported ? 1 : 0)
    return writer.finish(publishedFrames.encode({ causalHistory: [entry] }))
  },
  decode(bytes, version) {
    const reader = readerOf(bytes, version)
    const requestAtMs = reader.number()
    const requests = reader.number()
    const reported = reader.byte()
    const { causalHistory: [entry, ...others] = [], ...rest } = messageIn(reader.rest())
    if (reported > 1 || entry === undefined || others.length > 0 || Object.keys(rest).length > 0) throw stateDamaged()
    return { entry, requestAtMs, requests, reported: reported === 1 }
  },
}

export const owedCodec: Codec<Owed> = {
  version: 1,
  encode({ respondAtMs }) {
    const writer = new Writer()
    writer.number(respondAtMs)
    return writer.finish()
  },
  decode(bytes, version) {
    const reader = readerOf(bytes, version)
    const respondAtMs = reader.number()
    reader.end()
    return { respondAtMs }
  },
}

function readerOf(bytes: Uint8Array, version: number): Reader {
  return new Reader(bytes, version)
}

/** What `encode` wrote as JSON, and no other text. */
function possiblyIn(text: string): PublishedOutgoing["possibly"] {
  if (text === "null") return null
  let parsed: { readonly by?: unknown; readonly doubt?: unknown } | null
  try {
    parsed = JSON.parse(text) as typeof parsed
  } catch {
    throw stateDamaged()
  }
  const { by, doubt } = parsed ?? {}
  if (!Array.isArray(by) || !by.every((id) => typeof id === "string") || typeof doubt !== "number") throw stateDamaged()
  const possibly = { by, doubt }
  if (JSON.stringify(possibly) !== text) throw stateDamaged()
  return possibly
}

function messageIn(bytes: Uint8Array): SdsMessage {
  const decoded = publishedFrames.decode(bytes)
  if (decoded.kind !== "frame") throw stateDamaged()
  return decoded.frame
}
