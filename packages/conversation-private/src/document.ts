import { policyLabels } from "@colloquy/core/document"
import type { DocumentFacts } from "@colloquy/core"
import { reliabilityConstants, reliabilityDocument } from "@colloquy/reliability/document"
import { ratchetOverheadBytes, ratchetStepsMax, skippedKeyLifetimeMs, skippedKeysMax } from "@colloquy/crypto"
import { countStep, jumpMin } from "./count.js"
import { contentBytesMax, firstBytesMax, frames, introductionBytesMax, pieceBytesMax, prekeyIdBytes } from "./frames.js"
import { PrivateV1FrameSchema } from "./generated/private-v1_pb.js"
import { farMultiples, nearMax, nearMin } from "./hint-window.js"
import { firstAfterMs, lifetimeMs, renewAfterMs, replaceAfterMs } from "./introductions.js"
import { introductionsKept } from "./introductions-state.js"
import { protocol, protocolLabel, seedBytes } from "./keys.js"
import { bucketMax, buckets, smallestBucket } from "./padding.js"
import { againMax, epochLeadMaxMs } from "./reset.js"
import { prekeyLifetimeMaxMs, prekeysMax } from "./resident.js"
import { automaticAfterMs } from "./rollback.js"
import { chainNumbersMax } from "./sealer.js"
import { oldSessionLifetimeMs } from "./session.js"

const { outgoingMax, keptBytesMax, lamportMax, sequenceMax, sdsIdLabel } = reliabilityConstants

/** What `specs/private-v1.md` says in numbers and labels, for the two to be compared. */
export const privateDocument: DocumentFacts = {
  document: "specs/private-v1.md",
  rules: "PV1",
  messages: [PrivateV1FrameSchema, ...(reliabilityDocument.messages ?? [])],
  constants: {
    buckets: { value: buckets.length, means: "lengths that a padded message may have", rule: "PV1-16" },
    smallestBucket: { value: smallestBucket, means: "bytes of the smallest of them", rule: "PV1-16" },
    bucketMax: { value: bucketMax, means: "bytes of the largest", rule: "PV1-16" },
    payloadOverheadBytes: { value: ratchetOverheadBytes, means: "bytes that sealing adds", rule: "PV1-16" },
    pieceBytesMax: {
      value: pieceBytesMax,
      means: "bytes of content in one message, of a segment, of a parcel's body",
      rule: "PV1-28",
    },
    contentBytesMax: { value: contentBytesMax, means: "bytes of the longest content", rule: "PV1-49" },
    frameBytesMax: { value: frames.bytesMax, means: "bytes of the longest frame", rule: "PV1-5" },
    firstBytesMax: { value: firstBytesMax, means: "bytes of the longest payload inside an invite", rule: "PV1-12" },
    seedBytes: { value: seedBytes, means: "bytes of an invite's seed" },
    prekeyIdBytes: { value: prekeyIdBytes, means: "bytes of a prekey's id" },
    prekeysMax: { value: prekeysMax, means: "prekeys that are out at once", rule: "PV1-6" },
    prekeyLifetimeMaxMs: {
      value: prekeyLifetimeMaxMs,
      means: "how long a prekey is kept, in milliseconds",
      rule: "PV1-6",
    },
    nearMin: { value: nearMin, means: "near numbers expected of a chain that begins", rule: "PV1-20" },
    nearMax: { value: nearMax, means: "near numbers expected at most", rule: "PV1-20" },
    farMultiples: { value: farMultiples, means: "distances of the far numbers", rule: "PV1-20" },
    chainNumbersMax: { value: chainNumbersMax - 1, means: "the highest number sent in one chain", rule: "PV1-22" },
    stepsMax: { value: ratchetStepsMax, means: "message keys derived for one payload", rule: "PV1-23" },
    skippedKeysMax: { value: skippedKeysMax, means: "skipped keys that are kept", rule: "PV1-25" },
    skippedKeyLifetimeMs: { value: skippedKeyLifetimeMs, means: "how long, in milliseconds", rule: "PV1-25" },
    lamportMax: { ...lamportMax, rule: "PV1-30" },
    sequenceMax: { ...sequenceMax, rule: "PV1-27" },
    outgoingMax: { ...outgoingMax, rule: "PV1-43" },
    keptBytesMax: { ...keptBytesMax, rule: "PV1-43" },
    countStep: { value: countStep, means: "a count that begins anew begins at a multiple of it", rule: "PV1-45" },
    countJump: { value: jumpMin, means: "a number further than this ahead begins a new count", rule: "PV1-45" },
    introductionsKept: { value: introductionsKept, means: "introductions of the peer's that are kept", rule: "PV1-37" },
    introductionBytesMax: { value: introductionBytesMax, means: "bytes of one of them" },
    introductionFirstAfterMs: {
      value: firstAfterMs,
      means: "when the first are given, in milliseconds",
      rule: "PV1-37",
    },
    introductionRenewAfterMs: {
      value: renewAfterMs,
      means: "after how long they are renewed, in milliseconds",
      rule: "PV1-37",
    },
    introductionReplaceAfterMs: {
      value: replaceAfterMs,
      means: "after how long one that was used is replaced, in milliseconds",
      rule: "PV1-37",
    },
    introductionLifetimeMs: { value: lifetimeMs, means: "how long they are good for, in milliseconds", rule: "PV1-37" },
    epochLeadMaxMs: { value: epochLeadMaxMs, means: "how far ahead an epoch may be, in milliseconds", rule: "PV1-39" },
    oldSessionLifetimeMs: {
      value: oldSessionLifetimeMs,
      means: "how long an old session is opened, in milliseconds",
      rule: "PV1-40",
    },
    resentAfterResetMax: { value: againMax, means: "messages sent again at once in a new session", rule: "PV1-40" },
    automaticResetAfterMs: {
      value: automaticAfterMs,
      means: "the least time between two resets that no person asked for, in milliseconds",
      rule: "PV1-41",
    },
    protocolLabel: { value: protocolLabel, means: "begins what keys are derived from", rule: "PV1-8" },
    headerLabel: { value: `${protocol}/header`, means: "derives what encrypts headers", rule: "PV1-2" },
    hintLabel: { value: `${protocol}/hint`, means: "derives hints", rule: "PV1-2" },
    chainLabel: { value: `${protocol}/chain`, means: "derives message keys", rule: "PV1-2" },
    rootLabel: { value: `${protocol}/root`, means: "derives a new root", rule: "PV1-2" },
    messageIdLabel: { ...sdsIdLabel, rule: "PV1-29" },
    conversationIdLabel: {
      value: policyLabels.conversationId,
      means: "goes into the conversation id, by the framework's policy",
      rule: "PV1-9",
    },
  },
}
