import {
  be64,
  cell,
  type Codec,
  concat,
  fromBe64,
  type Participant,
  participantFromKey,
  participantKey,
  type Patch,
  type State,
  table,
} from "@colloquy/core"

/** Who is who, and the secret that id and topic follow from. It never changes. */
interface Founding {
  readonly self: Participant
  readonly author: Participant
  readonly root: Uint8Array
}

/** Where the chain of keys stands: the key of number `next` follows from it, and nothing that came before. */
export interface Place {
  readonly chain: Uint8Array
  readonly next: number
}

const foundingCodec: Codec<Founding> = {
  version: 1,
  encode: ({ self, author, root }) => concat(participantKey(self), participantKey(author), root),
  decode: (bytes) => ({
    self: participantFromKey(bytes.slice(0, 32)),
    author: participantFromKey(bytes.slice(32, 64)),
    root: bytes.slice(64),
  }),
}

const placeCodec: Codec<Place> = {
  version: 1,
  encode: ({ chain, next }) => concat(chain, be64(next)),
  decode: (bytes) => ({ chain: bytes.slice(0, 32), next: fromBe64(bytes, 32) }),
}

const sinceCodec: Codec<number> = { version: 1, encode: be64, decode: (bytes) => fromBe64(bytes) }

export const readersMax = 100

export const bulletinState = {
  founding: cell(foundingCodec),
  place: cell(placeCodec),
  /** The author's: from which number on someone reads, by participant. */
  readers: table(sinceCodec, readersMax),
}

export type BulletinShape = typeof bulletinState
export type BulletinState = State<BulletinShape>
export type BulletinPatch = Patch<BulletinShape>
