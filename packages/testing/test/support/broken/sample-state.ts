import { cell, type Participant, type Patch, type State, table, type Topic } from "@colloquy/core"
import { plainCodec } from "./plain-codec.js"

/** What never changes. */
export interface Bond {
  readonly self: Participant
  readonly peer: Participant
  readonly initiator: boolean
  readonly ownTopic: Topic
  readonly peerTopic: Topic
  /** Secret, and the same for both: what a flawed payload shows a part of. */
  readonly tag: Uint8Array
  readonly seed: Uint8Array | null
}

export interface Chain {
  readonly index: number
  readonly key: Uint8Array
  readonly hintKey: Uint8Array
  readonly next: number
}

/** The root of the chain that comes next, one's own last key pair, and the peer's. */
export interface Turn {
  readonly root: Uint8Array
  readonly own: Uint8Array
  readonly ownPublic: Uint8Array
  readonly peer: Uint8Array
  /** `null` when it is one's turn to begin a chain. */
  readonly sending: Chain | null
  /** How many messages the chain before had. */
  readonly previous: number
}

export interface Log {
  readonly sequence: number
  readonly lamport: number
  /** Everything below was heard, and these besides. */
  readonly heard: number
  readonly besides: readonly number[]
  readonly unacknowledged: readonly number[]
}

export interface Skipped {
  readonly key: Uint8Array
  readonly keptUntilMs: number
}

export interface OfferRow {
  readonly seed: Uint8Array
  readonly expiresAtMs: number
}

export const sampleState = {
  bond: cell(plainCodec<Bond>()),
  turn: cell(plainCodec<Turn>()),
  log: cell(plainCodec<Log>()),
  /** By the index of the chain. */
  receiving: table(plainCodec<Chain>(), 8),
  /** By hint. */
  skipped: table(plainCodec<Skipped>(), 256),
  /** What a sound type would have erased. */
  hoard: table(plainCodec<Uint8Array>(), 4096),
}
export const sampleResidentState = { offers: table(plainCodec<OfferRow>(), 64) }

export type SampleShape = typeof sampleState
export type SampleState = State<SampleShape>
export type SamplePatch = Patch<SampleShape>
