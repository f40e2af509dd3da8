import {
  cell,
  type Codec,
  concat,
  le64,
  lengthPrefixed,
  type Participant,
  participantFromKey,
  participantKey,
  parseTopic,
  type Patch,
  type State,
  table,
  type Topic,
  StateReader,
  stateDamaged,
} from "@colloquy/core"
import { keyBytes } from "./frames.js"

/** CH1-4. */
export const readersMax = 1000
/** CH1-12: so many epochs are followed at once, the oldest give way. */
export const epochsMax = 8
/** CH1-13. */
export const skippedMax = 1024
/** CH1-11: of each lane so many numbers are expected ahead, and as many behind are still taken. */
export const laneWindow = 8

export type Standing = "open" | "closed" | "removed" | "left"

/** What never changes. */
interface Founding {
  readonly self: Participant
  readonly author: Participant
  /** 32 bytes, with the author alone. */
  readonly root: Uint8Array
}

/** What does now and then. */
interface Sign {
  readonly standing: Standing
  readonly name: string
  /** The number of the post that gave the name, for readers. */
  readonly namedAt: number
}

/** The author's own epoch. */
export interface Current {
  readonly epoch: number
  readonly first: number
  readonly next: number
  readonly chain: Uint8Array
  readonly place: Uint8Array
  readonly signingSeed: Uint8Array
}

/** An epoch that a reader follows. */
export interface Followed {
  readonly epoch: number
  readonly topic: Topic
  readonly maskKey: Uint8Array
  readonly verifyKey: Uint8Array
  readonly first: number
  readonly next: number
  readonly chain: Uint8Array
  /** The first number that is not the epoch's any more, once that is known. */
  readonly end: number | undefined
  /** Numbers below were said to be missing, or have come. */
  readonly told: number
  /** Until when it is followed; `undefined` for the newest. */
  readonly untilMs: number | undefined
}

/** The key of a post that was passed over. */
export interface Skipped {
  readonly key: Uint8Array
  readonly untilMs: number
}

/** The sending end of a lane. */
export interface LaneEnd {
  readonly chain: Uint8Array
  readonly next: number
}

/** A reader, as the author sees him. */
export interface Reader {
  readonly joined: boolean
  /** Where he receives. */
  readonly topic: Topic
  readonly out: LaneEnd
  readonly in: LaneEnd
  /** He has what was under numbers below. */
  readonly acknowledged: number
  /** The newest epoch that was put on his lane, or in his invite. */
  readonly given: number
  /** What was put there last, for as long as he may not have it. */
  readonly pending: Pending | undefined
}
/** A payload on a lane that may not have arrived. */
export interface Pending {
  readonly payload: Uint8Array
  /** 16 bytes. */
  readonly hint: Uint8Array
  readonly againAtMs: number
  readonly times: number
}

/** A reader's own end of his lane. */
export interface OwnLane {
  readonly authorTopic: Topic
  /** Tells one invite from another: 16 bytes. */
  readonly digest: Uint8Array
  readonly out: LaneEnd
  readonly in: LaneEnd
  /** An answer, as soon as the conversation is allowed. */
  readonly owes: boolean
  /** The newest answer, for as long as it is published again. */
  readonly pending: Pending | undefined
}

/** What is expected on a lane, by its hint: the key of a number (CH1-11). */
export interface Awaited {
  readonly from: Participant
  readonly number: number
  readonly key: Uint8Array
}

const standings: readonly Standing[] = ["open", "closed", "removed", "left"]

const foundingCodec: Codec<Founding> = {
  version: 1,
  encode: ({ self, author, root }) => concat(participantKey(self), participantKey(author), lengthPrefixed(root)),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const [self, author] = [participantFromKey(reader.take(32)), participantFromKey(reader.take(32))]
    return reader.done({ self, author, root: reader.prefixed() })
  },
}

const signCodec: Codec<Sign> = {
  version: 1,
  encode: ({ standing, name, namedAt }) =>
    concat(Uint8Array.of(standings.indexOf(standing)), lengthPrefixed(name), le64(namedAt)),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const standing = standings[reader.take(1)[0] as number]
    if (standing === undefined) throw stateDamaged()
    return reader.done({ standing, name: reader.text(), namedAt: reader.le64() })
  },
}

const currentCodec: Codec<Current> = {
  version: 1,
  encode: ({ epoch, first, next, chain, place, signingSeed }) =>
    concat(le64(epoch), le64(first), le64(next), chain, place, signingSeed),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const [epoch, first, next] = [reader.le64(), reader.le64(), reader.le64()]
    const [chain, place, signingSeed] = [reader.take(keyBytes), reader.take(keyBytes), reader.take(keyBytes)]
    return reader.done({ epoch, first, next, chain, place, signingSeed })
  },
}

