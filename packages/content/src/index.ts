export {
  type Content,
  type ContentOf,
  domainMax,
  encodeContent,
  fallbackBytesMax,
  isMalformedContent,
  isUnknownContent,
  type MalformedContent,
  type MalformedContentCode,
  tagMax,
  type UnknownContent,
} from "./content.js"
export { type ContentCodec, contentCodec, type ContentCodecOptions } from "./content-codec.js"
export { contentBytesMax, contentFrames } from "./content-frame.js"
export { type AnyContentCodec, type ContentRegistry, contentRegistry } from "./content-registry.js"
export { colloquyDomain, text } from "./text.js"
