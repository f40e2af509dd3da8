import {
  type CommandInput,
  concat,
  type Context,
  type ConversationContext,
  type ConversationId,
  type Effect,
  type Initial,
  lengthPrefixed,
  type Machine,
  type MessageId,
  messageIdFromBytes,
  type Outcome,
  type Participant,
  participantKey,
  type Patch,
  type Peer,
  type ReceiveInput,
  type Start,
  type StartContext,
  type Started,
  type TypeId,
} from "@colloquy/core"
import { open, seal } from "./payload.js"
import { boardRoot, boardSecrets, keyBytes } from "./secrets.js"
import { type BoardState, type boardState, type Lane, pinsMax } from "./state.js"
import type { BoardCommands, BoardNotices } from "./words.js"

type BoardEffect = Effect<BoardNotices>
type BoardPatch = Patch<typeof boardState>
type BoardOutcome = Outcome<BoardPatch, BoardEffect>
type BoardStarted = Started<typeof boardState, BoardEffect>

const boardType = "BoardV1" as TypeId
/** BO1-10. */
export const contentBytesMax = 3000
export const textLengthMax = 280

/**
 * The machine of one board. Its steps are asynchronous, as they would be over an engine that is: the client runs one at a time and waits for
 * none of another conversation.
 */
export const boardMachine: Machine<typeof boardState, BoardCommands, BoardNotices> = {
  start: async (input, context) => start(input, context),
  async step(state, input, context) {
    switch (input.kind) {
      case "send":
        return say(state, input.content, context)
      case "command":
        return command(state, input, context)
      case "receive":
        return receive(state, input, context)
      case "wake":
        return { kind: "next", patch: {}, effects: [] }
      default:
        return { kind: "refused", code: "NOT_SUPPORTED" }
    }
  },
  routes: (state) => [{ topic: state.in.topic }],
  view: ({ board }) => ({
    participants: [board.self, board.peer],
    carriesTo: [],
    can: { send: true },
    contentBytesMax,
  }),
}

function start(input: Start, context: StartContext): BoardStarted {
  if (input.kind === "accept") return accept(input.from, input.invite, context)
  if (input.kind !== "create") return { kind: "refused", code: "NOT_SUPPORTED" }
  const [peer, ...others] = input.peers
  if (peer === undefined || others.length > 0) return { kind: "refused", code: "PEERS_NOT_ONE" }
  return create(peer, input.first?.content, context)
}

/** BO1-2: the invite: the key that was offered, ours, and the first payload if there is something to say. */
function create(peer: Peer, content: Uint8Array | undefined, context: StartContext): BoardStarted {
  const { crypto, self, nowMs } = context
  const { participant, offer } = peer
  if (offer?.length !== keyBytes) return { kind: "refused", code: "OFFER_MALFORMED" }
  if ((content?.length ?? 0) > contentBytesMax) return { kind: "refused", code: "CONTENT_TOO_LONG" }
  const seed = context.random(keyBytes)
  const ephemeral = crypto.agreementKeyPair(seed)
  const shared = crypto.agree(ephemeral.secretKey, offer)
  if (shared === undefined) return { kind: "refused", code: "OFFER_WEAK" }
  const root = boardRoot(crypto, shared, {
    initiator: self.participant,
    responder: participant,
    offerKey: offer,
    ephemeralKey: ephemeral.publicKey,
  })
  const { id, toResponder, toInitiator } = boardSecrets(crypto, root)
  const conversation = context.conversationId({ from: "secret", secret: id })
  crypto.wipe(seed, ephemeral.secretKey, shared, root, id)

  const empty = begin(self.participant, participant, toResponder, toInitiator)
  const listen = { kind: "listen" as const, add: [{ topic: toInitiator.topic }], drop: [] }
  const keys = concat(offer, ephemeral.publicKey)
  const carry = (body: Uint8Array) => ({
    kind: "carry" as const,
    to: participant,
    parcel: { type: boardType, kind: "invite" as const, body },
  })
  if (content === undefined) return { kind: "next", conversation, patch: empty, effects: [listen, carry(keys)] }
  const frame = { kind: "entry" as const, lamport: 1, sentAtMs: nowMs, content }
  const { payload, lane, wipe } = seal(context, conversation, empty.out, frame)
  const message = entryId(context, conversation, self.participant, empty.out.next)
  return {
    kind: "next",
    conversation,
    patch: { ...empty, out: lane, lamport: 1 },
    effects: [
      listen,
      { kind: "sent", message, lamport: 1, sentAtMs: nowMs },
      { ...carry(concat(keys, payload)), message },
    ],
    wipe,
  }
}

/** Here the resident has already put the root in the place of the keys. */
function accept(from: Participant, invite: Uint8Array, context: StartContext): BoardStarted {
  const { crypto, self } = context
  if (invite.length < keyBytes) return { kind: "refused", code: "INVITE_MALFORMED" }
  const { id, toResponder, toInitiator } = boardSecrets(crypto, invite.subarray(0, keyBytes))
  const conversation = context.conversationId({ from: "secret", secret: id })
  crypto.wipe(id)
  const empty = begin(self.participant, from, toInitiator, toResponder)
  const listen = { kind: "listen" as const, add: [{ topic: toResponder.topic }], drop: [] }
  const payload = invite.subarray(keyBytes)
  if (payload.length === 0) return { kind: "next", conversation, patch: empty, effects: [listen] }
  const opened = open(context, conversation, empty.in, payload)
  if (opened.kind !== "opened") return { kind: "refused", code: opened.code }
  if (opened.frame.kind !== "entry") return { kind: "refused", code: "INVITE_MALFORMED" }
  const { lamport, sentAtMs, content } = opened.frame
  const message = entryId(context, conversation, from, empty.in.next)
  return {
    kind: "next",
    conversation,
    patch: { ...empty, in: opened.lane, lamport },
    effects: [listen, { kind: "deliver", message, from, lamport, sentAtMs, content }],
    wipe: opened.wipe,
  }
}

