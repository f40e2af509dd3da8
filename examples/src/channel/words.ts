import {
  type Codec,
  concat,
  type Effect,
  empty,
  fromUtf8,
  type Outcome,
  type Participant,
  participantFromKey,
  participantKey,
  type Started,
  le64,
  utf8,
  StateReader,
  stateDamaged,
} from "@colloquy/core"
import type { ChannelPatch, ChannelShape } from "./state.js"

export type Nothing = Readonly<Record<string, never>>
/** An introduction in its text form, as `Client.introduce` gives it. */
export interface Introduced {
  readonly introduction: string
}
export interface OfReader {
  readonly reader: Participant
}
export interface OfReaders {
  readonly readers: readonly Participant[]
}
export interface Named {
  readonly name: string
}
/** Numbers from `first` to `last`, both included: their keys are gone, and nothing can bring them back. */
export interface Missed {
  readonly first: number
  readonly last: number
}

const nothingCodec: Codec<Nothing> = { version: 1, encode: () => empty, decode: () => ({}) }

const introducedCodec: Codec<Introduced> = {
  version: 1,
  encode: ({ introduction }) => utf8(introduction),
  decode: (bytes) => ({ introduction: textOf(bytes) }),
}

const readerCodec: Codec<OfReader> = {
  version: 1,
  encode: ({ reader }) => participantKey(reader),
  decode: (bytes) => ({ reader: participantFromKey(bytes) }),
}

const readersCodec: Codec<OfReaders> = {
  version: 1,
  encode: ({ readers }) => concat(...readers.map(participantKey)),
  decode(bytes) {
    const count = Math.ceil(bytes.length / 32)
    return { readers: Array.from({ length: count }, (_, i) => participantFromKey(bytes.slice(32 * i, 32 * i + 32))) }
  },
}

const namedCodec: Codec<Named> = {
  version: 1,
  encode: ({ name }) => utf8(name),
  decode: (bytes) => ({ name: textOf(bytes) }),
}

const missedCodec: Codec<Missed> = {
  version: 1,
  encode: ({ first, last }) => concat(le64(first), le64(last)),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    return reader.done({ first: reader.le64(), last: reader.le64() })
  },
}

/** CH1-16: what the author, and `leave` a reader, can tell a channel to do. */
export const commands = {
  /** Makes the owner of an introduction a reader. */
  add: introducedCodec,
  /** Makes someone a reader with whom another conversation is open. */
  invite: readerCodec,
  remove: readersCodec,
  rename: namedCodec,
  close: nothingCodec,
  leave: nothingCodec,
}

/** What a channel tells an application. */
export const notices = {
  /** The author: someone was invited. */
  invited: readerCodec,
  /** The author: he is in. */
  joined: readerCodec,
  /** The author: a reader left. */
  left: readerCodec,
  /** Both: this reader was removed. */
  removed: readerCodec,
  renamed: namedCodec,
  closed: nothingCodec,
  /** A reader: posts are lost for good. */
  missed: missedCodec,
}

export type ChannelCommands = typeof commands
export type ChannelNotices = typeof notices
export type ChannelEffect = Effect<ChannelNotices>
export type ChannelOutcome = Outcome<ChannelPatch, ChannelEffect>
export type ChannelStarted = Started<ChannelShape, ChannelEffect>

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes)
  if (text === undefined) throw stateDamaged()
  return text
}
