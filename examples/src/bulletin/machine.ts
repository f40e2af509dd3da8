import {
  concat,
  type ConversationContext,
  fromBase64url,
  type Machine,
  type Participant,
  type ReceiveInput,
} from "@colloquy/core"
import { frames } from "./frames.js"
import { additionalData, advance, messageIdOf, topicOf } from "./secrets.js"
import { inviteTo, start } from "./start.js"
import { type BulletinShape, type BulletinState, readersMax } from "./state.js"
import type { BulletinOutcome, commands, notices } from "./words.js"

const contentBytesMax = 4000
const nonceBytes = 24
const aheadMax = 64

export const bulletinMachine: Machine<BulletinShape, typeof commands, typeof notices> = {
  start,
  step(state, input, context) {
    const isAuthor = state.founding.self === state.founding.author
    if (input.kind === "wake") return { kind: "next", patch: {}, effects: [] }
    if (input.kind === "receive") return isAuthor ? refused("NOT_READER") : receive(state, input, context)
    if (!isAuthor) return refused("NOT_AUTHOR")
    if (input.kind === "send") return send(state, input.content, context)
    return input.kind === "command" ? add(state, input.body.introduction, context) : refused("NOT_SUPPORTED")
  },
  routes: ({ founding: { self, author, root } }, { crypto }) =>
    self === author ? [] : [{ topic: topicOf(crypto, root) }],
  view: ({ founding: { self, author }, readers }) => ({
    participants: self === author ? [self, ...(readers.keys() as Iterable<Participant>)] : [self, author],
    carriesTo: [],
    can: { send: self === author },
    contentBytesMax,
  }),
}

function send({ founding, place }: BulletinState, content: Uint8Array, context: ConversationContext): BulletinOutcome {
  const { crypto, conversation, nowMs } = context
  if (content.length > contentBytesMax) return refused("CONTENT_TOO_LONG")
  const topic = topicOf(crypto, founding.root)
  const message = messageIdOf(context, conversation, place.next)
  const { key, place: after } = advance(crypto, place)
  const nonce = context.random(nonceBytes)
  const frame = frames.encode({ kind: "post", sentAtMs: nowMs, content })
  const sealed = crypto.sealX(key, nonce, frame, additionalData(conversation, topic, place.next))
  crypto.wipe(key, frame)
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, place.next)
  return {
    kind: "next",
    patch: { place: after },
    effects: [
      { kind: "sent", message, lamport: place.next, sentAtMs: nowMs },
      { kind: "publish", topic, payload: concat(number, nonce, sealed), message },
    ],
    wipe: [place.chain],
  }
}

function receive(
  { founding, place }: BulletinState,
  input: ReceiveInput,
  context: ConversationContext,
): BulletinOutcome {
  const { crypto, conversation } = context
  const { topic, hint, payload } = input
  if (topic !== topicOf(crypto, founding.root) || hint !== undefined) return refused("TOPIC_FOREIGN")
  if (payload.length < 4 + nonceBytes + 16) return refused("PAYLOAD_TRUNCATED")
  const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0)
  if (number < place.next) return refused("PAYLOAD_DUPLICATE")
  if (number > place.next + aheadMax) return refused("PAYLOAD_FAR_AHEAD")
  if (number > place.next) return { kind: "later", code: "PAYLOAD_AHEAD" }
  const { key, place: after } = advance(crypto, place)
  const [nonce, sealed] = [payload.subarray(4, 4 + nonceBytes), payload.subarray(4 + nonceBytes)]
  const opened = crypto.openX(key, nonce, sealed, additionalData(conversation, topic, number))
  crypto.wipe(key)
  if (opened === undefined) return refused("PAYLOAD_FORGED")
  const decoded = frames.decode(opened)
  crypto.wipe(opened)
  const next = { kind: "next" as const, patch: { place: after }, wipe: [place.chain] }
  const from = founding.author
  if (decoded.kind === "unknown") return { ...next, effects: [{ kind: "unknown-frame", from, tag: decoded.tag }] }
  if (decoded.kind === "refused" || decoded.frame.kind !== "post") return refused("FRAME_UNEXPECTED")
  const { sentAtMs, content } = decoded.frame
  const message = messageIdOf(context, conversation, number)
  return { ...next, effects: [{ kind: "deliver", message, from, lamport: number, sentAtMs, content }] }
}

function add({ founding, place, readers }: BulletinState, text: string, context: ConversationContext): BulletinOutcome {
  const introduction = fromBase64url(text.replace("colloquy_intro_1_", ""))
  const owner = introduction === undefined ? undefined : context.readIntroduction(introduction)?.participant
  if (owner === undefined || readers.has(owner) || owner === founding.self) return refused("INTRODUCTION_BAD")
  if (readers.size >= readersMax) return refused("READERS_FULL")
  return {
    kind: "next",
    patch: { readers: new Map([[owner, place.next]]) },
    effects: [
      inviteTo(owner, founding.root, place, introduction),
      { kind: "notice", name: "added", body: { reader: owner } },
    ],
  }
}

function refused(code: string): BulletinOutcome {
  return { kind: "refused", code }
}
