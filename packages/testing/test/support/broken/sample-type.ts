import {
  type AnyConversationType,
  concat,
  type ConversationContext,
  defineConversationType,
  fromUtf8,
  type FrameTree,
  guaranteeNames,
  type Hint,
  idsFromSecret,
  inboxTopics,
  lengthPrefixed,
  type Machine,
  type Participant,
  participantFromKey,
  participantKey,
  type Resident,
  type Start,
  type StartContext,
  type Started,
  type Topic,
  toHex,
  type TypeId,
  utf8,
  type Vocabulary,
} from "@colloquy/core"
import { type Flaw, type Flaws } from "./flaws.js"
import { advance, found, isStatic, staticChains } from "./sample-keys.js"
import { routesOf, type SampleEffect, Session } from "./sample-session.js"
import { type Bond, type Chain, sampleResidentState, type SampleShape, sampleState, type Turn } from "./sample-state.js"

const typeId = "SampleV1" as TypeId
const keyBytes = 32
type SampleStarted = Started<SampleShape, SampleEffect>

/** What travels in an invite: the seed, the initiator's first key, the offer, who he says he is, and where he receives. */
interface Invite {
  readonly seed: Uint8Array
  readonly first: Uint8Array
  readonly offer: Uint8Array
  readonly claims: Participant
  readonly topic: Topic
}

/**
 * A small type that keeps every promise there is, with all the flaws that one may ask for. Two people; one chain of keys a turn; every chain from
 * the root before and the last key of each side, which travel inside payloads; acknowledgements at once.
 */
export function sampleType(...chosen: readonly Flaw[]): AnyConversationType {
  const flaws = new Set(chosen)
  return defineConversationType({
    specification: { title: "SAMPLE", document: "sample.md", version: 1 },
    encryption: { scheme: "sample", description: "X25519, BLAKE2b, ChaCha20-Poly1305" },
    frames: sampleFrames,
    contentTopics: inboxTopics,
    conversationIds: idsFromSecret(),
    membership: { participantsMin: 2, participantsMax: 2, admission: "an invite" },
    guarantees: guaranteeNames.map((name) => ({ name, scope: "always" })),
    channelBinding: "associated data",
    state: sampleState,
    conversation: machine(flaws),
    residentState: sampleResidentState,
    resident: resident(flaws),
  })
}

function machine(flaws: Flaws): Machine<SampleShape, Vocabulary, Vocabulary> {
  return {
    start: (input, context) => {
      if (input.kind === "create") return create(input, context, flaws)
      return input.kind === "accept" ? accept(input, context, flaws) : { kind: "refused", code: "NOT_SUPPORTED" }
    },
    step(state, input, context) {
      const session = new Session(context, flaws, context.conversation, state)
      if (input.kind === "send") session.say(input.content)
      else if (input.kind === "wake") session.sweep()
      else if (input.kind === "receive") {
        const code = session.receive(input.topic, input.hint, input.payload)
        if (code !== undefined) {
          if (code === "FORGED" && flaws.has("writes-on-refusal"))
            (state as { log: unknown }).log = { ...state.log, lamport: 7 }
          return { kind: "refused", code }
        }
      } else return { kind: "refused", code: "NOT_SUPPORTED" }
      return session.finish()
    },
    routes: (state, context) => routesOf(context, flaws, state),
    view: ({ bond }) => ({
      participants: [bond.self, bond.peer],
      carriesTo: [],
      can: { send: true },
      contentBytesMax: 16_000,
    }),
  }
}

