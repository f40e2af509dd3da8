import { policyLabels } from "@colloquy/core/document"
import type { DocumentFacts } from "@colloquy/core"
import { parcelBodyBytesMax } from "./frames.js"
import { againMs, sentMax } from "./again.js"
import { InboxV1FrameSchema } from "./generated/inbox_v1_pb.js"
import { hintLabel, offerBytes, overheadBytes, prologueLabel } from "./handshake.js"
import { unintroducedMs } from "./offer.js"
import { payloadBuckets, plaintextBytesMax } from "./padding.js"
import { introductionsMax } from "./state.js"

/** What `specs/inbox-v1.md` says in numbers and labels, for the two to be compared. */
export const inboxDocument: DocumentFacts = {
  document: "specs/inbox-v1.md",
  rules: "IB1",
  messages: [InboxV1FrameSchema],
  constants: {
    payloadBuckets: { value: payloadBuckets, means: "bytes that a payload may have", rule: "IB1-13" },
    overheadBytes: { value: overheadBytes, means: "bytes that the handshake adds", rule: "IB1-13" },
    plaintextBytesMax: { value: plaintextBytesMax, means: "bytes of the longest plaintext", rule: "IB1-13" },
    parcelBodyBytesMax: { value: parcelBodyBytesMax, means: "bytes of a parcel's longest body", rule: "IB1-15" },
    offerBytes: { value: offerBytes, means: "bytes of an offer", rule: "IB1-5" },
    unintroducedMs: {
      value: unintroducedMs,
      means: "how long an offer waits for its introduction, in milliseconds",
      rule: "IB1-8",
    },
    introductionsMax: { value: introductionsMax, means: "introductions that are out at once", rule: "IB1-8" },
    againMs: { value: againMs, means: "waits before a payload is published again, in milliseconds", rule: "IB1-12" },
    sentMax: { value: sentMax, means: "payloads of one's own that are remembered", rule: "IB1-12" },
    hintLabel: { value: hintLabel, means: "goes into the hint", rule: "IB1-7" },
    prologueLabel: { value: prologueLabel, means: "begins the prologue", rule: "IB1-11" },
    conversationIdLabel: {
      value: policyLabels.conversationId,
      means: "goes into the conversation id, by the framework's policy",
      rule: "IB1-3",
    },
  },
}
