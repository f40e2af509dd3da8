import {
  concat,
  type Context,
  type ConversationId,
  type FrameTree,
  le32,
  lengthPrefixed,
  type Participant,
  participantKey,
  type Topic,
  utf8,
} from "@colloquy/core"
import { randomBytes } from "node:crypto"
import type { ProbeFlaw } from "./probe-flaws.js"
import type { ProbeFrame } from "./probe-frames.js"
import type { Lane } from "./probe-state.js"

const nonceBytes = 24
const headBytes = 4 + nonceBytes
const tagBytes = 16

export interface Ends {
  readonly conversation: ConversationId
  readonly from: Participant
  readonly to: Participant
}

/** `number ‖ nonce ‖ sealed frame`. */
export function sealFrame(
  context: Context,
  flaw: ProbeFlaw | undefined,
  frames: FrameTree<ProbeFrame>,
  ends: Ends,
  lane: Lane,
  frame: ProbeFrame,
): Uint8Array {
  const encoded = frames.encode(frame)
  if (flaw === "unsealed") return concat(le32(lane.next), encoded)
  const nonce = flaw === "own-randomness" ? Uint8Array.from(randomBytes(nonceBytes)) : context.random(nonceBytes)
  const sealed = context.crypto.sealX(lane.key, nonce, encoded, boundTo(flaw, ends, lane.topic, lane.next))
  return concat(le32(lane.next), nonce, sealed)
}

type Opened =
  | { readonly kind: "opened"; readonly bytes: Uint8Array; readonly number: number }
  | { readonly kind: "refused" | "later"; readonly code: string }

export function openPayload(
  context: Context,
  flaw: ProbeFlaw | undefined,
  ends: Ends,
  lane: Lane,
  topic: Topic,
  payload: Uint8Array,
): Opened {
  if (flaw !== "fragile" && payload.length < 4) return { kind: "refused", code: "TRUNCATED" }
  const number = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(0, true)
  if (number < lane.next && flaw !== "takes-twice") return { kind: "refused", code: "DUPLICATE" }
  if (number > lane.next + 100) return { kind: "refused", code: "FAR_AHEAD" }
  if (number > lane.next && flaw === "in-order-only") return { kind: "refused", code: "AHEAD" }
  if (number > lane.next && flaw !== "invents") return { kind: "later", code: "AHEAD" }
  if (flaw === "unsealed") return { kind: "opened", bytes: payload.subarray(4), number }
  const sealed = flaw === "trims-zeros" ? trimmed(payload) : payload
  if (sealed.length < headBytes + tagBytes) return { kind: "refused", code: "TRUNCATED" }
  const additional = boundTo(flaw, ends, topic, number)
  const bytes = context.crypto.openX(lane.key, sealed.subarray(4, headBytes), sealed.subarray(headBytes), additional)
  return bytes === undefined ? { kind: "refused", code: "FORGED" } : { kind: "opened", bytes, number }
}

/** What a payload is bound to. */
function boundTo(
  flaw: ProbeFlaw | undefined,
  { conversation, from, to }: Ends,
  topic: Topic,
  number: number,
): Uint8Array {
  const isLoose = flaw === "one-key" || flaw === "mirrored"
  const people = flaw === "mirrored" ? [] : [participantKey(from), participantKey(to)]
  return lengthPrefixed(
    "probe",
    ...people,
    isLoose || flaw === "versionless-binding" ? "" : conversation,
    isLoose || flaw === "topic-blind" ? "" : topic,
    String(number),
  )
}

/** The key of one direction. */
export function laneKey(
  { crypto }: Context,
  flaw: ProbeFlaw | undefined,
  seed: Uint8Array,
  from: Participant,
  to: Participant,
): Uint8Array {
  if (flaw === "one-key") return crypto.hash(lengthPrefixed("probe", participantKey(from), participantKey(to)), 32)
  const people = flaw === "mirrored" ? [] : [participantKey(from), participantKey(to)]
  return crypto.hash(concat(utf8("key"), lengthPrefixed(...people)), 32, seed)
}

function trimmed(payload: Uint8Array): Uint8Array {
  let end = payload.length
  while (payload[end - 1] === 0) end--
  return payload.subarray(0, end)
}
