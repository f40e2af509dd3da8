import { ColloquyError, empty, utf8 } from "@colloquy/core"
import { type Content, domainMax, fallbackBytesMax, type MalformedContent, type UnknownContent } from "./content.js"
import type { ContentCodec } from "./content-codec.js"
import { contentBytesMax, contentFrames } from "./content-frame.js"

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a registry holds codecs of any value
export type AnyContentCodec = ContentCodec<any, any>

/** The types of content that an application knows. */
export interface ContentRegistry {
  readonly codecs: readonly AnyContentCodec[]
  /**
   * Reads what a sender's `encodeContent` made. Never throws: what is of no known type becomes `unknown` with its bytes and its fallback,
   * what is broken `malformed`. Nothing aliases the bytes.
   */
  decode(bytes: Uint8Array): Content
}

/** Throws `BAD_CONTENT_CODEC` when two codecs share a name, or a domain and tag. */
export function contentRegistry(codecs: readonly AnyContentCodec[]): ContentRegistry {
  const byKind = new Map<number, AnyContentCodec>()
  const names = new Set<string>()
  for (const codec of codecs) {
    const kind = kindOf(codec.domain, codec.tag)
    if (byKind.has(kind) || names.has(codec.type))
      throw new ColloquyError("BAD_CONTENT_CODEC", `two codecs are called ${codec.type}, or have its domain and tag`)
    byKind.set(kind, codec)
    names.add(codec.type)
  }
  return {
    codecs,
    decode(bytes) {
      const decoded = contentFrames.decode(bytes)
      if (decoded.kind !== "frame") {
        const isTooLong = bytes.length > contentBytesMax
        return malformed(isTooLong ? "CONTENT_TOO_LONG" : "CONTENT_FRAME", isTooLong ? empty : new Uint8Array(bytes))
      }
      const { domainId: domain, tag, bytes: body, fallback } = decoded.frame
      if (domain > domainMax || isTooLongFallback(fallback)) return malformed("CONTENT_FRAME", new Uint8Array(bytes))
      const codec = byKind.get(kindOf(domain, tag))
      if (codec === undefined) return { type: "unknown", domain, tag, body, fallback } satisfies UnknownContent
      return codec.read(body, fallback) ?? { ...malformed("CONTENT_BODY", body), domain, tag, fallback }
    },
  }
}

/** One number for both, since 65,535 × 2^32 is still a safe integer. */
function kindOf(domain: number, tag: number): number {
  return domain * 0x1_0000_0000 + tag
}

function isTooLongFallback(fallback: string): boolean {
  return fallback.length * 3 > fallbackBytesMax && utf8(fallback).length > fallbackBytesMax
}

function malformed(code: MalformedContent["code"], body: Uint8Array): MalformedContent {
  return { type: "malformed", code, domain: undefined, tag: undefined, body, fallback: "" }
}
