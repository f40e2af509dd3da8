import type { DocumentFacts } from "@colloquy/core"
import { ratchetOverheadBytes, skippedKeyLifetimeMs, skippedKeysMax } from "@colloquy/crypto"
import { contentBytesMax, lamportMax } from "./frames.js"
import { lamportLeadMaxMs } from "./messages.js"
import { windowMax } from "./receive.js"
import { prekeysMax } from "./resident.js"
import { foundingLabel, messageLabel, payloadLabel, protocol } from "./secrets.js"

/** What `sketch-v1.md` says in numbers and labels, for the two to be compared. */
export const sketchDocument: DocumentFacts = {
  document: "sketch-v1.md",
  rules: "SK1",
  constants: {
    contentBytesMax: { value: contentBytesMax, means: "bytes of the longest content", rule: "SK1-2" },
    lamportMax: { value: lamportMax, means: "the highest Lamport time", rule: "SK1-2" },
    prekeysMax: { value: prekeysMax, means: "offers that are out at once", rule: "SK1-4" },
    overheadBytes: { value: ratchetOverheadBytes, means: "bytes that sealing adds to a frame", rule: "SK1-7" },
    lamportLeadMaxMs: { value: lamportLeadMaxMs, means: "how far ahead a heard time counts, in ms", rule: "SK1-9" },
    skippedKeysMax: { value: skippedKeysMax, means: "skipped keys that are kept", rule: "SK1-10" },
    skippedKeyLifetimeMs: { value: skippedKeyLifetimeMs, means: "how long, in ms", rule: "SK1-10" },
    windowMax: { value: windowMax, means: "numbers that are expected of a chain", rule: "SK1-11" },
    rootLabel: { value: `${protocol}/root`, means: "derives a new root", rule: "SK1-7" },
    chainLabel: { value: `${protocol}/chain`, means: "derives message keys", rule: "SK1-7" },
    headerLabel: { value: `${protocol}/header`, means: "derives what encrypts headers", rule: "SK1-7" },
    hintLabel: { value: `${protocol}/hint`, means: "derives hints", rule: "SK1-7" },
    foundingLabel: { value: foundingLabel, means: "begins what the secrets are derived from", rule: "SK1-5" },
    payloadLabel: { value: payloadLabel, means: "begins what a payload is bound to", rule: "SK1-8" },
    messageLabel: { value: messageLabel, means: "begins what a message id is the hash of", rule: "SK1-9" },
  },
}
