import { type DocumentFacts, keyBytesMax, valueBytesMax } from "@colloquy/core"
import { checksumLabelText, headerBytes, magicText } from "./header.js"
import { recordLabelText, wrapLabelText } from "./master-key.js"
import { recordOverheadBytes } from "./record-sealer.js"
import { passwordCostLimits, secretBytesMax } from "./unlock.js"

/** What `specs/store.md` says in numbers and labels, for the two to be compared. */
export const storeDocument: DocumentFacts = {
  document: "specs/store.md",
  rules: "SS",
  constants: {
    magic: { value: magicText, means: "begins the header" },
    headerBytes: { value: headerBytes, means: "bytes of the header" },
    keyBytesMax: { value: keyBytesMax, means: "bytes of a key" },
    valueBelowBytesMax: { value: valueBytesMax, means: "bytes of a value in the storage below" },
    valueBytesMax: { value: valueBytesMax - recordOverheadBytes, means: "bytes of a value", rule: "SS-7" },
    recordOverheadBytes: { value: recordOverheadBytes, means: "bytes that sealing adds to a value", rule: "SS-7" },
    secretBytesMax: { value: secretBytesMax, means: "bytes of a passphrase", rule: "SS-4" },
    operationsMax: { value: passwordCostLimits.operationsMax, means: "passes of Argon2id", rule: "SS-6" },
    memoryBytesMin: { value: passwordCostLimits.memoryBytesMin, means: "bytes of memory, at least", rule: "SS-6" },
    memoryBytesMax: { value: passwordCostLimits.memoryBytesMax, means: "bytes of memory, at most", rule: "SS-6" },
    checksumLabel: { value: checksumLabelText, means: "the key of the header's checksum" },
    wrapLabel: { value: wrapLabelText, means: "derives what wraps the master key" },
    recordLabel: { value: recordLabelText, means: "derives the key of records" },
  },
}
