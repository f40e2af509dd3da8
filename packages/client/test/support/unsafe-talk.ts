import {
  cell,
  type ConversationContext,
  defineConversationType,
  type Effect,
  fromHex,
  fromUtf8,
  type Hint,
  idsFromSecret,
  inboxTopics,
  type Input,
  le32,
  lengthPrefixed,
  type Machine,
  type MaybePromise,
  type MessageId,
  messageIdFromBytes,
  type Outcome,
  type Participant,
  type Patch,
  type Start,
  type StartContext,
  type Started,
  type State,
  table,
  toHex,
  type Topic,
  type TypeId,
  utf8,
  empty,
} from "@colloquy/core"
import { jsonCodec, jsonFrames } from "./json-frames.js"

/** How many numbers ahead a payload is expected. */
export const talkWindow = 8

interface Core {
  readonly id: string
  readonly peer: Participant
  readonly peerTopic: Topic
  readonly seed: string
  readonly initiator: boolean
  readonly nextOut: number
  readonly nextIn: number
  readonly lamport: number
  readonly unacknowledged: readonly string[]
  readonly remindAtMs?: number
}

const notesMax = 4
const state = {
  core: cell(jsonCodec<Core>()),
  notes: table(jsonCodec<string>(), notesMax),
}
type S = typeof state

const commands = { note: jsonCodec<{ text: string }>(), remind: jsonCodec<{ atMs: number }>() }
const notices = { noted: jsonCodec<{ text: string }>(), reminded: jsonCodec<{ atMs: number }>() }
type C = typeof commands
type N = typeof notices

export type TalkState = State<S>
export type TalkInput = Input<C>
export type TalkEffect = Effect<N>
export type TalkOutcome = Outcome<Patch<S>, Effect<N>>
export type TalkStarted = Started<S, Effect<N>>

/** What a test puts between the client and the honest machine. */
export interface TalkHooks {
  step?(input: TalkInput, honest: () => TalkOutcome, context: ConversationContext, state: TalkState): unknown
  start?(input: Start, honest: () => TalkStarted, context: StartContext): unknown
  notices?: Partial<Record<keyof N, { version: number; encode(value: never): Uint8Array; decode(): never }>>
}

/**
 * Two people in plain text, under numbered hints on each other's inbox topics. What comes ahead of its number is `later`; what is sent to
 * someone allowed is acknowledged. For tests only.
 */
export function unsafeTalk(
  options: { readonly name?: string; readonly version?: number; readonly hooks?: TalkHooks } = {},
) {
  const { name = "unsafe-talk", version = 1, hooks = {} } = options
  const machine: Machine<S, C, N> = {
    start: (input, context) => {
      const honest = (): TalkStarted => start(input, context, `${pascal(name)}V${version}` as TypeId)
      return (hooks.start === undefined ? honest() : hooks.start(input, honest, context)) as MaybePromise<TalkStarted>
    },
    step: (current, input, context) => {
      const honest = (): TalkOutcome => step(current, input, context)
      return (
        hooks.step === undefined ? honest() : hooks.step(input, honest, context, current)
      ) as MaybePromise<TalkOutcome>
    },
    routes: ({ core }, context) =>
      Array.from({ length: talkWindow }, (_, index) => routeIn(core, core.nextIn + index, context)),
    view: ({ core }) => ({
      participants: [core.id as Participant, core.peer],
      carriesTo: [],
      can: { send: true },
      contentBytesMax: 4096,
    }),
  }
  return defineConversationType({
    specification: { title: name.toUpperCase(), document: `${name}.md`, version },
    encryption: { scheme: "none", consequences: "anyone reads and forges everything: for tests only" },
    frames: jsonFrames("Talk"),
    contentTopics: inboxTopics,
    conversationIds: idsFromSecret(),
    commands,
    notices: { ...notices, ...hooks.notices } as N,
    state,
    conversation: machine,
  })
}

export const UnsafeTalkV1 = unsafeTalk()

