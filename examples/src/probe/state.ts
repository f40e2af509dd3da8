import {
  assertLength,
  cell,
  type Codec,
  concat,
  fromBe64,
  be64,
  fromUtf8,
  type Participant,
  participantFromKey,
  participantKey,
  type State,
  table,
  type Topic,
  utf8,
} from "@colloquy/core"
import { keyBytes } from "./secrets.js"

/** Where one direction of a board stands. */
export interface Lane {
  readonly topic: Topic
  readonly chain: Uint8Array
  /** The number of the next payload. */
  readonly next: number
}

/** Who is at the board. It never changes. */
interface Board {
  readonly self: Participant
  readonly peer: Participant
}

export interface Pin {
  readonly by: Participant
  readonly text: string
}

/** An offer that is out: the secret half of its key. */
export interface Offer {
  readonly seed: Uint8Array
  readonly expiresAtMs: number
}

const boardCodec: Codec<Board> = {
  version: 1,
  encode: ({ self, peer }) => concat(participantKey(self), participantKey(peer)),
  decode: (bytes) => ({
    self: participantFromKey(bytes.subarray(0, 32)),
    peer: participantFromKey(bytes.subarray(32)),
  }),
}

const laneCodec: Codec<Lane> = {
  version: 1,
  encode: ({ topic, chain, next }) => concat(chain, be64(next), utf8(topic)),
  decode: (bytes) => ({
    chain: bytes.slice(0, keyBytes),
    next: fromBe64(bytes, keyBytes),
    topic: (fromUtf8(bytes.subarray(keyBytes + 8)) ?? "") as Topic,
  }),
}

const numberCodec: Codec<number> = { version: 1, encode: be64, decode: (bytes) => fromBe64(bytes) }

const pinCodec: Codec<Pin> = {
  version: 1,
  encode: ({ by, text }) => concat(participantKey(by), utf8(text)),
  decode: (bytes) => ({
    by: participantFromKey(bytes.subarray(0, 32)),
    text: fromUtf8(bytes.subarray(32)) ?? "",
  }),
}

const offerCodec: Codec<Offer> = {
  version: 1,
  encode: ({ seed, expiresAtMs }) => concat(seed, be64(expiresAtMs)),
  decode(bytes) {
    assertLength(bytes, keyBytes + 8, "a stored offer")
    return { seed: bytes.slice(0, keyBytes), expiresAtMs: fromBe64(bytes, keyBytes) }
  },
}

export const pinsMax = 1000

export const boardState = {
  board: cell(boardCodec),
  out: cell(laneCodec),
  in: cell(laneCodec),
  /** The newest place in the log that was seen. */
  lamport: cell(numberCodec),
  pins: table(pinCodec, pinsMax),
}
export type BoardState = State<typeof boardState>

/** By public key, in hexadecimal digits. */
export const residentState = { offers: table(offerCodec, 100) }
export type ResidentState = State<typeof residentState>