function create(input: Extract<Start, { kind: "create" }>, context: StartContext, flaws: Flaws): SampleStarted {
  const { crypto, self } = context
  const [peer] = input.peers
  if (peer?.offer?.length !== keyBytes || peer.participant === self.participant)
    return { kind: "refused", code: "PEER" }
  const own = crypto.agreementKeyPair(context.random(keyBytes))
  const drawn = flaws.has("classical") ? crypto.agree(own.secretKey, peer.offer) : context.random(keyBytes)
  const founding = {
    seed: drawn ?? new Uint8Array(keyBytes),
    initiator: self.participant,
    responder: peer.participant,
    offer: peer.offer,
    first: own.publicKey,
  }
  const invite = {
    seed: flaws.has("classical") ? new Uint8Array(keyBytes) : founding.seed,
    first: own.publicKey,
    offer: peer.offer,
    claims: self.participant,
    topic: self.inboxTopic,
  }
  const body = encodeInvite(invite)
  const carry: SampleEffect = flaws.has("open-invite")
    ? { kind: "publish", topic: peer.inboxTopic, hint: openHint(peer.participant, context), payload: body }
    : { kind: "carry", to: peer.participant, parcel: { type: typeId, kind: "invite", body } }
  const bond = {
    self: self.participant,
    peer: peer.participant,
    initiator: true,
    ownTopic: self.inboxTopic,
    peerTopic: peer.inboxTopic,
  }
  const started = begin(bond, founding, { own, peer: peer.offer }, context, flaws, [carry])
  if (input.first === undefined || started.kind !== "next") return started
  const { conversation, patch } = started
  const state = { ...patch, receiving: patch.receiving ?? new Map(), skipped: new Map(), hoard: new Map() }
  const session = new Session(context, flaws, conversation, state as never)
  session.say(input.first.content)
  const said = session.finish()
  return {
    kind: "next",
    conversation,
    patch: {
      ...patch,
      ...said.patch,
      receiving: new Map([...(patch.receiving ?? []), ...(said.patch.receiving ?? [])]),
    },
    effects: [...started.effects, ...said.effects],
  } as SampleStarted
}

function accept(input: Extract<Start, { kind: "accept" }>, context: StartContext, flaws: Flaws): SampleStarted {
  const { crypto, self } = context
  const own = crypto.agreementKeyPair(input.invite.subarray(0, keyBytes))
  const invite = decodeInvite(input.invite.subarray(keyBytes))
  if (invite === undefined) return { kind: "refused", code: "INVITE" }
  const from = flaws.has("trusts-name") || flaws.has("open-invite") ? invite.claims : input.from
  const seed = flaws.has("classical") ? crypto.agree(own.secretKey, invite.first) : invite.seed
  const founding = {
    seed: seed ?? invite.seed,
    initiator: from,
    responder: self.participant,
    offer: invite.offer,
    first: invite.first,
  }
  const bond = {
    self: self.participant,
    peer: from,
    initiator: false,
    ownTopic: self.inboxTopic,
    peerTopic: invite.topic,
  }
  return begin(bond, founding, { own, peer: invite.first }, context, flaws, [])
}

function begin(
  people: Omit<Bond, "tag" | "seed">,
  founding: Parameters<typeof found>[2],
  keys: { readonly own: { secretKey: Uint8Array; publicKey: Uint8Array }; readonly peer: Uint8Array },
  context: StartContext,
  flaws: Flaws,
  effects: readonly SampleEffect[],
): SampleStarted {
  const { crypto } = context
  const { initiator } = people
  const step = found(crypto, flaws, founding)
  const conversation = context.conversationId({ from: "secret", secret: step.id })
  const bond = {
    ...people,
    tag: crypto.hash(utf8("tag"), 32, step.hints),
    seed: flaws.has("keeps-seed") ? founding.seed : null,
  }
  const first: Chain = { index: 0, key: step.chain, hintKey: step.hints, next: 0 }
  const { own, peer } = keys
  let turn: Turn = { root: step.root, own: own.secretKey, ownPublic: own.publicKey, peer, sending: null, previous: 0 }
  let receiving: readonly Chain[] = [first]
  if (isStatic(flaws)) {
    const [mine, theirs] = initiator ? [0, 1] : [1, 0]
    const chains = staticChains(context, flaws, step, people.peer)
    turn = { ...turn, sending: chains[mine as 0 | 1] }
    receiving = [chains[theirs as 0 | 1]]
  } else if (initiator) {
    const answer = advance(crypto, flaws, step.root, own.secretKey, peer)
    turn = { ...turn, root: answer.root, sending: first }
    receiving = [{ index: 1, key: answer.chain, hintKey: answer.hints, next: 0 }]
  }
  const rows = new Map(receiving.map((chain) => [String(chain.index), chain]))
  const log = { sequence: 0, lamport: 0, heard: 0, besides: [], unacknowledged: [] }
  const add = routesOf(context, flaws, { bond, receiving: rows, skipped: new Map() })
  return {
    kind: "next",
    conversation,
    patch: { bond, turn, log, receiving: rows },
    effects: [{ kind: "listen", add, drop: [] }, ...effects],
  }
}

