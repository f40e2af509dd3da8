import type { DocumentFacts } from "@colloquy/core"
import { boardFrames } from "./frames.js"
import { contentBytesMax, textLengthMax } from "./machine.js"
import { aheadMax } from "./payload.js"
import { pinsMax } from "./state.js"

/** What `examples/board-v1.md` says in numbers and labels, for the two to be compared. */
export const boardDocument: DocumentFacts = {
  document: "examples/board-v1.md",
  rules: "BO1",
  constants: {
    aheadMax: { value: aheadMax, means: "how far ahead of its turn a payload is kept", rule: "BO1-6" },
    pinsMax: { value: pinsMax, means: "rows of a board", rule: "BO1-9" },
    frameBytesMax: { value: boardFrames.bytesMax, means: "bytes of a frame", rule: "BO1-10" },
    contentBytesMax: { value: contentBytesMax, means: "bytes of content", rule: "BO1-10" },
    textLengthMax: { value: textLengthMax, means: "UTF-16 units of a note", rule: "BO1-10" },
    rootLabel: { value: "example/BoardV1/root", means: "begins what the root is derived from", rule: "BO1-2" },
    payloadLabel: { value: "example/BoardV1/payload", means: "begins what a payload is bound to", rule: "BO1-5" },
    entryLabel: { value: "example/BoardV1/entry", means: "begins what a message id is the hash of", rule: "BO1-8" },
  },
}