const followedCodec: Codec<Followed> = {
  version: 1,
  encode: ({ epoch, first, next, told, end, untilMs, chain, maskKey, verifyKey, topic }) =>
    concat(
      ...[epoch, first, next, told, orZero(end), orZero(untilMs)].map(le64),
      chain,
      maskKey,
      verifyKey,
      lengthPrefixed(topic),
    ),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const [epoch, first, next, told] = [reader.le64(), reader.le64(), reader.le64(), reader.le64()]
    const [end, untilMs] = [orUndefined(reader.le64()), orUndefined(reader.le64())]
    const [chain, maskKey, verifyKey] = [reader.take(keyBytes), reader.take(keyBytes), reader.take(keyBytes)]
    return reader.done({ epoch, first, next, told, end, untilMs, chain, maskKey, verifyKey, topic: topic(reader) })
  },
}

const skippedCodec: Codec<Skipped> = {
  version: 1,
  encode: ({ key, untilMs }) => concat(key, le64(untilMs)),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    return reader.done({ key: reader.take(keyBytes), untilMs: reader.le64() })
  },
}

const readerCodec: Codec<Reader> = {
  version: 1,
  encode: ({ joined, topic, out, in: into, acknowledged, given, pending }) =>
    concat(
      Uint8Array.of(joined ? 1 : 0),
      lengthPrefixed(topic),
      encodeEnd(out),
      encodeEnd(into),
      le64(acknowledged),
      le64(given),
      encodePending(pending),
    ),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const joined = reader.take(1)[0] === 1
    const [where, out, into] = [topic(reader), decodeEnd(reader), decodeEnd(reader)]
    const [acknowledged, given] = [reader.le64(), reader.le64()]
    const pending = decodePending(reader)
    return reader.done({ joined, topic: where, out, in: into, acknowledged, given, pending })
  },
}

const ownLaneCodec: Codec<OwnLane> = {
  version: 1,
  encode: ({ authorTopic, digest, out, in: into, owes, pending }) =>
    concat(
      lengthPrefixed(authorTopic),
      digest,
      encodeEnd(out),
      encodeEnd(into),
      Uint8Array.of(owes ? 1 : 0),
      encodePending(pending),
    ),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const [authorTopic, digest] = [topic(reader), reader.take(16)]
    const [out, into, owes] = [decodeEnd(reader), decodeEnd(reader), reader.take(1)[0] === 1]
    return reader.done({ authorTopic, digest, out, in: into, owes, pending: decodePending(reader) })
  },
}

const awaitedCodec: Codec<Awaited> = {
  version: 1,
  encode: ({ from, number, key }) => concat(participantKey(from), le64(number), key),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const [from, number] = [participantFromKey(reader.take(32)), reader.le64()]
    return reader.done({ from, number, key: reader.take(keyBytes) })
  },
}

/** A cell that holds nothing on one of the two sides. */
function orNull<T>(codec: Codec<T>): Codec<T | null> {
  return {
    version: codec.version,
    encode: (value) => (value === null ? new Uint8Array(0) : codec.encode(value)),
    decode: (bytes, version) => (bytes.length === 0 ? null : codec.decode(bytes, version)),
  }
}

/** One shape for author and readers: what belongs to the other role stays empty. */
export const channelState = {
  founding: cell(foundingCodec),
  sign: cell(signCodec),
  /** The author's. */
  current: cell(orNull(currentCodec)),
  /** A reader's. */
  lane: cell(orNull(ownLaneCodec)),
  /** The author's, by participant. */
  readers: table(readerCodec, readersMax),
  /** By hint, in hexadecimal digits. */
  awaited: table(awaitedCodec, readersMax * 2 * (laneWindow + 1)),
  /** A reader's, by epoch. */
  followed: table(followedCodec, epochsMax),
  /** A reader's, by number. */
  skipped: table(skippedCodec, skippedMax),
}

export type ChannelShape = typeof channelState
export type ChannelState = State<ChannelShape>
export type ChannelPatch = Patch<ChannelShape>

function encodeEnd({ chain, next }: LaneEnd): Uint8Array {
  return concat(chain, le64(next))
}

function decodeEnd(reader: StateReader): LaneEnd {
  return { chain: reader.take(keyBytes), next: reader.le64() }
}

function encodePending(pending: Pending | undefined): Uint8Array {
  if (pending === undefined) return new Uint8Array(0)
  const { hint, againAtMs, times, payload } = pending
  return concat(hint, le64(againAtMs), le64(times), lengthPrefixed(payload))
}

/** The last of what a codec writes. */
function decodePending(reader: StateReader): Pending | undefined {
  if (reader.isDone) return undefined
  const [hint, againAtMs, times] = [reader.take(16), reader.le64(), reader.le64()]
  return { hint, againAtMs, times, payload: reader.prefixed() }
}

function topic(reader: StateReader): Topic {
  const topic = parseTopic(reader.text())?.topic
  if (topic === undefined) throw stateDamaged()
  return topic
}

function orZero(value: number | undefined): number {
  return value ?? 0
}

function orUndefined(value: number): number | undefined {
  return value === 0 ? undefined : value
}
