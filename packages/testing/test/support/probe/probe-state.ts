import { cell, type Codec, type ConversationId, type Participant, type State, table, type Topic } from "@colloquy/core"
import { plainCodec } from "../broken/plain-codec.js"
import type { ProbeFlaw } from "./probe-flaws.js"

/** What never changes. */
export interface Bond {
  readonly conversation: ConversationId
  readonly self: Participant
  readonly peer: Participant
  /** How often the state was read, which is nobody's business. */
  readonly reads?: number
}

export interface Lane {
  readonly topic: Topic
  readonly key: Uint8Array
  /** The number of the next payload. */
  next: number
  /** The newest place in the log. */
  readonly lamport: number
}

export const rowsMax = 3

/** The pieces of a probe, as they should be, or with a flaw. */
export function probeState(flaw: ProbeFlaw | undefined) {
  const lane = versioned<Lane>(flaw)
  const bond = versioned<Bond>(flaw)
  return {
    bond: cell(flaw === "growing-state" ? growing(bond) : bond),
    out: cell(
      flaw === "lossy-state"
        ? { ...lane, decode: (bytes, version) => ({ ...lane.decode(bytes, version), next: 0 }) }
        : lane,
    ),
    in: cell(lane),
    words: table(plainCodec<string>(), rowsMax),
  }
}
export type ProbeShape = ReturnType<typeof probeState>
export type ProbeState = State<ProbeShape>

/** Version 0 was written in the same way. */
function versioned<T>(flaw: ProbeFlaw | undefined): Codec<T> {
  const codec = plainCodec<T>()
  return {
    ...codec,
    decode(bytes, version) {
      if (flaw === "forgot-format" && version !== 1) throw new Error("nobody remembers this format")
      return codec.decode(bytes, version)
    },
  }
}

function growing(codec: Codec<Bond>): Codec<Bond> {
  return {
    ...codec,
    decode(bytes, version) {
      const bond = codec.decode(bytes, version)
      return { ...bond, reads: (bond.reads ?? 0) + 1 }
    },
  }
}
