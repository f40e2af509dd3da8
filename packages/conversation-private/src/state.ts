import {
  cell,
  type Codec,
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
  StateReader,
  stateDamaged,
  le64,
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
import { compactPieces, freshLink, sdsIdPrefix, segmentPieces } from "@colloquy/reliability"
import { type Introductions, introductionsCodec, noIntroductions } from "./introductions-state.js"
import { type OldSession, oldSessionCodec, type Session, sessionCodec } from "./session.js"

/** What never changes in a session, and but for AD never in a conversation. */
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
      if (text === undefined || at + 4 + length > bytes.length) throw stateDamaged()
      texts.push(text)
      at += 4 + length
    }
    const conversation = parseConversationId(texts[0] ?? "")?.id
    const ownTopic = parseTopic(texts[1] ?? "")?.topic
    const peerTopic = parseTopic(texts[2] ?? "")?.topic
    if (version !== 1 || at !== bytes.length || texts.length !== 3) throw stateDamaged()
    if (conversation === undefined || ownTopic === undefined || peerTopic === undefined) throw stateDamaged()
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

/** `LE64`; no bytes for none. */
const timeCodec: Codec<number | null> = {
  version: 1,
  encode: (timeMs) => (timeMs === null ? new Uint8Array(0) : le64(timeMs)),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const timeMs = reader.isDone ? null : reader.le64()
    reader.end()
    return timeMs
  },
}

/** A payload of ours that stands where the peer always listens, to be published again as it is. */
export interface Beacon {
  readonly hint: Uint8Array
  readonly payload: Uint8Array
}

/** `hint ‖ payload`; no bytes for none. */
const beaconCodec: Codec<Beacon | null> = {
  version: 1,
  encode: (beacon) => (beacon === null ? new Uint8Array(0) : concat(beacon.hint, beacon.payload)),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    return reader.isDone ? null : { hint: reader.take(16), payload: bytes.slice(16) }
  },
}

/**
 * One cell for what changes with a session, one for what changes with the turn, and small ones for what changes with each message. The rest
 * is there for bad days.
 */
export const privateState = {
  bond: cell<Bond>(bondCodec),
  root: cell<RatchetRoot>(ratchetRootCodec),
  sending: cell<Chain | null>(chainCodec),
  receiving: cell<Chain | null>(chainCodec),
  skipped: table(skippedKeyCodec, skippedKeysMax),
  ...compactPieces,
  ...segmentPieces,
  session: cell<Session>(sessionCodec),
  old: cell<OldSession | null>(oldSessionCodec),
  oldSkipped: table(skippedKeyCodec, skippedKeysMax),
  introductions: cell<Introductions>(introductionsCodec),
  beacon: cell<Beacon | null>(beaconCodec),
  /** When the first skipped key, or half-finished message, may have to be erased. */
  sweepAtMs: cell<number | null>(timeCodec),
}

/** What a conversation starts with besides its ratchet, its bond and its session. */
export const freshPieces = {
  link: freshLink,
  old: null,
  introductions: noIntroductions,
  beacon: null,
  sweepAtMs: null,
} as const

export type PrivateShape = typeof privateState
export type PrivateState = State<PrivateShape>
export type PrivatePatch = Patch<PrivateShape>

/** A patch under construction. */
export type Draft = { -readonly [K in keyof PrivatePatch]: PrivatePatch[K] }

/** The cells that make the ratchet, as the ratchet's functions take them. */
export function ratchetOf({ root, sending, receiving }: PrivateState): Ratchet {
  return { root, sending, receiving }
}

/** The state as a patch leaves it. Copies tables that the patch changes: for the rare steps that go on from there. */
export function patched(state: PrivateState, patch: PrivatePatch): PrivateState {
  const result: Record<string, unknown> = { ...state }
  for (const [name, change] of Object.entries(patch))
    if (!(change instanceof Map)) result[name] = change
    else {
      const rows = new Map<string, unknown>(result[name] as ReadonlyMap<string, unknown>)
      for (const [row, value] of change)
        if (value === undefined) rows.delete(row as string)
        else rows.set(row as string, value)
      result[name] = rows
    }
  return result as unknown as PrivateState
}

/** One patch for two steps in a row. */
export function joined(first: PrivatePatch, second: PrivatePatch): PrivatePatch {
  const result: Record<string, unknown> = { ...first }
  for (const [name, change] of Object.entries(second)) {
    const before = result[name]
    result[name] = change instanceof Map && before instanceof Map ? new Map([...before, ...change]) : change
  }
  return result as PrivatePatch
}
