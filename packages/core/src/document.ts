import type { DocumentFacts } from "./definition/document-facts.js"
import { conversationIdLabel } from "./identifiers/conversation-id.js"
import { topicBucketLabel, topicSecretLabel } from "./topics/topic-policy.js"
import { envelopeBytesMax, hintBytes } from "./envelope/envelope.js"
import { EnvelopeSchema } from "./generated/envelope_pb.js"

/** What `specs/envelope.md` says in numbers, for the two to be compared. */
export const envelopeDocument: DocumentFacts = {
  document: "specs/envelope.md",
  rules: "ENV",
  messages: [EnvelopeSchema],
  constants: {
    hintBytes: { value: hintBytes, means: "bytes of a hint", rule: "ENV-1" },
    envelopeBytesMax: { value: envelopeBytesMax, means: "bytes of an envelope", rule: "ENV-3" },
  },
}

/** What the framework's policies hash, for the documents of those who use them. */
export const policyLabels = {
  conversationId: conversationIdLabel,
  topicBucket: topicBucketLabel,
  topicSecret: topicSecretLabel,
} as const
