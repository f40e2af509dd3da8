import type { DocumentFacts } from "@colloquy/core"
import {
  gapsMax,
  missingReportedMax,
  missingToldMax,
  repairBytesMax,
  repairLookupsMax,
  repairMessagesMax,
  requestedRangesMax,
  segmentOfCompactMax,
  sequenceMax,
} from "./compact/limits.js"
import { keptBytesMax, outgoingMax } from "./compact/outgoing.js"
import {
  acknowledgeAfterMs,
  dailyProbes,
  dailyRequests,
  earlyProbesMs,
  earlyRequestsMs,
  missingAfterMs,
  repairIntervalMs,
  requestAgeMs,
} from "./compact/schedule.js"
import { SdsMessageSchema } from "./generated/reliability_pb.js"
import { SegmentMessageSchema } from "./generated/segmentation_pb.js"
import { lamportLeadMaxMs, lamportMax } from "./lamport.js"
import { sdsIdLabel } from "./message-id.js"
import { bloomBits, bloomBytes, bloomCapacity, bloomHashes } from "./published/bloom-filter.js"
import {
  askIntervalMs,
  historyDefault,
  idLengthMax,
  incomingMax,
  lostAfterMs,
  possiblyFactor,
  publishedHistoryMax,
  publishedOutgoingMax,
  repairAttemptsMax,
  repairRequestsMax,
  repairsMax,
  resendAttemptsMax,
  resendsMax,
  tipsMax,
} from "./published/options.js"
import { acknowledgedRangesMax } from "./sds-message.js"
import { partialsMax, segmentLimits } from "./segmentation/partials.js"
import { segmentsReceivedMax, segmentsSentMax } from "./segmentation/split.js"

/** What PrivateV1 says too. */
export const reliabilityConstants = {
  lamportMax: { value: lamportMax, means: "the highest Lamport time", rule: "RL-3" },
  sequenceMax: { value: sequenceMax, means: "the highest sequence number", rule: "RL-22" },
  outgoingMax: {
    value: outgoingMax,
    means: "messages and segments that wait for their acknowledgement",
    rule: "RL-26",
  },
  keptBytesMax: { value: keptBytesMax, means: "bytes of content that is kept for sending again", rule: "RL-26" },
  sdsIdLabel: { value: sdsIdLabel, means: "begins what a message id is the hash of" },
}

