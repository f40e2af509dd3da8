import {
  type AnyConversationType,
  cell,
  concat,
  type Context,
  type ConversationId,
  defineConversationType,
  type Effect,
  type FrameTree,
  type Hint,
  idsAtRandom,
  inboxTopics,
  lengthPrefixed,
  type Machine,
  messageIdFromBytes,
  type Participant,
  participantFromKey,
  participantKey,
  type State,
  type Topic,
  toHex,
  type TypeId,
  utf8,
  type Vocabulary,
} from "@colloquy/core"
import { plainCodec } from "./plain-codec.js"

const typeId = "CircleV1" as TypeId

interface Circle {
  readonly key: Uint8Array
  readonly people: readonly { readonly participant: Participant; readonly topic: Topic }[]
  readonly count: number
}

const shape = { circle: cell(plainCodec<Circle>()) }
type CircleState = State<typeof shape>

/**
 * Several people who share one key. With `signs` each message is signed by its sender; without it the key is all that there is, and any
 * member can speak as any other. With `everybody` all circles have the same key.
 */
export function circleType({
  signs,
  everybody = false,
}: {
  readonly signs: boolean
  readonly everybody?: boolean
}): AnyConversationType {
  const boundTo = (conversation: ConversationId): Uint8Array => utf8(everybody ? "" : conversation)
  const machine: Machine<typeof shape, Vocabulary, Vocabulary> = {
    start(input, context) {
      const { self } = context
      if (input.kind === "accept") {
        const circle = plainCodec<Circle>().decode(input.invite.slice(17), 1)
        const conversation = context.conversationId({ from: "random", random: input.invite.slice(1, 17) })
        return { kind: "next", conversation, patch: { circle }, effects: [listen(circle, context)] }
      }
      if (input.kind !== "create") return { kind: "refused", code: "NOT_SUPPORTED" }
      const me = { participant: self.participant, topic: self.inboxTopic }
      const peers = input.peers.map(({ participant, inboxTopic }) => ({ participant, topic: inboxTopic }))
      const circle: Circle = {
        key: everybody ? context.crypto.hash(utf8("circle"), 32) : context.random(32),
        people: [me, ...peers],
        count: 0,
      }
      const random = context.random(16)
      const body = concat(Uint8Array.of(1), random, plainCodec<Circle>().encode(circle))
      return {
        kind: "next",
        conversation: context.conversationId({ from: "random", random }),
        patch: { circle },
        effects: [
          listen(circle, context),
          ...peers.map(({ participant }) => ({
            kind: "carry" as const,
            to: participant,
            parcel: { type: typeId, kind: "invite" as const, body },
          })),
        ],
      }
    },
    step({ circle }, input, context) {
      const { crypto, self, nowMs } = context
      if (input.kind === "send") {
        const number = context.random(16)
        const said = concat(number, participantKey(self.participant), input.content)
        const signed = signs ? self.sign(said) : new Uint8Array(64)
        const nonce = context.random(12)
        const payload = concat(
          nonce,
          crypto.seal(circle.key, nonce, concat(signed, said), boundTo(context.conversation)),
        )
        const others = circle.people.filter(({ participant }) => participant !== self.participant)
        return {
          kind: "next",
          patch: { circle: { ...circle, count: circle.count + 1 } },
          effects: [
            { kind: "sent", message: messageIdFromBytes(number), lamport: circle.count, sentAtMs: nowMs },
            ...others.map(({ topic }): Effect<Vocabulary> => ({
              kind: "publish",
              topic,
              hint: hintOf(circle, context),
              payload,
            })),
          ],
        }
      }
      if (input.kind !== "receive") return { kind: "refused", code: "NOT_SUPPORTED" }
      const opened = crypto.open(
        circle.key,
        input.payload.subarray(0, 12),
        input.payload.subarray(12),
        boundTo(context.conversation),
      )
      if (opened === undefined || opened.length < 112) return { kind: "refused", code: "FORGED" }
      const [signature, said] = [opened.slice(0, 64), opened.slice(64)]
      const from = participantFromKey(said.slice(16, 48))
      if (from === self.participant || !circle.people.some(({ participant }) => participant === from))
        return { kind: "refused", code: "FORGED" }
      if (signs && !crypto.verify(participantKey(from), said, signature)) return { kind: "refused", code: "FORGED" }
      return {
        kind: "next",
        patch: { circle: { ...circle, count: circle.count + 1 } },
        effects: [
          {
            kind: "deliver",
            message: messageIdFromBytes(said.slice(0, 16)),
            from,
            lamport: circle.count,
            sentAtMs: nowMs,
            content: said.slice(48),
          },
        ],
      }
    },
    routes: (state: CircleState, context) => listen(state.circle, context).add,
    view: ({ circle }) => ({
      participants: circle.people.map(({ participant }) => participant),
      carriesTo: [],
      can: { send: true },
      contentBytesMax: 1000,
    }),
  }
  return defineConversationType({
    specification: { title: "CIRCLE", document: "circle.md", version: 1 },
    encryption: { scheme: "ChaCha20-Poly1305", description: "one key" },
    frames,
    contentTopics: inboxTopics,
    conversationIds: idsAtRandom(),
    guarantees: [
      { name: "confidentiality", scope: "against others" },
      { name: "sender-authentication", scope: "every member" },
    ],
    state: shape,
    conversation: machine,
  })
}

function listen(circle: Circle, { self, crypto }: Context) {
  return { kind: "listen" as const, add: [{ topic: self.inboxTopic, hint: hintOf(circle, { crypto }) }], drop: [] }
}

function hintOf({ key }: Circle, { crypto }: Pick<Context, "crypto">): Hint {
  return crypto.hash(lengthPrefixed("circle", toHex(crypto.hash(key, 16))), 16) as Hint
}

const frames: FrameTree<Uint8Array> = {
  root: { name: "Circle", description: "bytes", fields: [], children: [] },
  encoding: "bytes (canonical)",
  bytesMax: 65_536,
  encode: (frame) => frame,
  decode: (bytes) => ({ kind: "frame", frame: bytes }),
}
