import { type ConversationId, inboxTopics, type Participant } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import type { OldState } from "../../../src/index.js"
import { plainCodec } from "../broken/plain-codec.js"
import type { Bond, Lane } from "./probe-state.js"

const crypto = await loadCrypto()
const [self, peer] = ["11", "22"].map((digits) => digits.repeat(32)) as [Participant, Participant]
const lane: Lane = { topic: inboxTopics.of(self, crypto), key: new Uint8Array(32), next: 3, lamport: 7 }
const bond: Bond = { conversation: `/probe/1/${"ab".repeat(16)}` as ConversationId, self, peer }

/** What a probe stored when its format had version 0. */
export const oldState: OldState = {
  origin: "version 0",
  pieces: {
    "bond": { version: 0, bytes: plainCodec<Bond>().encode(bond) },
    "out": { version: 0, bytes: plainCodec<Lane>().encode(lane) },
    "in": { version: 0, bytes: plainCodec<Lane>().encode(lane) },
    "words/1": { version: 1, bytes: plainCodec<string>().encode("hello") },
  },
}
