import {
  cell,
  type Context,
  type ConversationId,
  defineConversationType,
  type Effect,
  fromHex,
  idsAtRandom,
  lengthPrefixed,
  type Machine,
  type MessageId,
  messageIdFromBytes,
  type Participant,
  type Resident,
  type Route,
  secretTopics,
  type StartContext,
  toHex,
  utf8,
} from "@colloquy/core"
import { jsonCodec, jsonFrames } from "./json-frames.js"

const topics = secretTopics({ application: "unsafe", version: "1", name: "keeper", encoding: "json" })
const frames = jsonFrames("Keeper")

interface Core {
  readonly id: string
  readonly self: string
  readonly peer: string
  readonly secret: string
  readonly sent: number
  /** How many invites concerned it. */
  readonly invited?: number
  /** What was said last, to be said again after a restore. */
  readonly last?: { readonly number: number; readonly content: string }
}

const state = { core: cell(jsonCodec<Core>()) }
type S = typeof state
type Nothing = Record<never, never>

/** How far a restore jumps ahead in its numbers: what it sends never repeats one. */
export const keeperJump = 1000

export interface KeeperHooks {
  /** Instead of restoring. */
  readonly refuses?: () => string | undefined
  /** What a restore answers with, in place of the right id. */
  readonly restoresAs?: ConversationId
  readonly backup?: (honest: () => Uint8Array) => Uint8Array
  /** Instead of a new one, what is begun is said to concern this conversation. */
  readonly concerns?: () => ConversationId | undefined
}

/** Two people in plain text on a topic of their own, that a backup can bring back. For tests only. */
export function unsafeKeeper(hooks: KeeperHooks = {}) {
  const machine: Machine<S, Nothing, Nothing> = {
    start(input, context) {
      const self = context.self.participant
      if (input.kind === "restore") {
        const code = hooks.refuses?.()
        if (code !== undefined) return { kind: "refused", code }
        const core = state.core.codec.decode(input.backup, 1)
        return {
          kind: "next",
          conversation: hooks.restoresAs ?? input.conversation,
          patch: { core: { ...core, sent: core.sent + keeperJump } },
          effects: [
            listen(core, context),
            ...(core.last === undefined ? [] : [publish(core, core.last.number, core.last.content, context)]),
          ],
        }
      }
      if (input.kind === "create") {
        const random = context.random(16)
        const peer = input.peers[0]?.participant ?? self
        const core: Core = { id: toHex(random), self, peer, secret: toHex(context.random(32)), sent: 0 }
        const concerns = hooks.concerns?.()
        const body = frames.encode({
          id: core.id,
          secret: core.secret,
          ...(concerns === undefined ? {} : { concerns }),
        })
        const said = input.first === undefined ? undefined : say(core, input.first.content, context)
        return {
          kind: "next",
          conversation: context.conversationId({ from: "random", random }),
          patch: { core: said?.core ?? core },
          effects: [
            listen(core, context),
            { kind: "carry", to: peer, parcel: { type: UnsafeKeeperV1.id, kind: "invite", body } },
            ...(said?.effects ?? []),
          ],
        }
      }
      const read = frames.decode(input.invite)
      if (read.kind !== "frame") return { kind: "refused", code: "INVITE_MALFORMED" }
      const id = String(read.frame["id"])
      const core: Core = { id, self, peer: input.from, secret: String(read.frame["secret"]), sent: 0 }
      return {
        kind: "next",
        conversation: context.conversationId({ from: "random", random: fromHex(id) ?? utf8("") }),
        patch: { core },
        effects: [listen(core, context)],
      }
    },
    step({ core }, input, context) {
      if (input.kind === "send") {
        const said = say(core, input.content, context)
        return { kind: "next", patch: { core: said.core }, effects: said.effects }
      }
      if (input.kind === "invite")
        return { kind: "next", patch: { core: { ...core, invited: (core.invited ?? 0) + 1 } }, effects: [] }
      if (input.kind !== "receive") return { kind: "refused", code: "NOT_SUPPORTED" }
      const read = frames.decode(input.payload)
      if (read.kind !== "frame") return { kind: "refused", code: "PAYLOAD_MALFORMED" }
      const { from, number, content, heard } = read.frame
      if (from === core.self) return { kind: "refused", code: "OWN_PAYLOAD" }
      if (heard !== undefined)
        return {
          kind: "next",
          patch: {},
          effects: [{ kind: "fate", message: heard as MessageId, fate: "acknowledged", by: core.peer as Participant }],
        }
      const message = messageId(core, String(from), Number(number), context)
      return {
        kind: "next",
        patch: {},
        effects: [
          {
            kind: "deliver",
            message,
            from: from as Participant,
            lamport: Number(number),
            sentAtMs: context.nowMs,
            content: fromHex(String(content)) ?? utf8(""),
          },
          ...routes(core, context).map(({ topic }) => ({
            kind: "publish" as const,
            topic,
            payload: frames.encode({ from: core.self, heard: message }),
          })),
        ],
      }
    },
    routes: ({ core }, context) => routes(core, context),
    view: ({ core }) => ({
      participants: [core.self as Participant, core.peer as Participant],
      name: core.invited === undefined ? "kept" : `invited ${core.invited}`,
      carriesTo: [],
      can: { send: true },
      contentBytesMax: 1_000_000,
    }),
    backup: ({ core }) => {
      const honest = (): Uint8Array => state.core.codec.encode(core)
      return hooks.backup === undefined ? honest() : hooks.backup(honest)
    },
  }
  return defineConversationType({
    specification: { title: "UNSAFE-KEEPER", document: "unsafe-keeper.md", version: 1 },
    encryption: { scheme: "none", consequences: "anyone on the topic reads and forges everything: for tests only" },
    frames,
    contentTopics: topics,
    conversationIds: idsAtRandom(),
    state,
    conversation: machine,
    residentState: {},
    resident,
  })
}

