import { fromUtf8, type FrameTree, utf8 } from "@colloquy/core"

/** Any JSON object as a frame: enough for types that only tests run. */
export function jsonFrames(name: string): FrameTree<Record<string, unknown>> {
  return {
    root: { name, description: "an object", fields: [], children: [] },
    encoding: "json",
    bytesMax: 100_000,
    encode: (frame) => utf8(JSON.stringify(frame)),
    decode(bytes) {
      try {
        const frame: unknown = JSON.parse(fromUtf8(bytes) ?? "")
        if (typeof frame === "object" && frame !== null)
          return { kind: "frame", frame: frame as Record<string, unknown> }
      } catch {
        // Refused below.
      }
      return { kind: "refused", code: "FRAME_MALFORMED" }
    },
  }
}

/** A codec of values that JSON can hold. */
export function jsonCodec<T>(): { version: number; encode(value: T): Uint8Array; decode(bytes: Uint8Array): T } {
  return {
    version: 1,
    encode: (value) => utf8(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(fromUtf8(bytes) ?? "") as T,
  }
}
