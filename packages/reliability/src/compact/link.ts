import { type Codec } from "@colloquy/core"
import { Reader, Writer } from "../varint.js"

/** The numbers and deadlines of both directions; some 30 bytes, written with every message. */
export interface Link {
  /** Of our next message. */
  readonly sequence: number
  /** The highest Lamport time that we have used, or heard as far as RL-4 lets it count. */
  readonly lamport: number
  /** One more than the highest number that we have heard of the peer's. */
  readonly heard: number
  /** No message of ours below this waits for its acknowledgement. */
  readonly unacknowledgedFrom: number
  /** No row below this holds content. */
  readonly keptFrom: number
  /** Bytes of content in the rows. */
  readonly keptBytes: number
  /** When what we have heard must be acknowledged. */
  readonly acknowledgeAtMs: number | null
  /** Probes since the peer was last heard to progress, and when the next one is due. */
  readonly probes: number
  readonly probeAtMs: number | null
  /** Requests since a gap last opened, and when the next one is due. */
  readonly requests: number
  readonly requestAtMs: number | null
  /** When the next gap is old enough to be told of. */
  readonly missingAtMs: number | null
  /** When we last answered a request. */
  readonly repairedAtMs: number | null
}

export const freshLink: Link = {
  sequence: 0,
  lamport: 0,
  heard: 0,
  unacknowledgedFrom: 0,
  keptFrom: 0,
  keptBytes: 0,
  acknowledgeAtMs: null,
  probes: 0,
  probeAtMs: null,
  requests: 0,
  requestAtMs: null,
  missingAtMs: null,
  repairedAtMs: null,
}

/** Every field in its order as LEB128; times as one more than they are, 0 for none. */
export const linkCodec: Codec<Link> = {
  version: 1,
  encode(link) {
    const writer = new Writer()
    for (const name of numbers) writer.number(link[name])
    for (const name of times) writer.optional(link[name])
    return writer.finish()
  },
  decode(bytes, version) {
    const reader = new Reader(bytes, version)
    const link: { -readonly [K in keyof Link]: Link[K] } = { ...freshLink }
    for (const name of numbers) link[name] = reader.number()
    for (const name of times) link[name] = reader.optional()
    reader.end()
    return link
  },
}

const numbers = [
  "sequence",
  "lamport",
  "heard",
  "unacknowledgedFrom",
  "keptFrom",
  "keptBytes",
  "probes",
  "requests",
] as const
const times = ["acknowledgeAtMs", "probeAtMs", "requestAtMs", "missingAtMs", "repairedAtMs"] as const