/** What `specs/reliability.md` says in numbers and labels, for the two to be compared. */
export const reliabilityDocument: DocumentFacts = {
  document: "specs/reliability.md",
  rules: "RL",
  messages: [SdsMessageSchema],
  constants: {
    ...reliabilityConstants,
    lamportLeadMaxMs: {
      value: lamportLeadMaxMs,
      means: "how far ahead of the clock one is taken over, in milliseconds",
      rule: "RL-4",
    },
    rangesMax: { value: acknowledgedRangesMax, means: "ranges in one list", rule: "RL-7" },
    segmentsMax: { value: segmentOfCompactMax, means: "segments of one message, compact", rule: "RL-20" },
    acknowledgeAfterMs: {
      value: acknowledgeAfterMs,
      means: "the least wait before a sync message, in milliseconds",
      rule: "RL-24",
    },
    earlyProbesMs: { value: earlyProbesMs, means: "waits before the first probes, in milliseconds", rule: "RL-29" },
    dailyProbes: { value: dailyProbes, means: "probes after those, one a day", rule: "RL-29" },
    gapsMax: { value: gapsMax, means: "gaps that are told apart", rule: "RL-32" },
    requestedRangesMax: { value: requestedRangesMax, means: "ranges that one message asks for", rule: "RL-33" },
    requestAgeMs: { value: requestAgeMs, means: "how old a gap is that is asked for, in milliseconds", rule: "RL-33" },
    earlyRequestsMs: {
      value: earlyRequestsMs,
      means: "waits before the first requests, in milliseconds",
      rule: "RL-33",
    },
    dailyRequests: { value: dailyRequests, means: "requests after those, one a day", rule: "RL-33" },
    missingAfterMs: {
      value: missingAfterMs,
      means: "how old a gap is when the application is told, in milliseconds",
      rule: "RL-34",
    },
    missingReportedMax: { value: missingReportedMax, means: "missing numbers that one step reports", rule: "RL-34" },
    missingToldMax: { value: missingToldMax, means: "missing numbers that are told of at a time", rule: "RL-34" },
    repairMessagesMax: { value: repairMessagesMax, means: "messages that one request brings about", rule: "RL-36" },
    repairBytesMax: { value: repairBytesMax, means: "bytes of content that one request brings about", rule: "RL-36" },
    repairLookupsMax: { value: repairLookupsMax, means: "numbers of a request that are looked at", rule: "RL-36" },
    repairIntervalMs: {
      value: repairIntervalMs,
      means: "the least time between two answered requests, in milliseconds",
      rule: "RL-36",
    },
    bloomCapacity: { value: bloomCapacity, means: "ids that a bloom filter is for", rule: "RL-45" },
    bloomBits: { value: bloomBits, means: "its bits", rule: "RL-45" },
    bloomHashes: { value: bloomHashes, means: "its hashes", rule: "RL-45" },
    bloomBytes: { value: bloomBytes, means: "its bytes", rule: "RL-45" },
    idLengthMax: { value: idLengthMax, means: "UTF-16 units of an id", rule: "RL-46" },
    historyMax: { value: publishedHistoryMax, means: "entries of a history or request", rule: "RL-46" },
    history: { value: historyDefault, means: "messages that a history names", rule: "RL-49" },
    tipsMax: { value: tipsMax, means: "tips that it names besides", rule: "RL-49" },
    incomingMax: { value: incomingMax, means: "messages that are held for those before them", rule: "RL-50" },
    lostAfterMs: { value: lostAfterMs, means: "how long, in milliseconds", rule: "RL-50" },
    publishedOutgoingMax: {
      value: publishedOutgoingMax,
      means: "messages that wait for their acknowledgement, published",
      rule: "RL-52",
    },
    resendAttemptsMax: { value: resendAttemptsMax, means: "times that one is sent again", rule: "RL-52" },
    resendsMax: { value: resendsMax, means: "messages that one step sends again", rule: "RL-52" },
    possiblyFactor: {
      value: possiblyFactor,
      means: "how many times as long a possibly acknowledged one waits",
      rule: "RL-52",
    },
    wantedMax: { value: repairsMax, means: "wanted messages that are remembered", rule: "RL-55" },
    repairRequestsMax: { value: repairRequestsMax, means: "wanted messages that one message asks for", rule: "RL-55" },
    repairAttemptsMax: {
      value: repairAttemptsMax,
      means: "times that a wanted message is asked for again",
      rule: "RL-55",
    },
    askIntervalMs: {
      value: askIntervalMs,
      means: "the least time between messages that only ask, in milliseconds",
      rule: "RL-55",
    },
  },
}

/** What `specs/segmentation.md` says in numbers, for the two to be compared. */
export const segmentationDocument: DocumentFacts = {
  document: "specs/segmentation.md",
  rules: "SG",
  messages: [SegmentMessageSchema],
  constants: {
    segmentsSentMax: { value: segmentsSentMax, means: "segments that a sender makes", rule: "SG-2" },
    segmentsReceivedMax: { value: segmentsReceivedMax, means: "segments that a message may have", rule: "SG-3" },
    openOfSenderMax: { value: segmentLimits.openOfSenderMax, means: "unfinished messages of one sender", rule: "SG-7" },
    bytesOfSenderMax: { value: segmentLimits.bytesOfSenderMax, means: "their bytes", rule: "SG-7" },
    openMax: { value: segmentLimits.openMax, means: "unfinished messages of all senders", rule: "SG-7" },
    bytesMax: { value: segmentLimits.bytesMax, means: "their bytes", rule: "SG-7" },
    segmentBytesMax: { value: segmentLimits.segmentBytesMax, means: "bytes of a segment", rule: "SG-7" },
    partialsMax: { value: partialsMax, means: "messages that are remembered", rule: "SG-7" },
    expiryMs: { value: segmentLimits.expiryMs, means: "how long they are, in milliseconds", rule: "SG-8" },
  },
}
