import { ColloquyError, utf8 } from "@colloquy/core"
import { contentBytesMax, contentFrames } from "./content-frame.js"

export const domainMax = 65_535
export const tagMax = 0xffff_ffff
/** No longer fallback is made or read, in bytes of UTF-8. */
export const fallbackBytesMax = 1024

/**
 * What an application or a person reads. A value without functions: it survives a structured clone. Narrow it with a codec's `is`,
 * {@link isUnknownContent} or {@link isMalformedContent}.
 *
 * Everything in it comes from another person. Text holds any valid Unicode, controls, line breaks and bidirectional overrides included:
 * who shows it decides what to do with them, and never lets it leave its place on the screen.
 */
export interface Content {
  /** The name of the codec that read it, `unknown` or `malformed`. */
  readonly type: string
  /** The authority that defines the tag: 0 to 65,535. `undefined` where not even the frame could be read. */
  readonly domain: number | undefined
  readonly tag: number | undefined
  /** The encoded body. Not to be written to. */
  readonly body: Uint8Array
  /** What its sender wants shown by those who don't know the type; empty where the sender gave none. */
  readonly fallback: string
}

/** Content of one known type: its value stands under the type's name, so that the content of `text` has its string in `text`. */
export type ContentOf<Name extends string, Value> = Content & {
  readonly type: Name
  readonly domain: number
  readonly tag: number
} & { readonly [K in Name]: Value }

/** Well-formed, of a type that this registry doesn't know. */
export interface UnknownContent extends Content {
  readonly type: "unknown"
  readonly domain: number
  readonly tag: number
}

/** What claims to be of a known type and isn't (then domain and tag are there), or isn't a ContentFrame at all. */
export interface MalformedContent extends Content {
  readonly type: "malformed"
  readonly code: MalformedContentCode
}

/** `CONTENT_FRAME`: no ContentFrame. `CONTENT_BODY`: not what its type's codec reads. `CONTENT_TOO_LONG`: longer than content may be. */
export type MalformedContentCode = "CONTENT_FRAME" | "CONTENT_BODY" | "CONTENT_TOO_LONG"

export function isUnknownContent(content: Content): content is UnknownContent {
  return content.type === "unknown"
}

export function isMalformedContent(content: Content): content is MalformedContent {
  return content.type === "malformed"
}

/**
 * The one encoding of content as a ContentFrame (specs/content.md), in a buffer that the caller owns. Unknown content can be passed on as it
 * came. Throws `BAD_CONTENT` for malformed content and for a domain, tag or fallback out of bounds, `CONTENT_TOO_LONG`.
 */
export function encodeContent({ type, domain, tag, body, fallback }: Content): Uint8Array {
  if (type === "malformed" || domain === undefined || tag === undefined) badContent("malformed content cannot be sent")
  assertType(domain, tag)
  assertFallback(fallback)
  if (body.length > contentBytesMax) tooLong()
  try {
    return contentFrames.encode({
      $typeName: "colloquy.content.v1.ContentFrame",
      domainId: domain,
      tag,
      bytes: body,
      fallback,
    })
  } catch (error) {
    if (error instanceof ColloquyError && error.code === "FRAME_TOO_LONG") tooLong()
    throw error
  }
}

/** Throws `BAD_CONTENT` unless the domain is a whole number up to 65,535 and the tag one below 2^32. */
export function assertType(domain: number, tag: number): void {
  if (!isWhole(domain, domainMax) || !isWhole(tag, tagMax))
    badContent(`a domain is a whole number from 0 to ${domainMax}, a tag one from 0 to ${tagMax}`)
}

/** Throws `BAD_CONTENT` for a fallback that is too long or not well-formed Unicode. */
export function assertFallback(fallback: string): void {
  if (fallback.length > fallbackBytesMax || utf8(fallback).length > fallbackBytesMax || !isWellFormed(fallback))
    badContent(`a fallback is well-formed text of at most ${fallbackBytesMax} bytes`)
}

/** Whether a string has no surrogate without its other half, which UTF-8 could not hold. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

function isWhole(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}

function badContent(message: string): never {
  throw new ColloquyError("BAD_CONTENT", message)
}

function tooLong(): never {
  throw new ColloquyError("CONTENT_TOO_LONG", `content has at most ${contentBytesMax} bytes, encoded`, {
    fields: { bytesMax: contentBytesMax },
  })
}
