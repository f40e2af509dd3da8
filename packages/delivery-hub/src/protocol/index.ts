export {
  batchElementsMax,
  closeCodes,
  closeReason,
  creditMax,
  cursorBytesMax,
  helloBytesMax,
  type HubCloseReason,
  hubProtocolVersion,
  hubSubprotocol,
  messageBytesMax,
  publicationIdBytes,
  scopeBytes,
} from "./constants.js"
export { type HubRefusal, refusalNumber, refusalOf } from "./refusals.js"
export { decodeToHub, encodeToHub, type Read, type ReadLimits, type ToHub, type ToHubInit } from "./to-hub.js"
export { decodeFromHub, encodeFromHub, type FromHub, type FromHubInit } from "./from-hub.js"
export {
  type Batch as HubBatch,
  type Follow as HubFollow,
  Proof as HubProof,
  type Publication as HubPublication,
  type Welcome as HubWelcome,
} from "../generated/hub_pb.js"
