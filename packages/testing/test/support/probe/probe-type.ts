import {
  type AnyConversationType,
  type Codec,
  type ConversationContext,
  type ConversationId,
  defineConversationType,
  type DeliverEffect,
  type Effect,
  equalBytes,
  fromUtf8,
  type FrameTree,
  type Guarantee,
  type Input,
  lengthPrefixed,
  type Machine,
  messageIdFromBytes,
  type Outcome,
  parseParticipant,
  type Participant,
  participantKey,
  type Patch,
  printTopic,
  type ReceiveInput,
  type Start,
  type StartContext,
  type Started,
  type Topic,
  type TypeId,
  utf8,
} from "@colloquy/core"
import { plainCodec } from "../broken/plain-codec.js"
import type { ProbeFlaw } from "./probe-flaws.js"
import { probeFrame, type ProbeFrame, probeFrames } from "./probe-frames.js"
import { type Ends, laneKey, openPayload, sealFrame } from "./probe-payload.js"
import { probeIds, probeTopics } from "./probe-policies.js"
import { type Lane, probeState, type ProbeShape, type ProbeState, rowsMax } from "./probe-state.js"

const seedBytes = 32
const contentBytesMax = 1000
const textCodec: Codec<string> = { version: 1, encode: utf8, decode: (bytes) => fromUtf8(bytes) ?? "" }
const words = { ping: textCodec }

type Words = typeof words
type ProbeEffect = Effect<Words>
type ProbeOutcome = Outcome<Patch<ProbeShape>, ProbeEffect>

const guarantees: readonly Guarantee[] = [{ name: "ordering", scope: "each message has one place" }]

interface Kept {
  readonly peer: Participant
  readonly out: Lane
  readonly in: Lane
}
const kept = plainCodec<Kept>()

function readKept(backup: Uint8Array): Kept | undefined {
  try {
    const saved = kept.decode(backup, 1)
    parseParticipant(saved.peer)
    const isLane = ({ topic, key, next, lamport }: Lane): boolean =>
      probeTopics(undefined).permits(topic) &&
      key.length === 32 &&
      Number.isSafeInteger(next) &&
      Number.isSafeInteger(lamport)
    return isLane(saved.in) && isLane(saved.out) && equalBytes(kept.encode(saved), backup) ? saved : undefined
  } catch {
    return undefined
  }
}

/** A small type that keeps every rule of structure, or breaks the one that is named. */
export function probeType(flaw?: ProbeFlaw, title = "PROBE"): AnyConversationType {
  const frames = probeFrames(flaw)
  const id = `${title.charAt(0)}${title.slice(1).toLowerCase()}V1` as TypeId
  return defineConversationType({
    specification: { title, document: `${title.toLowerCase()}-v1.md`, version: 1 },
    encryption: { scheme: "XChaCha20-Poly1305", description: "one key a direction, from a seed in the invite" },
    frames,
    contentTopics: probeTopics(flaw),
    conversationIds: probeIds(flaw),
    membership: { participantsMin: 2, participantsMax: 2, admission: "whoever is invited" },
    guarantees,
    channelBinding: "conversation, topic, people and number",
    commands: words,
    notices: words,
    state: probeState(flaw),
    conversation: new ProbeMachine(flaw, frames, id),
  }) as AnyConversationType
}

class ProbeMachine implements Machine<ProbeShape, Words, Words> {
  readonly #flaw: ProbeFlaw | undefined
  readonly #frames: FrameTree<ProbeFrame>
  readonly #id: TypeId
  #memory = 0
  readonly #keys = new Map<Participant, Lane>()

  constructor(flaw: ProbeFlaw | undefined, frames: FrameTree<ProbeFrame>, id: TypeId) {
    this.#flaw = flaw
    this.#frames = frames
    this.#id = id
  }

