import type { DocumentFacts } from "@colloquy/core"
import { FromHubSchema, ToHubSchema } from "./generated/hub_pb.js"
import {
  batchElementsMax,
  creditMax,
  cursorBytesMax,
  helloBytesMax,
  hubProtocolVersion,
  hubSubprotocol,
  messageBytesMax,
  publicationIdBytes,
  scopeBytes,
} from "./protocol/constants.js"

/** What `specs/hub.md` says in numbers and names, for the two to be compared. */
export const hubDocument: DocumentFacts = {
  document: "specs/hub.md",
  rules: "HUB",
  messages: [ToHubSchema, FromHubSchema],
  constants: {
    version: { value: hubProtocolVersion, means: "the version of the protocol", rule: "HUB-2" },
    subprotocol: { value: hubSubprotocol, means: "what both sides name to WebSocket", rule: "HUB-1" },
    helloBytesMax: { value: helloBytesMax, means: "bytes of a client's first message", rule: "HUB-2" },
    publicationIdBytes: { value: publicationIdBytes, means: "bytes of a publication's id", rule: "HUB-3" },
    creditMax: { value: creditMax, means: "batches that may be asked for at once", rule: "HUB-9" },
    scopeBytes: { value: scopeBytes, means: "bytes of a scope" },
    cursorBytesMax: { value: cursorBytesMax, means: "bytes of a cursor" },
    messageBytesMax: { value: messageBytesMax, means: "bytes of a message that a client reads", rule: "HUB-20" },
    elementsMax: { value: batchElementsMax, means: "elements of a message that a client reads", rule: "HUB-20" },
  },
}
