import {
  cell,
  type Codec,
  ColloquyError,
  concat,
  type ConversationId,
  fromUtf8,
  lengthPrefixed,
  parseConversationId,
  parseTopic,
  type Participant,
  participantFromKey,
  participantKey,
  type Patch,
  type State,
  table,
  type Topic,
} from "@colloquy/core"
import {
  chainCodec,
  type Ratchet,
  ratchetRootCodec,
  type RatchetRoot,
  type Chain,
  skippedKeyCodec,
  skippedKeysMax,
} from "@colloquy/crypto"
import { sdsIdPrefix } from "@colloquy/reliability"

/** What never changes in a conversation. */
export interface Bond {
  readonly conversation: ConversationId
  readonly self: Participant
  readonly peer: Participant
  /** Where this account receives. */
  readonly ownTopic: Topic
  readonly peerTopic: Topic
  /** AD of what we send, and of what we receive, 32 bytes each. */
  readonly outgoing: Uint8Array
  readonly incoming: Uint8Array
  /** What message ids begin with; made again when the state is read. */
  readonly ownIdPrefix: Uint8Array
  readonly peerIdPrefix: Uint8Array
}

/** The place in the log. */
export interface Log {
  /** Of our next message. */
  readonly sequence: number
  /** The highest Lamport time that we have used, or heard as far as PV1-31 lets it count. */
  readonly lamport: number
  /** When the first skipped key may have to be erased. */
  readonly sweepAtMs: number | null
}

export const freshLog: Log = { sequence: 0, lamport: 0, sweepAtMs: null }

export function makeBond(bond: Omit<Bond, "ownIdPrefix" | "peerIdPrefix">): Bond {
  return {
    ...bond,
    ownIdPrefix: sdsIdPrefix(bond.conversation, bond.self),
    peerIdPrefix: sdsIdPrefix(bond.conversation, bond.peer),
  }
}

/** `ED of this account ‖ ED of the peer ‖ AD out ‖ AD in ‖ LP(conversation id) ‖ LP(own topic) ‖ LP(peer's topic)`. */
const bondCodec: Codec<Bond> = {
  version: 1,
  encode: ({ self, peer, outgoing, incoming, conversation, ownTopic, peerTopic }) =>
    concat(
      participantKey(self),
      participantKey(peer),
      outgoing,
      incoming,
      lengthPrefixed(conversation, ownTopic, peerTopic),
    ),
  decode(bytes, version) {
    const texts: string[] = []
    let at = 128
    while (at + 4 <= bytes.length) {
      const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true)
      const text = fromUtf8(bytes.subarray(at + 4, at + 4 + length))
      if (text === undefined || at + 4 + length > bytes.length) throw damaged()
      texts.push(text)
      at += 4 + length
    }
    const conversation = parseConversationId(texts[0] ?? "")?.id
    const ownTopic = parseTopic(texts[1] ?? "")?.topic
    const peerTopic = parseTopic(texts[2] ?? "")?.topic
    if (version !== 1 || at !== bytes.length || texts.length !== 3) throw damaged()
    if (conversation === undefined || ownTopic === undefined || peerTopic === undefined) throw damaged()
    return makeBond({
      self: participantFromKey(bytes.subarray(0, 32)),
      peer: participantFromKey(bytes.subarray(32, 64)),
      outgoing: bytes.slice(64, 96),
      incoming: bytes.slice(96, 128),
      conversation,
      ownTopic,
      peerTopic,
    })
  },
}

/** Three `LE64`: sequence, Lamport time, sweep (0 for none). */
const logCodec: Codec<Log> = {
  version: 1,
  encode({ sequence, lamport, sweepAtMs }) {
    const bytes = new Uint8Array(24)
    const view = new DataView(bytes.buffer)
    for (const [index, number] of [sequence, lamport, sweepAtMs ?? 0].entries()) {
      view.setUint32(8 * index, number % 0x1_0000_0000, true)
      view.setUint32(8 * index + 4, Math.floor(number / 0x1_0000_0000), true)
    }
    return bytes
  },
  decode(bytes, version) {
    if (version !== 1 || bytes.length !== 24) throw damaged()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const number = (index: number): number => {
      const value = view.getUint32(8 * index, true) + view.getUint32(8 * index + 4, true) * 0x1_0000_0000
      if (!Number.isSafeInteger(value)) throw damaged()
      return value
    }
    return { sequence: number(0), lamport: number(1), sweepAtMs: number(2) === 0 ? null : number(2) }
  },
}

/** One cell for what changes never, one for what changes with the turn, and small ones for what changes with each message. */
export const privateState = {
  bond: cell<Bond>(bondCodec),
  root: cell<RatchetRoot>(ratchetRootCodec),
  sending: cell<Chain | null>(chainCodec),
  receiving: cell<Chain | null>(chainCodec),
  log: cell<Log>(logCodec),
  skipped: table(skippedKeyCodec, skippedKeysMax),
}

export type PrivateShape = typeof privateState
export type PrivateState = State<PrivateShape>
export type PrivatePatch = Patch<PrivateShape>

/** The cells that make the ratchet, as the ratchet's functions take them. */
export function ratchetOf({ root, sending, receiving }: PrivateState): Ratchet {
  return { root, sending, receiving }
}

function damaged(): ColloquyError {
  return new ColloquyError("STATE_DAMAGED", "the state of a conversation is not what its codec wrote")
}
