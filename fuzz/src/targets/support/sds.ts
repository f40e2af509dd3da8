import { utf8 } from "@colloquy/core"
import { type SdsMessage, sdsFrames } from "@colloquy/reliability"
import { counting } from "./bytes.js"

const frames = sdsFrames({ bytesMax: 65_536 })
const farthest = Number.MAX_SAFE_INTEGER

const messages: readonly SdsMessage[] = [
  { senderId: "saro", messageId: "m-1", channelId: "reading", lamport: 5, content: utf8("hello") },
  {
    senderId: "pax",
    messageId: "m-2",
    channelId: "reading",
    lamport: 1_800_000_000_000,
    causalHistory: [{ messageId: "m-1", senderId: "saro", retrievalHint: counting(8) }, { messageId: "m-0" }],
    bloomFilter: counting(40),
    repairRequest: [{ messageId: "m-0", senderId: "raya" }],
    content: utf8("an answer"),
  },
  {
    lamport: 7,
    sequence: 3,
    content: utf8("compact"),
    acknowledged: [
      { first: 0, last: 4 },
      { first: 6, last: 6 },
    ],
  },
  {
    lamport: 8,
    sequence: 12,
    content: counting(50),
    segment: { index: 2, count: 3, digest: counting(32) },
    requested: [{ first: 1, last: 2 }],
    unavailable: [{ first: 9, last: farthest - 2 }],
  },
  { acknowledged: [{ first: 0, last: farthest }] },
]

/** Messages of both profiles, encoded. */
export function sdsSeeds(): readonly Uint8Array[] {
  return messages.map((message) => frames.encode(message))
}
