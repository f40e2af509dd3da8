import type { Target } from "../target.js"
import {
  boardFrames,
  content,
  contentFrame,
  envelope,
  frames,
  inboxFrames,
  privateFrames,
  sdsMessage,
  sdsPublished,
  segment,
  segmentFrame,
} from "./decoders.js"
import { inboxPayload, inboxPlaintext } from "./inbox.js"
import { introductionBody, introductionBytes, introductionText } from "./introductions.js"
import { privateBackup, privateInvite, privatePayload, privatePeer } from "./private.js"
import { inboxRows, privateRows, ratchetRows, reliabilityRows } from "./rows.js"
import { publishedChannel, segments } from "./reliability.js"
import { commandLine, identifiers } from "./texts.js"

/** Everything that takes bytes from outside. */
export const targets: readonly Target[] = [
  envelope,
  frames,
  boardFrames,
  contentFrame,
  content,
  sdsMessage,
  sdsPublished,
  segmentFrame,
  segment,
  privateFrames,
  inboxFrames,
  reliabilityRows,
  ratchetRows,
  privateRows,
  inboxRows,
  privatePayload,
  privatePeer,
  privateInvite,
  privateBackup,
  inboxPayload,
  inboxPlaintext,
  publishedChannel,
  segments,
  introductionText,
  introductionBytes,
  introductionBody,
  identifiers,
  commandLine,
]
