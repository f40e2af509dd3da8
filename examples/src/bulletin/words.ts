import {
  type Codec,
  type Effect,
  fromUtf8,
  type Outcome,
  type Participant,
  participantFromKey,
  participantKey,
  utf8,
} from "@colloquy/core"
import type { BulletinPatch } from "./state.js"

const introducedCodec: Codec<{ readonly introduction: string }> = {
  version: 1,
  encode: ({ introduction }) => utf8(introduction),
  decode: (bytes) => ({ introduction: fromUtf8(bytes) ?? "" }),
}

const readerCodec: Codec<{ readonly reader: Participant }> = {
  version: 1,
  encode: ({ reader }) => participantKey(reader),
  decode: (bytes) => ({ reader: participantFromKey(bytes) }),
}

/** What an application can tell a channel, and what a channel tells an application. */
export const commands = { add: introducedCodec }
export const notices = { added: readerCodec }

export type BulletinEffect = Effect<typeof notices>
export type BulletinOutcome = Outcome<BulletinPatch, BulletinEffect>