function start(input: Start, context: StartContext, type: TypeId): TalkStarted {
  const { self } = context
  const id = self.participant
  if (input.kind === "create") {
    const [peer] = input.peers
    if (peer === undefined) return { kind: "refused", code: "PEER_MISSING" }
    const secret = context.random(32)
    const seed = toHex(secret)
    const conversation = context.conversationId({ from: "secret", secret })
    const core: Core = {
      id,
      peer: peer.participant,
      peerTopic: peer.inboxTopic,
      seed,
      initiator: true,
      nextOut: 1,
      nextIn: 1,
      lamport: 1,
      unacknowledged: [],
    }
    const message = messageIdOf(core, id, 0, context)
    const first = input.first?.content
    const body = utf8(
      JSON.stringify({
        seed,
        topic: self.inboxTopic,
        ...(first === undefined ? {} : { first: toHex(first), sentAtMs: context.nowMs }),
      }),
    )
    const sent = { kind: "sent" as const, message, lamport: 1, sentAtMs: context.nowMs }
    const carry = { kind: "carry" as const, to: peer.participant, parcel: { type, kind: "invite" as const, body } }
    return {
      kind: "next",
      conversation,
      patch: { core },
      effects: [
        listen(core, 1, talkWindow, context),
        ...(first === undefined ? [carry] : [sent, { ...carry, message }]),
      ],
      wipe: [secret],
    }
  }
  if (input.kind !== "accept") return { kind: "refused", code: "NOT_SUPPORTED" }
  const read = readJson(input.invite)
  const secret = fromHex(String(read?.["seed"]))
  if (read === undefined || secret?.length !== 32) return { kind: "refused", code: "INVITE_MALFORMED" }
  const core: Core = {
    id,
    peer: input.from,
    peerTopic: String(read["topic"]) as Topic,
    seed: toHex(secret),
    initiator: false,
    nextOut: 1,
    nextIn: 1,
    lamport: 1,
    unacknowledged: read["first"] === undefined ? [] : [messageIdOfSeed(toHex(secret), input.from, 0, context)],
  }
  const conversation = context.conversationId({ from: "secret", secret })
  const content = fromHex(String(read["first"]))
  return {
    kind: "next",
    conversation,
    patch: { core },
    effects: [
      listen(core, 1, talkWindow, context),
      ...(content === undefined
        ? []
        : [
            {
              kind: "deliver" as const,
              message: messageIdOf(core, core.peer, 0, context),
              from: core.peer,
              lamport: 1,
              sentAtMs: Number(read["sentAtMs"]),
              content,
            },
          ]),
    ],
  }
}

function step({ core, notes }: TalkState, input: TalkInput, context: ConversationContext): TalkOutcome {
  const { nowMs } = context
  const deadline = core.remindAtMs === undefined ? {} : { wakeAtMs: core.remindAtMs }
  switch (input.kind) {
    case "send": {
      const lamport = core.lamport + 1
      const message = messageIdOf(core, core.id as Participant, core.nextOut, context)
      const frame = { kind: "text", content: toHex(input.content), lamport, sentAtMs: nowMs }
      const { publish, patch } = outgoing({ ...core, lamport }, frame, context)
      return {
        kind: "next",
        patch,
        effects: [
          { kind: "sent", message, lamport, sentAtMs: nowMs },
          { ...publish, message },
        ],
        ...deadline,
      }
    }
    case "command": {
      if (input.name === "remind")
        return {
          kind: "next",
          patch: { core: { ...core, remindAtMs: input.body.atMs } },
          effects: [],
          wakeAtMs: input.body.atMs,
        }
      const { publish, patch } = outgoing(core, { kind: "note", text: input.body.text }, context)
      return {
        kind: "next",
        patch: { ...patch, notes: new Map([[String(notes.size), input.body.text]]) },
        effects: [publish],
        ...deadline,
      }
    }
    case "wake": {
      const due = core.remindAtMs !== undefined && core.remindAtMs <= nowMs
      const { remindAtMs, ...rest } = core
      const woken: Core = due ? rest : core
      const acknowledged = acknowledge(woken, context)
      return {
        kind: "next",
        patch: { core: acknowledged.core },
        effects: [
          ...acknowledged.effects,
          ...(due ? [{ kind: "notice" as const, name: "reminded" as const, body: { atMs: remindAtMs ?? 0 } }] : []),
        ],
        ...(due ? {} : deadline),
      }
    }
    case "receive":
      return receive({ core, notes }, input, context)
    default:
      return { kind: "refused", code: "NOT_SUPPORTED" }
  }
}

