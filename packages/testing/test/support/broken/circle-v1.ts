import {
  type AnyConversationType,
  cell,
  concat,
  type Context,
  type ConversationContext,
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

interface Member {
  readonly participant: Participant
  readonly topic: Topic
}
interface Circle {
  readonly key: Uint8Array
  readonly people: readonly Member[]
  readonly count: number
  /** What the conversation's id is made from. */
  readonly random: Uint8Array
  /** The circle as it was before the last change, for who goes on taking what was sealed then. */
  readonly old: Circle | null
}

/** What can be wrong with a change of the members. */
export type ChangeFlaw =
  "same key for who stays" | "new key for everybody" | "old key still taken" | "same key for who comes"
type Change = { readonly add: Uint8Array } | { readonly remove: Participant }
const commands = { change: plainCodec<Change>() }
type Words = typeof commands

const shape = { circle: cell(plainCodec<Circle>()) }
type CircleState = State<typeof shape>

/**
 * Several people who share one key. With `signs` each message is signed by its sender; without it the key is all that there is, and any
 * member can speak as any other. With `everybody` all circles have the same key.
 */
export function circleType({
  signs,
  everybody = false,
  change: flaw,
}: {
  readonly signs: boolean
  readonly everybody?: boolean
  readonly change?: ChangeFlaw
}): AnyConversationType {
  const boundTo = (conversation: ConversationId): Uint8Array => utf8(everybody ? "" : conversation)
  const machine: Machine<typeof shape, Words, Vocabulary> = {
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
        random: context.random(16),
        old: null,
      }
      const { random } = circle
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
      if (input.kind === "command") return changed(circle, input.body, context, flaw)
      if (input.kind !== "receive") return { kind: "refused", code: "NOT_SUPPORTED" }
      const told = news(circle, input.payload, context)
      if (told !== undefined)
        return moved(
          circle,
          { ...told, count: circle.count, old: flaw === "old key still taken" ? circle : null },
          context,
        )
      const open = (key: Uint8Array) =>
        crypto.open(key, input.payload.subarray(0, 12), input.payload.subarray(12), boundTo(context.conversation))
      const current = open(circle.key)
      const { people } = current === undefined && circle.old !== null ? circle.old : circle
      const opened = current ?? (circle.old === null ? undefined : open(circle.old.key))
      if (opened === undefined || opened.length < 112) return { kind: "refused", code: "FORGED" }
      const [signature, said] = [opened.slice(0, 64), opened.slice(64)]
      const from = participantFromKey(said.slice(16, 48))
      if (from === self.participant || !people.some(({ participant }) => participant === from))
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
    commands,
    state: shape,
    conversation: machine,
  })
}

function listen(circle: Circle, { self, crypto }: Context) {
  const known = circle.old === null ? [circle] : [circle, circle.old]
  const add = known.map((one) => ({ topic: self.inboxTopic, hint: hintOf(one, { crypto }) }))
  return { kind: "listen" as const, add, drop: [] }
}

function moved(from: Circle, to: Circle, context: Context) {
  const effects: Effect<Vocabulary>[] = [
    { ...listen(to, context), drop: listen(from, context).add.slice(0, to.old === null ? 2 : 0) },
  ]
  return { kind: "next" as const, patch: { circle: to }, effects }
}

/** A fresh key, under the old hint and for each of those who stay alone; who comes gets it in an invite. */
function changed(circle: Circle, change: Change, context: ConversationContext, flaw: ChangeFlaw | undefined) {
  const { self, crypto } = context
  const come = "add" in change ? context.readIntroduction(change.add) : undefined
  const gone = "remove" in change ? change.remove : undefined
  const people = circle.people.filter(({ participant }) => participant !== gone)
  if (come !== undefined) people.push({ participant: come.participant, topic: come.inboxTopic })
  const keeps = come === undefined ? "same key for who stays" : "same key for who comes"
  const key = flaw === keeps ? circle.key : context.random(32)
  const fresh: Circle = { ...circle, key, people, old: flaw === "old key still taken" ? circle : null }
  const { effects, ...outcome } = moved(circle, fresh, context)
  const body = plainCodec<Circle>().encode({ ...fresh, count: 0, old: null })
  const told = flaw === "new key for everybody" ? circle.people : people
  for (const { participant, topic } of told.filter((one) => one.participant !== self.participant)) {
    if (participant === come?.participant) {
      const parcel = { type: typeId, kind: "invite" as const, body: concat(Uint8Array.of(1), circle.random, body) }
      effects.push({ kind: "carry", to: participant, parcel, introduction: (change as { add: Uint8Array }).add })
      continue
    }
    const nonce = context.random(12)
    const payload = concat(nonce, crypto.seal(pairKey(participant, context), nonce, body, utf8("change")))
    effects.push({ kind: "publish", topic, hint: hintOf(circle, context), payload })
  }
  return { ...outcome, effects }
}

function news({ people }: Circle, payload: Uint8Array, context: Context): Circle | undefined {
  for (const { participant } of people) {
    if (participant === context.self.participant) continue
    const [nonce, sealed] = [payload.subarray(0, 12), payload.subarray(12)]
    const opened = context.crypto.open(pairKey(participant, context), nonce, sealed, utf8("change"))
    if (opened !== undefined) return plainCodec<Circle>().decode(opened, 1)
  }
  return undefined
}

/** What two of them can compute, and nobody else. */
function pairKey(other: Participant, { self, crypto }: Context): Uint8Array {
  const key = crypto.agreementPublicKey(participantKey(other)) ?? new Uint8Array(32)
  return crypto.hash(utf8("pair"), 32, self.agree(key) ?? key)
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
