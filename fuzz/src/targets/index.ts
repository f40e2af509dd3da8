import type { Target } from "../target.js"
import { clientPeer } from "./client-peer.js"
import { clientEnvelopes, clientTexts } from "./client.js"
import { compactConversation } from "./compact.js"
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
import { document, sqliteFile } from "./files.js"
import { hubClient, hubFromHub, hubServer, hubToHub } from "./hub.js"
import { inboxPayload, inboxPlaintext } from "./inbox.js"
import { introductionBody, introductionBytes, introductionText } from "./introductions.js"
import { privateBackup, privateInvite, privatePayload, privatePeer } from "./private.js"
import { inboxRows, privateRows, ratchetRows, reliabilityRows } from "./rows.js"
import { publishedChannel, segments } from "./reliability.js"
import { backupHeader, backupRecords, sealedStore, storeRecords } from "./stored.js"
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
  compactConversation,
  publishedChannel,
  segments,
  introductionText,
  introductionBytes,
  introductionBody,
  identifiers,
  commandLine,
  hubToHub,
  hubFromHub,
  hubServer,
  hubClient,
  storeRecords,
  sealedStore,
  backupHeader,
  backupRecords,
  clientTexts,
  clientEnvelopes,
  clientPeer,
  sqliteFile,
  document,
]