function receive(
  { core }: TalkState,
  input: Extract<TalkInput, { kind: "receive" }>,
  context: ConversationContext,
): TalkOutcome {
  if (input.topic !== context.self.inboxTopic) return { kind: "refused", code: "TOPIC_FOREIGN" }
  const wanted = toHex(input.hint ?? empty)
  const ahead = Array.from({ length: talkWindow }, (_, index) => index).find(
    (index) => toHex(hintOf(core.seed, !core.initiator, core.nextIn + index, context)) === wanted,
  )
  if (ahead === undefined) return { kind: "refused", code: "HINT_UNKNOWN" }
  if (ahead > 0) return { kind: "later", code: "TOO_EARLY" }
  const frame = readJson(input.payload)
  if (frame === undefined) return { kind: "refused", code: "PAYLOAD_MALFORMED" }
  const next = core.nextIn + 1
  const lamport = Math.max(core.lamport, Number(frame["lamport"] ?? 0))
  const moved: Core = { ...core, nextIn: next, lamport }
  const effects: Effect<N>[] = [
    {
      kind: "listen",
      add: [routeIn(core, core.nextIn + talkWindow, context)],
      drop: [routeIn(core, core.nextIn, context)],
    },
  ]
  const deadline = core.remindAtMs === undefined ? {} : { wakeAtMs: core.remindAtMs }
  if (frame["kind"] === "note") {
    effects.push({ kind: "notice", name: "noted", body: { text: String(frame["text"]) } })
    return { kind: "next", patch: { core: moved }, effects, ...deadline }
  }
  if (frame["kind"] === "ack") {
    for (const message of frame["messages"] as MessageId[])
      effects.push({ kind: "fate", message, fate: "acknowledged", by: core.peer })
    return { kind: "next", patch: { core: moved }, effects, ...deadline }
  }
  if (frame["kind"] !== "text") {
    effects.push({ kind: "unknown-frame", from: core.peer, tag: Number(frame["tag"] ?? 0) })
    return { kind: "next", patch: { core: moved }, effects, ...deadline }
  }
  const content = fromHex(String(frame["content"]))
  if (content === undefined) return { kind: "refused", code: "PAYLOAD_MALFORMED" }
  const message = messageIdOf(core, core.peer, core.nextIn, context)
  effects.push({
    kind: "deliver",
    message,
    from: core.peer,
    lamport,
    sentAtMs: Number(frame["sentAtMs"]),
    content,
  })
  const acknowledged = acknowledge({ ...moved, unacknowledged: [...core.unacknowledged, message] }, context)
  return {
    kind: "next",
    patch: { core: acknowledged.core },
    effects: [...effects, ...acknowledged.effects],
    ...deadline,
  }
}

/** Nothing goes to a stranger before he is allowed. */
function acknowledge(core: Core, context: ConversationContext): { core: Core; effects: Effect<N>[] } {
  if (context.consent !== "allowed" || core.unacknowledged.length === 0) return { core, effects: [] }
  const { publish, patch } = outgoing(core, { kind: "ack", messages: core.unacknowledged }, context)
  return { core: { ...patch.core, unacknowledged: [] }, effects: [publish] }
}

function outgoing(core: Core, frame: Record<string, unknown>, context: ConversationContext) {
  const hint = hintOf(core.seed, core.initiator, core.nextOut, context)
  const publish = {
    kind: "publish" as const,
    topic: core.peerTopic,
    hint,
    payload: utf8(JSON.stringify(frame)),
  }
  return { publish, patch: { core: { ...core, nextOut: core.nextOut + 1 } } }
}

function listen(
  core: Core,
  from: number,
  count: number,
  context: { crypto: StartContext["crypto"]; self: StartContext["self"] },
) {
  const add = Array.from({ length: count }, (_, index) => routeIn(core, from + index, context))
  return { kind: "listen" as const, add, drop: [] }
}

function routeIn(core: Core, number: number, { crypto, self }: Pick<StartContext, "crypto" | "self">) {
  return { topic: self.inboxTopic, hint: hintOf(core.seed, !core.initiator, number, { crypto }) }
}

/** The hint of the payload with this number, from the initiator or to him. */
export function hintOf(
  seed: string,
  fromInitiator: boolean,
  number: number,
  { crypto }: Pick<StartContext, "crypto">,
): Hint {
  const direction = fromInitiator ? "i" : "r"
  return crypto.hash(lengthPrefixed("unsafe-talk", seed, direction, le32(number)), 16) as Hint
}

function messageIdOf(
  core: Core,
  sender: Participant,
  number: number,
  context: Pick<StartContext, "crypto">,
): MessageId {
  return messageIdOfSeed(core.seed, sender, number, context)
}

function messageIdOfSeed(
  seed: string,
  sender: Participant,
  number: number,
  { crypto }: Pick<StartContext, "crypto">,
): MessageId {
  return messageIdFromBytes(crypto.hash(lengthPrefixed("message", seed, sender, le32(number)), 16))
}

function readJson(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes) ?? "")
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function pascal(name: string): string {
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")
}