  start(input: Start, context: StartContext): Started<ProbeShape, ProbeEffect> {
    if (input.kind === "restore") return this.#restore(input.conversation, input.backup, context)
    if (input.kind === "accept") {
      if (this.#flaw !== "fragile-parcels" && input.invite.length !== seedBytes)
        return { kind: "refused", code: "INVITE_BAD" }
      return this.#begin(context, input.invite, input.from, input.from)
    }
    const [peer] = input.peers
    if (peer === undefined || input.peers.length > 1) return { kind: "refused", code: "PEERS_NOT_ONE" }
    const seed = context.random(seedBytes)
    const begun = this.#begin(context, seed, context.self.participant, peer.participant)
    if (begun.kind === "refused") return begun
    const parcel = { type: this.#id, kind: "invite" as const, body: seed }
    return { ...begun, effects: [...begun.effects, { kind: "carry", to: peer.participant, parcel }] }
  }

  step(state: ProbeState, input: Input<Words>, context: ConversationContext): ProbeOutcome {
    switch (input.kind) {
      case "send":
        return this.#send(state, input.content, context)
      case "command": {
        const frame = probeFrame({ case: "ping", value: { word: input.body, numbers: [1, 300] } })
        return this.#say(state, frame, context, [])
      }
      case "receive":
        return this.#receive(state, input, context)
      case "wake":
        if (this.#flaw === "throws-when-woken") throw new Error("let me sleep")
        return { kind: "next", patch: {}, effects: [], ...this.#deadline(context) }
      default:
        return { kind: "refused", code: "NOT_SUPPORTED" }
    }
  }

  routes(state: ProbeState): { topic: Topic }[] {
    return this.#flaw === "forgotten-routes" ? [] : [{ topic: state.in.topic }]
  }

  view({ bond }: ProbeState) {
    return {
      participants: this.#flaw === "lying-view" ? [bond.self] : [bond.self, bond.peer],
      carriesTo: [],
      can: { send: true },
      contentBytesMax: this.#flaw === "lying-length" ? contentBytesMax / 2 : contentBytesMax,
    }
  }

  /** It has a key that never changes, so a backup may keep it. */
  backup({ bond, out, in: into }: ProbeState): Uint8Array {
    return kept.encode({ peer: bond.peer, out: { ...out, next: out.next + 1000 }, in: into })
  }

  #restore(conversation: ConversationId, backup: Uint8Array, context: StartContext): Started<ProbeShape, ProbeEffect> {
    const saved = this.#flaw === "careless-backup" ? kept.decode(backup, 1) : readKept(backup)
    if (saved === undefined) return { kind: "refused", code: "BACKUP_BAD" }
    const bond = { conversation, self: context.self.participant, peer: saved.peer }
    const listen = { kind: "listen" as const, add: [{ topic: saved.in.topic }], drop: [] }
    return { kind: "next", conversation, patch: { bond, out: saved.out, in: saved.in }, effects: [listen] }
  }

  #begin(
    context: StartContext,
    seed: Uint8Array,
    initiator: Participant,
    other: Participant,
  ): Started<ProbeShape, ProbeEffect> {
    const { crypto, self } = context
    const isAccept = other === initiator
    const [peer, responder] = [other, isAccept ? self.participant : other]
    const discriminator = crypto.hash(utf8(this.#flaw === "two-ids" && isAccept ? "other" : "id"), 16, seed)
    const conversation = context.conversationId({
      from: "participants",
      participants: [initiator, responder],
      discriminator,
    })
    const topics = probeTopics(this.#flaw)
    const lane = (from: Participant, to: Participant): Lane => ({
      topic: topics.topicOf(crypto.hash(lengthPrefixed("topic", participantKey(from)), 32, seed), crypto),
      key: laneKey(context, this.#flaw, seed, from, to),
      next: 0,
      lamport: 0,
    })
    const patch = {
      bond: { conversation, self: self.participant, peer },
      out: lane(self.participant, peer),
      in: lane(peer, self.participant),
    }
    return {
      kind: "next",
      conversation,
      patch,
      effects: [{ kind: "listen", add: [{ topic: patch.in.topic }], drop: [] }],
      ...this.#deadline(context),
    }
  }

  #send(state: ProbeState, content: Uint8Array, context: ConversationContext): ProbeOutcome {
    if (content.length > contentBytesMax) return { kind: "refused", code: "CONTENT_TOO_LONG" }
    const lamport = this.#lamport(state)
    const sentAtMs = context.nowMs
    const message = this.#message(context, state.bond.self, state.out.next)
    const value = { content, lamport: BigInt(lamport), sentAtMs: BigInt(sentAtMs) }
    const sent = { kind: "sent" as const, message, lamport, sentAtMs }
    return this.#say({ ...state, out: { ...state.out, lamport } }, probeFrame({ case: "note", value }), context, [sent])
  }

  #say(
    { bond, out }: ProbeState,
    frame: ProbeFrame,
    context: ConversationContext,
    effects: readonly ProbeEffect[],
  ): ProbeOutcome {
    const ends: Ends = { conversation: context.conversation, from: bond.self, to: bond.peer }
    // The key of the payload before, from memory: what the state says is not asked.
    const remembered = this.#flaw === "remembered-key" ? (this.#keys.get(ends.from) ?? out) : out
    const payload = sealFrame(context, this.#flaw, this.#frames, ends, { ...out, key: remembered.key }, frame)
    this.#keys.set(ends.from, { ...out, key: context.crypto.hash(out.key, 32) })
    const elsewhere = printTopic({ application: "elsewhere", version: "1", name: "x", encoding: "raw" })
    const topic = this.#flaw === "undeclared-topic" ? elsewhere : out.topic
    const next = { ...out, next: out.next + 1 }
    return {
      kind: "next",
      patch: { out: next },
      effects: [...effects, { kind: "publish", topic, payload }],
      ...(this.#flaw === "wipes-state" ? { wipe: [next.key] } : {}),
      ...this.#deadline(context),
    }
  }

  #receive(state: ProbeState, input: ReceiveInput, context: ConversationContext): ProbeOutcome {
    const { bond } = state
    const { payload, topic } = input
    if (this.#flaw === "writes-state") state.in.next += 1
    if (topic !== state.in.topic && this.#flaw !== "topic-blind") return { kind: "refused", code: "TOPIC_FOREIGN" }
    const ends: Ends = { conversation: context.conversation, from: bond.peer, to: bond.self }
    const lane = state.in
    if (this.#flaw === "short-is-fine" && payload.length < 40)
      return { kind: "next", patch: { in: { ...lane, lamport: lane.lamport + 1 } }, effects: [] }
    const opened = openPayload(context, this.#flaw, ends, lane, topic, payload)
    if (this.#flaw === "writes-input") payload.fill(0)
    if (opened.kind !== "opened" && this.#flaw === "takes-anything")
      return { kind: "next", patch: {}, effects: [this.#deliver(context, bond.peer, lane.next, 1, payload)] }
    if (opened.kind !== "opened") return opened
    const decoded = this.#frames.decode(opened.bytes)
    if (decoded.kind === "refused") return decoded
    const after: Lane = { ...lane, next: Math.max(lane.next, opened.number + 1) }
    const patch: Patch<ProbeShape> = { in: after }
    if (decoded.kind === "unknown") {
      const effect = { kind: "unknown-frame" as const, from: bond.peer, tag: decoded.tag }
      return { kind: "next", patch, effects: this.#flaw === "silent-about-unknown" ? [] : [effect] }
    }
    const { frame } = decoded.frame
    if (frame.case === "ping") {
      const row = String(this.#flaw === "overfull" ? opened.number : opened.number % rowsMax)
      const notice = { kind: "notice" as const, name: "ping" as const, body: frame.value.word }
      return { kind: "next", patch: { ...patch, words: new Map([[row, frame.value.word]]) }, effects: [notice] }
    }
    const { content } = frame.value
    const lamport = Number(frame.value.lamport)
    const effects = [this.#deliver(context, bond.peer, opened.number, lamport, content)]
    for (let missing = lane.next; missing < opened.number; missing++)
      effects.push(this.#deliver(context, bond.peer, missing, lamport, utf8("surely something nice")))
    return {
      kind: "next",
      patch: { in: { ...after, lamport: Math.max(lane.lamport, lamport) } },
      effects,
      ...this.#deadline(context),
    }
  }

  #deliver(
    context: ConversationContext,
    from: Participant,
    number: number,
    lamport: number,
    content: Uint8Array,
  ): DeliverEffect {
    const place = this.#flaw === "hidden-memory" ? lamport + this.#memory++ : lamport
    const sentAtMs = this.#flaw === "own-clock" ? 3_600_000 * Math.floor(Date.now() / 3_600_000) : context.nowMs
    const message = this.#message(context, from, this.#flaw === "takes-twice" ? number + 1000 * this.#memory++ : number)
    return { kind: "deliver", message, from, lamport: place, sentAtMs, content }
  }

  #message({ crypto, conversation }: ConversationContext, from: Participant, number: number) {
    return messageIdFromBytes(crypto.hash(lengthPrefixed(conversation, from, String(number)), 16))
  }

  #lamport({ out, in: into }: ProbeState): number {
    return Math.max(out.lamport, into.lamport) + 1
  }

  #deadline({ nowMs }: { readonly nowMs: number }): { readonly wakeAtMs?: number } {
    if (this.#flaw === "restless") return { wakeAtMs: nowMs }
    return this.#flaw === "throws-when-woken" ? { wakeAtMs: nowMs + 1000 } : {}
  }
}
