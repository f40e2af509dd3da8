import {
  bytesCodec,
  cell,
  type Context,
  type ConversationContext,
  defineConversationType,
  type FrameTree,
  type Hint,
  idsFromSecret,
  inboxTopics,
  le32,
  type Machine,
  type Outcome,
  type Participant,
  participantFromKey,
  type Patch,
  type Resident,
  type ResidentEffect,
  type ResidentInput,
  type Route,
  utf8,
} from "@colloquy/core"

/** How many hints a conversation of the crowd expects: PrivateV1 expects 11 to 28 when it is idle. */
const hintsEach = 24
/** How many of the first conversations payloads come for. */
export const hotMax = 10
/** How many begin in one step. */
export const begunAtOnce = 250
/** As many cells as an idle conversation of PrivateV1 has records, and as many bytes. */
const cellBytes = 110
const seedBytes = 32

/** Any bytes: none are ever made. */
const frames: FrameTree<Uint8Array> = {
  root: { name: "Crowd", description: "bytes", fields: [], children: [] },
  encoding: "raw",
  bytesMax: 1,
  encode: (frame) => frame,
  decode: (bytes) => ({ kind: "frame", frame: bytes }),
}

const fill = cell(bytesCodec)
const state = {
  seed: cell(bytesCodec),
  a: fill,
  b: fill,
  c: fill,
  d: fill,
  e: fill,
  f: fill,
  g: fill,
  h: fill,
  i: fill,
}
const residentState = { seed: cell(bytesCodec) }

/** Everyone in the crowd has a peer of his own, made from the seed. */
function peerOf(seed: Uint8Array, { crypto }: Context): Participant {
  return participantFromKey(crypto.hash(seed, 32, utf8("peer")))
}

/** The hints of a conversation that was begun from a seed. */
export function crowdHint(seed: Uint8Array, number: number, { crypto }: Pick<Context, "crypto">): Hint {
  return crypto.hash(le32(number), 16, seed) as Hint
}

/** Who is in the conversation that was begun from a seed. */
export function crowdParticipant(seed: Uint8Array): Participant {
  return participantFromKey(seed)
}

/** The seed of conversation `number` of a crowd. */
export function crowdSeed(number: number): Uint8Array {
  const seed = new Uint8Array(seedBytes).fill(7)
  seed.set(le32(number))
  return seed
}

function routes(seed: Uint8Array, context: Context): Route[] {
  const topic = context.self.inboxTopic
  return Array.from({ length: hintsEach }, (_, number) => ({ topic, hint: crowdHint(seed, number, context) }))
}

const machine: Machine<typeof state, Record<never, never>, Record<never, never>> = {
  start(input, context) {
    if (input.kind !== "accept") return { kind: "refused", code: "NOT_SUPPORTED" }
    const seed = input.invite.slice()
    const some = (): Uint8Array => context.random(cellBytes)
    return {
      kind: "next",
      conversation: context.conversationId({ from: "secret", secret: seed }),
      patch: {
        seed,
        a: some(),
        b: some(),
        c: some(),
        d: some(),
        e: some(),
        f: some(),
        g: some(),
        h: some(),
        i: some(),
      },
      effects: [{ kind: "listen", add: routes(seed, context), drop: [] }],
    }
  },
  step: () => ({ kind: "refused", code: "CROWD_SILENT" }),
  routes: ({ seed }, context: ConversationContext) => routes(seed, context),
  view: ({ seed }) => ({
    participants: [crowdParticipant(seed)],
    carriesTo: [],
    can: { send: false },
    contentBytesMax: 0,
  }),
}

/** Whenever it is asked for an offer, some more conversations begin. */
const resident: Resident<typeof residentState> = {
  carries: false,
  start(context) {
    const seed = crowdSeed(0xffff_ffff)
    return {
      kind: "next",
      conversation: context.conversationId({ from: "secret", secret: seed }),
      patch: { seed },
      effects: [],
    }
  },
  step(current, input: ResidentInput, context): Outcome<Patch<typeof residentState>, ResidentEffect> {
    if (input.kind === "introduced") return { kind: "next", patch: {}, effects: [] }
    if (input.kind !== "offer") return { kind: "refused", code: "NOT_SUPPORTED" }
    const begun = new DataView(current.seed.buffer, current.seed.byteOffset).getUint32(0, true)
    const first = begun === 0xffff_ffff ? 0 : begun
    const effects = Array.from({ length: begunAtOnce }, (_, i): ResidentEffect => {
      const seed = crowdSeed(first + i)
      return { kind: "begin", from: peerOf(seed, context), invite: seed }
    })
    return {
      kind: "next",
      patch: { seed: crowdSeed(first + begunAtOnce) },
      effects: [{ kind: "offered", offer: new Uint8Array(1) }, ...effects],
    }
  },
  routes: () => [],
}

/**
 * A conversation that is as heavy as PrivateV1's in records, bytes and hints, and says nothing. Its resident begins many at once whenever it is
 * asked for an offer, so that a store with a crowd is written by the client itself in a minute.
 */
export const CrowdV1 = defineConversationType({
  specification: { title: "CROWD", document: "crowd-v1.md", version: 1 },
  encryption: { scheme: "none", consequences: "there is nothing to encrypt: it only takes room" },
  frames,
  contentTopics: inboxTopics,
  conversationIds: idsFromSecret(),
  commands: {},
  notices: {},
  state,
  conversation: machine,
  residentState,
  resident,
})
