import { ColloquyError } from "@colloquy/core"
import { assertFallback, assertType, type Content, type ContentOf } from "./content.js"

export interface ContentCodecOptions<Name extends string, Value> {
  /** The authority that defines the tag. Whoever needs tags and has no domain uses one that nobody else does: 0 to 65,535. */
  readonly domain: number
  readonly tag: number
  /** What the type is called in `content.type`, and the property that holds the value: a lower-case identifier. */
  readonly name: Name
  encode(value: Value): Uint8Array
  /** `undefined`, or an exception, for what is no body of this type. The value must survive a structured clone and be bounded by the body. */
  decode(body: Uint8Array): Value | undefined
  /** What others show in place of this value, where a call gives nothing. */
  fallback?(value: Value): string
}

/** One type of content. Calling it makes content of that type. */
export interface ContentCodec<Name extends string = string, Value = unknown> {
  (value: Value, options?: { readonly fallback?: string }): ContentOf<Name, Value>
  readonly domain: number
  readonly tag: number
  readonly type: Name
  /** Whether content was made or read by this codec. */
  is(content: Content): content is ContentOf<Name, Value>
  /** The content that this body and fallback are; `undefined` where the body is none of this type. Never throws. */
  read(body: Uint8Array, fallback: string): ContentOf<Name, Value> | undefined
}

const namePattern = /^[a-z][a-zA-Z0-9]{0,31}$/
const reserved = ["type", "domain", "tag", "body", "fallback", "code", "unknown", "malformed", "constructor"]

/**
 * Defines a type of content. Throws `BAD_CONTENT_CODEC` for a name that is no lower-case identifier or taken by content itself, `BAD_CONTENT`
 * for a domain or tag out of bounds. Calling the codec throws what `encode` throws, and `BAD_CONTENT` for a bad fallback.
 */
export function contentCodec<const Name extends string, Value>(
  options: ContentCodecOptions<Name, Value>,
): ContentCodec<Name, Value> {
  const { domain, tag, name } = options
  assertType(domain, tag)
  if (!namePattern.test(name) || reserved.includes(name))
    throw new ColloquyError("BAD_CONTENT_CODEC", `${name} cannot name a type of content`)
  const content = (body: Uint8Array, fallback: string, value: Value): ContentOf<Name, Value> =>
    ({ type: name, domain, tag, body, fallback, [name]: value }) as unknown as ContentOf<Name, Value>
  const make = (value: Value, { fallback = options.fallback?.(value) ?? "" } = {}): ContentOf<Name, Value> => {
    assertFallback(fallback)
    return content(options.encode(value), fallback, value)
  }
  return Object.assign(make, {
    domain,
    tag,
    type: name,
    is: (candidate: Content): candidate is ContentOf<Name, Value> =>
      candidate.type === name && candidate.domain === domain && candidate.tag === tag,
    read(body: Uint8Array, fallback: string) {
      try {
        const value = options.decode(body)
        return value === undefined ? undefined : content(body, fallback, value)
      } catch {
        return undefined
      }
    },
  })
}
