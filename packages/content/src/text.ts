import { ColloquyError, fromUtf8, utf8 } from "@colloquy/core"
import { isWellFormed } from "./content.js"
import { type ContentCodec, contentCodec } from "./content-codec.js"

/** The domain of the types that Colloquy defines (specs/content.md). */
export const colloquyDomain = 49_169

/**
 * Plain text: `text("hello")` makes content, and where `text.is(content)`, `content.text` is the string. Its body is the UTF-8 of the text and
 * nothing else. Throws `BAD_CONTENT` for a string with half a surrogate pair. It is not cleaned of controls or bidirectional overrides.
 */
export const text: ContentCodec<"text", string> = contentCodec({
  domain: colloquyDomain,
  tag: 1,
  name: "text",
  encode(value) {
    if (!isWellFormed(value)) throw new ColloquyError("BAD_CONTENT", "text holds half a surrogate pair")
    return utf8(value)
  },
  decode: fromUtf8,
})
