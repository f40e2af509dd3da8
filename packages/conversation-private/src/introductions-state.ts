import { type Codec, concat, lengthPrefixed, StateReader, stateDamaged, le64 } from "@colloquy/core"

/** PV1-37: so many of the peer's introductions are kept, and so many of ours are given. */
export const introductionsKept = 2

/** What each side has of the other's introductions. */
export interface Introductions {
  /** The peer's, unused, each for one use, in binary form. */
  readonly peer: readonly Uint8Array[]
  /** The number of the peer's message that brought them, and one more; 0 for none. An earlier one does not replace them. */
  readonly peerFrom: number
  /** Ours that were made and not yet sent. */
  readonly own: readonly Uint8Array[]
  /** When ours were last sent, 0 for never. */
  readonly givenAtMs: number
  /** When ours have to be asked for; `null` while nothing is to be done. */
  readonly dueAtMs: number | null
}

export const noIntroductions: Introductions = { peer: [], peerFrom: 0, own: [], givenAtMs: 0, dueAtMs: null }

/** `LE64(due, 0 for none) ‖ LE64(given) ‖ LE64(peer from) ‖ LE64(how many of the peer's)`, then LP of each, the peer's first. */
export const introductionsCodec: Codec<Introductions> = {
  version: 1,
  encode: ({ peer, peerFrom, own, givenAtMs, dueAtMs }) =>
    concat(le64(dueAtMs ?? 0), le64(givenAtMs), le64(peerFrom), le64(peer.length), lengthPrefixed(...peer, ...own)),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const [due, givenAtMs, peerFrom, count] = [reader.le64(), reader.le64(), reader.le64(), reader.le64()]
    const [peer, own]: [Uint8Array[], Uint8Array[]] = [[], []]
    while (!reader.isDone) (peer.length < count ? peer : own).push(reader.prefixed())
    if (peer.length !== count) throw stateDamaged()
    return { peer, peerFrom, own, givenAtMs, dueAtMs: due === 0 ? null : due }
  },
}
