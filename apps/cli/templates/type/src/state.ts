import {
  be64,
  cell,
  type Codec,
  ColloquyError,
  fromBe64,
  fromUtf8,
  type Participant,
  type Patch,
  type State,
  table,
  type Topic,
  utf8,
} from "@colloquy/core"
import { chainCodec, type Ratchet, ratchetRootCodec, skippedKeyCodec, skippedKeysMax } from "@colloquy/crypto"

/** Who talks, and where. It never changes. */
export interface Bond {
  readonly self: Participant
  readonly peer: Participant
  readonly outTopic: Topic
  readonly inTopic: Topic
}

const bondCodec: Codec<Bond> = {
  version: 1,
  encode: (bond) => utf8(JSON.stringify(bond)),
  decode(bytes) {
    const text = fromUtf8(bytes)
    if (text === undefined) throw new ColloquyError("STATE_DAMAGED", "the stored bond is no text")
    return JSON.parse(text) as Bond
  },
}

const numberCodec: Codec<number> = { version: 1, encode: be64, decode: (bytes) => fromBe64(bytes) }

/** Pieces are stored one by one: a step writes what changed, no more. Renaming one is a migration. */
export const state = {
  bond: cell(bondCodec),
  root: cell(ratchetRootCodec),
  sending: cell(chainCodec),
  receiving: cell(chainCodec),
  /** The newest place in the log that was seen. */
  lamport: cell(numberCodec),
  /** Keys of messages that were passed over, by the hint of their message. */
  skipped: table(skippedKeyCodec, skippedKeysMax),
}

export type SketchShape = typeof state
export type SketchState = State<SketchShape>
export type SketchPatch = Patch<SketchShape>

export function ratchetOf({ root, sending, receiving }: SketchState): Ratchet {
  return { root, sending, receiving }
}