function begin(self: Participant, peer: Participant, out: Omit<Lane, "next">, into: Omit<Lane, "next">) {
  const patch = { board: { self, peer }, out: { ...out, next: 0 }, in: { ...into, next: 0 }, lamport: 0 }
  return patch satisfies Initial<typeof boardState>
}

function say(state: BoardState, content: Uint8Array, context: ConversationContext): BoardOutcome {
  if (content.length > contentBytesMax) return { kind: "refused", code: "CONTENT_TOO_LONG" }
  const { board, out } = state
  const lamport = state.lamport + 1
  const sentAtMs = context.nowMs
  const { payload, lane, wipe } = seal(context, context.conversation, out, {
    kind: "entry",
    lamport,
    sentAtMs,
    content,
  })
  const message = entryId(context, context.conversation, board.self, out.next)
  return {
    kind: "next",
    patch: { out: lane, lamport },
    effects: [
      { kind: "sent", message, lamport, sentAtMs },
      { kind: "publish", topic: out.topic, payload, message },
    ],
    wipe,
  }
}

/** A board that is full refuses the 1,001st note by itself: the client does not write more rows than the table declares. */
function command(
  { board, out, pins }: BoardState,
  input: CommandInput<BoardCommands>,
  context: ConversationContext,
): BoardOutcome {
  const publish = (frame: Parameters<typeof seal>[3]) => {
    const { payload, lane, wipe } = seal(context, context.conversation, out, frame)
    return { effect: { kind: "publish" as const, topic: out.topic, payload }, lane, wipe }
  }
  if (input.name === "pin") {
    const { text } = input.body
    if (text.length < 1 || text.length > textLengthMax) return { kind: "refused", code: "PIN_TOO_LONG" }
    const row = rowOf(board.self, out.next)
    const { effect, lane, wipe } = publish({ kind: "pin", text })
    return {
      kind: "next",
      patch: { out: lane, pins: new Map([[row, { by: board.self, text }]]) },
      effects: [effect, { kind: "notice", name: "pinned", body: { row, by: board.self, text } }],
      wipe,
    }
  }
  const { row } = input.body
  if (!pins.has(row)) return { kind: "refused", code: "PIN_UNKNOWN" }
  const { effect, lane, wipe } = publish({ kind: "unpin", row })
  return {
    kind: "next",
    patch: { out: lane, pins: new Map([[row, undefined]]) },
    effects: [effect, { kind: "notice", name: "unpinned", body: { row } }],
    wipe,
  }
}

function receive(state: BoardState, input: ReceiveInput, context: ConversationContext): BoardOutcome {
  const { board, pins } = state
  if (input.topic !== state.in.topic) return { kind: "refused", code: "TOPIC_FOREIGN" }
  const number = state.in.next
  const opened = open(context, context.conversation, state.in, input.payload)
  if (opened.kind !== "opened") return opened
  const { frame, lane, wipe } = opened
  const from = board.peer
  switch (frame.kind) {
    case "entry": {
      const { lamport, sentAtMs, content } = frame
      const message = entryId(context, context.conversation, from, number)
      return {
        kind: "next",
        patch: { in: lane, lamport: Math.max(state.lamport, lamport) },
        effects: [{ kind: "deliver", message, from, lamport, sentAtMs, content }],
        wipe,
      }
    }
    case "pin": {
      // Both may fill the last place at once. Whoever sees no room leaves the note out rather than stop listening.
      if (pins.size >= pinsMax) return { kind: "next", patch: { in: lane }, effects: [], wipe }
      const row = rowOf(from, number)
      const { text } = frame
      return {
        kind: "next",
        patch: { in: lane, pins: new Map([[row, { by: from, text }]]) },
        effects: [{ kind: "notice", name: "pinned", body: { row, by: from, text } }],
        wipe,
      }
    }
    case "unpin": {
      if (!pins.has(frame.row)) return { kind: "next", patch: { in: lane }, effects: [], wipe }
      return {
        kind: "next",
        patch: { in: lane, pins: new Map([[frame.row, undefined]]) },
        effects: [{ kind: "notice", name: "unpinned", body: { row: frame.row } }],
        wipe,
      }
    }
    case "unknown":
      return { kind: "next", patch: { in: lane }, effects: [{ kind: "unknown-frame", from, tag: frame.tag }], wipe }
  }
}

/** BO1-9: a row is named by whose note it is and the number of the payload that brought it: the same on both sides. */
function rowOf(by: Participant, number: number): string {
  return `${by.slice(0, 8)}-${number}`
}

/** BO1-8. */
function entryId({ crypto }: Context, conversation: ConversationId, by: Participant, number: number): MessageId {
  const parts = lengthPrefixed("example/BoardV1/entry", conversation, participantKey(by), String(number))
  return messageIdFromBytes(crypto.hash(parts, 16))
}
