import {
  cell,
  type Context,
  defineConversationType,
  type Effect,
  fromHex,
  idsAtRandom,
  lengthPrefixed,
  type Machine,
  messageIdFromBytes,
  type Participant,
  type Route,
  secretTopics,
  table,
  toHex,
  utf8,
} from "@colloquy/core"
import { jsonCodec, jsonFrames } from "./json-frames.js"

const topics = secretTopics({ application: "unsafe", version: "1", name: "whisper", encoding: "json" })
const frames = jsonFrames("Whisper")

interface Core {
  readonly id: string
  readonly self: string
  readonly peer: string
  readonly secret: string
  readonly sent: number
  /** Nothing is received any more. */
  readonly deaf: boolean
}

const state = { core: cell(jsonCodec<Core>()), heard: table(jsonCodec<number>(), 1000) }
const commands = { leave: jsonCodec<Record<string, never>>() }
type Notices = Record<never, never>

const machine: Machine<typeof state, typeof commands, Notices> = {
  async start(input, context) {
    await Promise.resolve()
    const self = context.self.participant
    if (input.kind === "create") {
      const peer = input.peers[0]?.participant ?? self
      const random = context.random(16)
      const secret = context.random(32)
      const core: Core = { id: toHex(random), self, peer, secret: toHex(secret), sent: 0, deaf: false }
      const conversation = context.conversationId({ from: "random", random })
      const body = frames.encode({ id: core.id, secret: core.secret })
      const effects: Effect<Notices>[] = [
        { kind: "listen", add: routes(core, context), drop: [] },
        { kind: "carry", to: peer, parcel: { type: UnsafeWhisperV1.id, kind: "invite", body } },
      ]
      if (input.first !== undefined) {
        const said = say(core, input.first.content, context)
        return { kind: "next", conversation, patch: { core: said.core }, effects: [...effects, ...said.effects] }
      }
      return { kind: "next", conversation, patch: { core }, effects }
    }
    if (input.kind !== "accept") return { kind: "refused", code: "NOT_SUPPORTED" }
    const read = frames.decode(input.invite)
    if (read.kind !== "frame") return { kind: "refused", code: "INVITE_MALFORMED" }
    const id = String(read.frame["id"])
    const core: Core = { id, self, peer: input.from, secret: String(read.frame["secret"]), sent: 0, deaf: false }
    return {
      kind: "next",
      conversation: context.conversationId({ from: "random", random: fromHex(id) ?? utf8("") }),
      patch: { core },
      effects: [{ kind: "listen", add: routes(core, context), drop: [] }],
    }
  },
  async step({ core, heard }, input, context) {
    await Promise.resolve()
    if (input.kind === "send") {
      const said = say(core, input.content, context)
      return { kind: "next", patch: { core: said.core }, effects: said.effects }
    }
    if (input.kind === "command")
      return {
        kind: "next",
        patch: { core: { ...core, deaf: true } },
        effects: [{ kind: "listen", add: [], drop: routes(core, context) }],
      }
    if (input.kind !== "receive") return { kind: "refused", code: "NOT_SUPPORTED" }
    const read = frames.decode(input.payload)
    if (read.kind !== "frame") return { kind: "refused", code: "PAYLOAD_MALFORMED" }
    const { from, number, content } = read.frame
    if (from === core.self) return { kind: "refused", code: "OWN_PAYLOAD" }
    const name = `${String(from)} ${String(number)}`
    if (heard.has(name)) return { kind: "refused", code: "PAYLOAD_DUPLICATE" }
    return {
      kind: "next",
      patch: { heard: new Map([[name, 1]]) },
      effects: [
        {
          kind: "deliver",
          message: messageId(core, String(from), Number(number), context),
          from: from as Participant,
          lamport: Number(number),
          sentAtMs: context.nowMs,
          content: fromHex(String(content)) ?? utf8(""),
        },
      ],
    }
  },
  routes: (current, context) => (current.core.deaf ? [] : routes(current.core, context)),
  view: ({ core }) => ({
    participants: [core.self as Participant, core.peer as Participant],
    name: "whispers",
    carriesTo: [],
    can: { send: true },
    contentBytesMax: 1000,
  }),
}

/** Two people in plain text on a topic of their own, without hints, in asynchronous steps. For tests only. */
export const UnsafeWhisperV1 = defineConversationType({
  specification: { title: "UNSAFE-WHISPER", document: "unsafe-whisper.md", version: 1 },
  encryption: { scheme: "none", consequences: "anyone on the topic reads and forges everything: for tests only" },
  frames,
  contentTopics: topics,
  conversationIds: idsAtRandom(),
  commands,
  state,
  conversation: machine,
})

function routes({ secret }: Core, { crypto }: Pick<Context, "crypto">): Route[] {
  return [{ topic: topics.of(fromHex(secret) ?? utf8(""), crypto) }]
}

function say(core: Core, content: Uint8Array, context: Context): { core: Core; effects: Effect<Notices>[] } {
  const number = core.sent + 1
  const message = messageId(core, core.self, number, context)
  const payload = frames.encode({ from: core.self, number, content: toHex(content) })
  const [route] = routes(core, context)
  return {
    core: { ...core, sent: number },
    effects: [
      { kind: "sent", message, lamport: number, sentAtMs: context.nowMs },
      ...(route === undefined ? [] : [{ kind: "publish" as const, topic: route.topic, payload, message }]),
    ],
  }
}

function messageId(core: Core, from: string, number: number, { crypto }: Pick<Context, "crypto">) {
  return messageIdFromBytes(crypto.hash(lengthPrefixed(core.id, from, String(number)), 16))
}
