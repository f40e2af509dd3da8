import type { DocumentFacts } from "@colloquy/core"
import { backupDocument, introductionDocument } from "@colloquy/client/document"
import { contentDocument } from "@colloquy/content/document"
import { inboxDocument } from "@colloquy/conversation-inbox/document"
import { privateDocument } from "@colloquy/conversation-private/document"
import { envelopeDocument } from "@colloquy/core/document"
import { hubDocument } from "@colloquy/delivery-hub/document"
import { reliabilityDocument, segmentationDocument } from "@colloquy/reliability/document"
import { storeDocument } from "@colloquy/storage-sealed/document"

/** What the code has of each document under `specs`: messages, constants, and the prefix of its rules. */
export const documents: readonly DocumentFacts[] = [
  envelopeDocument,
  introductionDocument,
  inboxDocument,
  privateDocument,
  reliabilityDocument,
  segmentationDocument,
  contentDocument,
  storeDocument,
  backupDocument,
  hubDocument,
]
