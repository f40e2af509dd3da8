import { policyLabels } from "@colloquy/core/document"
import type { DocumentFacts } from "@colloquy/core"
import { backupCostLimits } from "./backup/backup-unlock.js"
import { chunkBytes, chunkTextBytes } from "./backup/chunks.js"
import { checksumLabelText, headerBytes, magicText, version, wrapLabelText } from "./backup/header.js"
import { recordBytesMax } from "./backup/records.js"
import { BackupRecordSchema } from "./generated/backup_pb.js"
import { SignedIntroductionSchema, IntroductionSchema } from "./generated/introduction_pb.js"
import { introductionSkewMaxMs, introductionTextMax, prefix, signatureLabelText } from "./introduction/introduction.js"
import {
  introductionAgeMaxMs,
  introductionBytesMax,
  introductionOffersMax,
  introductionUsesMax,
  offerBytesMax,
} from "./introduction/introduction-body.js"

/** What `specs/introduction.md` says in numbers and labels, for the two to be compared. */
export const introductionDocument: DocumentFacts = {
  document: "specs/introduction.md",
  rules: "INT",
  messages: [SignedIntroductionSchema, IntroductionSchema],
  constants: {
    prefix: { value: prefix, means: "begins the text of an introduction", rule: "INT-1" },
    introductionSkewMaxMs: {
      value: introductionSkewMaxMs,
      means: "how far ahead of the clock one may be made, in milliseconds",
      rule: "INT-3",
    },
    introductionBytesMax: { value: introductionBytesMax, means: "bytes of a SignedIntroduction", rule: "INT-5" },
    introductionTextMax: { value: introductionTextMax, means: "characters of its text", rule: "INT-5" },
    introductionAgeMaxMs: {
      value: introductionAgeMaxMs,
      means: "how long it may be good for, in milliseconds",
      rule: "INT-7",
    },
    introductionUsesMax: { value: introductionUsesMax, means: "uses", rule: "INT-7" },
    introductionOffersMax: { value: introductionOffersMax, means: "offers", rule: "INT-7" },
    offerBytesMax: { value: offerBytesMax, means: "bytes of an offer's body", rule: "INT-7" },
    signatureLabel: { value: signatureLabelText, means: "begins what is signed", rule: "INT-6" },
    bucketLabel: { value: policyLabels.topicBucket, means: "begins what an inbox bucket is the hash of" },
  },
}

/** What `specs/backup.md` says in numbers and labels, for the two to be compared. */
export const backupDocument: DocumentFacts = {
  document: "specs/backup.md",
  rules: "BK",
  messages: [BackupRecordSchema],
  constants: {
    magic: { value: magicText, means: "begins a backup", rule: "BK-2" },
    version: { value: version, means: "follows it" },
    headerBytes: { value: headerBytes, means: "bytes of the header", rule: "BK-1" },
    chunkBytes: { value: chunkBytes, means: "bytes of a chunk", rule: "BK-1" },
    chunkTextBytes: { value: chunkTextBytes, means: "bytes of its text", rule: "BK-7" },
    recordBytesMax: { value: recordBytesMax, means: "bytes of a record", rule: "BK-9" },
    operationsMax: { value: backupCostLimits.operationsMax, means: "passes of Argon2id", rule: "BK-6" },
    memoryBytesMin: { value: backupCostLimits.memoryBytesMin, means: "bytes of memory, at least", rule: "BK-6" },
    memoryBytesMax: { value: backupCostLimits.memoryBytesMax, means: "bytes of memory, at most", rule: "BK-6" },
    checksumLabel: { value: checksumLabelText, means: "the key of the header's checksum", rule: "BK-2" },
    wrapLabel: { value: wrapLabelText, means: "derives what wraps the file key", rule: "BK-2" },
  },
}
