import type { DocumentFacts } from "@colloquy/core"
import { domainMax, fallbackBytesMax, tagMax } from "./content.js"
import { contentBytesMax } from "./content-frame.js"
import { ContentFrameSchema } from "./generated/content_pb.js"
import { colloquyDomain } from "./text.js"

/** What `specs/content.md` says in numbers, for the two to be compared. */
export const contentDocument: DocumentFacts = {
  document: "specs/content.md",
  rules: "CON",
  messages: [ContentFrameSchema],
  constants: {
    domainMax: { value: domainMax, means: "the highest domain", rule: "CON-1" },
    tagMax: { value: tagMax, means: "the highest tag", rule: "CON-1" },
    fallbackBytesMax: { value: fallbackBytesMax, means: "bytes of a fallback", rule: "CON-1" },
    contentBytesMax: { value: contentBytesMax, means: "bytes of a ContentFrame", rule: "CON-1" },
    colloquyDomain: { value: colloquyDomain, means: "the domain of the types that Colloquy defines", rule: "CON-3" },
  },
}