function resident(flaws: Flaws): Resident<typeof sampleResidentState> {
  return {
    carries: false,
    start: (context) => ({
      kind: "next",
      conversation: context.conversationId({ from: "secret", secret: context.random(keyBytes) }),
      patch: {},
      effects: flaws.has("open-invite")
        ? [
            {
              kind: "listen",
              add: [{ topic: context.self.inboxTopic, hint: openHint(context.self.participant, context) }],
              drop: [],
            },
          ]
        : [],
    }),
    step(state, input, context) {
      if (input.kind === "offer") {
        const seed = context.random(keyBytes)
        const { publicKey } = context.crypto.agreementKeyPair(seed)
        const offers = new Map([[toHex(publicKey), { seed, expiresAtMs: input.expiresAtMs }]])
        return { kind: "next", patch: { offers }, effects: [{ kind: "offered", offer: publicKey }] }
      }
      if (input.kind === "introduced") return { kind: "next", patch: {}, effects: [] }
      const body = input.kind === "parcel" ? input.parcel.body : input.kind === "receive" ? input.payload : undefined
      const invite = body && decodeInvite(body)
      if (body === undefined || invite === undefined) return { kind: "refused", code: "INVITE" }
      if (input.kind === "receive" && !flaws.has("open-invite")) return { kind: "refused", code: "INVITE" }
      const row = toHex(invite.offer)
      const offer = state.offers.get(row)
      const isGood = offer !== undefined && (flaws.has("reuses-offers") || offer.expiresAtMs > context.nowMs)
      if (!isGood && !flaws.has("open-invite")) return { kind: "refused", code: "OFFER" }
      const from = input.kind === "parcel" ? input.from : invite.claims
      const secret = offer?.seed ?? new Uint8Array(keyBytes)
      return {
        kind: "next",
        patch: flaws.has("reuses-offers") ? {} : { offers: new Map([[row, undefined]]) },
        effects: [{ kind: "begin", from, invite: concat(secret, body) }],
      }
    },
    routes: (_, context) =>
      flaws.has("open-invite")
        ? [{ topic: context.self.inboxTopic, hint: openHint(context.self.participant, context) }]
        : [],
  }
}

function encodeInvite({ seed, first, offer, claims, topic }: Invite): Uint8Array {
  return concat(seed, first, offer, participantKey(claims), utf8(topic))
}

function decodeInvite(bytes: Uint8Array): Invite | undefined {
  const topic = fromUtf8(bytes.subarray(4 * keyBytes))
  if (bytes.length < 4 * keyBytes || topic === undefined || !inboxTopics.permits(topic as Topic)) return undefined
  const [seed, first, offer, claims] = [0, 1, 2, 3].map((i) => bytes.slice(i * keyBytes, (i + 1) * keyBytes)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  return { seed, first, offer, claims: participantFromKey(claims), topic: topic as Topic }
}

function openHint(participant: Participant, { crypto }: Pick<ConversationContext, "crypto">): Hint {
  return crypto.hash(lengthPrefixed("sample/open", participantKey(participant)), 16) as Hint
}

const sampleFrames: FrameTree<Uint8Array> = {
  root: { name: "Sample", description: "bytes", fields: [], children: [] },
  encoding: "bytes (canonical)",
  bytesMax: 65_536,
  encode: (frame) => frame,
  decode: (bytes) => (bytes.length === 0 ? { kind: "refused", code: "FRAME_EMPTY" } : { kind: "frame", frame: bytes }),
}