const resident: Resident<Nothing> = {
  carries: false,
  start: (context) => ({
    kind: "next",
    conversation: context.conversationId({ from: "random", random: context.random(16) }),
    patch: {},
    effects: [],
  }),
  step(_, input) {
    if (input.kind === "offer") return { kind: "next", patch: {}, effects: [{ kind: "offered", offer: utf8("me") }] }
    if (input.kind !== "parcel" || input.parcel.kind !== "invite") return { kind: "refused", code: "NOT_SUPPORTED" }
    const invite = input.parcel.body
    const read = frames.decode(invite)
    const concerns = read.kind === "frame" ? (read.frame["concerns"] as ConversationId | undefined) : undefined
    const begin = { kind: "begin" as const, from: input.from, invite }
    return {
      kind: "next",
      patch: {},
      effects: [concerns === undefined ? begin : { ...begin, conversation: concerns }],
    }
  },
  routes: () => [],
}

export const UnsafeKeeperV1 = unsafeKeeper()

function routes({ secret }: Core, { crypto }: Pick<Context, "crypto">): Route[] {
  return [{ topic: topics.of(fromHex(secret) ?? utf8(""), crypto) }]
}

function listen(core: Core, context: StartContext) {
  return { kind: "listen" as const, add: routes(core, context), drop: [] }
}

function publish(core: Core, number: number, content: string, context: Context) {
  const [route] = routes(core, context) as [Route]
  const payload = frames.encode({ from: core.self, number, content })
  const message = messageId(core, core.self, number, context)
  return { kind: "publish" as const, topic: route.topic, payload, message }
}

function say(core: Core, content: Uint8Array, context: Context): { core: Core; effects: Effect<Nothing>[] } {
  const number = core.sent + 1
  const message = messageId(core, core.self, number, context)
  const last = { number, content: toHex(content) }
  return {
    core: { ...core, sent: number, last },
    effects: [
      { kind: "sent", message, lamport: number, sentAtMs: context.nowMs },
      publish(core, number, last.content, context),
    ],
  }
}

function messageId(core: Core, from: string, number: number, { crypto }: Pick<Context, "crypto">): MessageId {
  return messageIdFromBytes(crypto.hash(lengthPrefixed(core.id, from, String(number)), 16))
}
