import { create } from "@bufbuild/protobuf"
import fc from "fast-check"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { concat, equalBytes, fromHex, toHex } from "../bytes.js"
import { codeOf } from "../errors.js"
import { protobufFrames } from "../frames/protobuf-frames.js"
import { EnvelopeSchema } from "../generated/envelope_pb.js"
import { decodeEnvelope, encodeEnvelope, envelopeBytesMax } from "./envelope.js"

interface Vectors {
  readonly valid: readonly {
    readonly name: string
    readonly hint?: string
    readonly payload: string
    readonly envelope: string
  }[]
  readonly refused: readonly { readonly name: string; readonly envelope: string; readonly code: string }[]
}

const vectors = JSON.parse(
  readFileSync(new URL("../../test/vectors/envelope.json", import.meta.url), "utf8"),
) as Vectors
const general = protobufFrames({ schema: EnvelopeSchema, bytesMax: envelopeBytesMax })
const hex = (text: string): Uint8Array => fromHex(text) as Uint8Array

describe("an envelope", () => {
  it.each(vectors.valid)("ENV-1: is written and read as in the vector: $name", ({ hint, payload, envelope }) => {
    const value = hint === undefined ? { payload: hex(payload) } : { hint: hex(hint), payload: hex(payload) }
    expect(toHex(encodeEnvelope(value))).toBe(envelope)
    expect(decodeEnvelope(hex(envelope))).toEqual({ kind: "envelope", envelope: value })
  })

  it.each(vectors.refused)("ENV-2: is refused as in the vector: $name", ({ envelope, code }) => {
    expect(decodeEnvelope(hex(envelope))).toEqual({ kind: "refused", code })
  })

  it("ENV-2: is read exactly when canonical protobuf with a hint of 16 bytes and a payload is", () => {
    const sample = encodeEnvelope({ hint: new Uint8Array(16).fill(7), payload: new Uint8Array(200).fill(9) })
    const changed = fc.array(fc.tuple(fc.nat(24), fc.integer({ min: 0, max: 255 })), { maxLength: 2 }).chain((edits) =>
      fc.nat(sample.length).map((length) => {
        const bytes = sample.slice(0, length)
        for (const [at, value] of edits) if (at < length) bytes[at] = value
        return bytes
      }),
    )
    const start = fc.constantFrom(
      "",
      "12",
      "0a10",
      "0a1000112233445566778899aabbccddeeff",
      "0a1000112233445566778899aabbccddeeff12",
    )
    const crafted = fc.tuple(start, fc.uint8Array({ maxLength: 20 })).map(([text, rest]) => concat(hex(text), rest))
    fc.assert(
      fc.property(fc.oneof(changed, crafted), (bytes) => {
        const fast = decodeEnvelope(bytes)
        const slow = general.decode(bytes)
        const isEnvelope =
          slow.kind === "frame" && [0, 16].includes(slow.frame.hint.length) && slow.frame.payload.length > 0
        if ((fast.kind === "envelope") !== isEnvelope) throw new Error(`the decoders differ on ${toHex(bytes)}`)
        if (fast.kind === "envelope" && !equalBytes(encodeEnvelope(fast.envelope), bytes)) throw new Error(toHex(bytes))
      }),
      { seed: 3, numRuns: 30_000 },
    )
  })

  it("ENV-1: is what protobuf writes, over each length of a payload's length", () => {
    for (const length of [1, 127, 128, 16_383, 16_384, envelopeBytesMax - 22]) {
      const value = { hint: new Uint8Array(16).fill(1), payload: new Uint8Array(length).fill(2) }
      const encoded = encodeEnvelope(value)
      expect(equalBytes(encoded, general.encode(create(EnvelopeSchema, value)))).toBe(true)
      const decoded = decodeEnvelope(encoded)
      expect(decoded.kind === "envelope" && equalBytes(decoded.envelope.payload, value.payload)).toBe(true)
      for (const cut of [1, 2, length])
        expect(decodeEnvelope(encoded.subarray(0, encoded.length - cut)).kind).toBe("refused")
    }
  })

  it("ENV-2: is refused when it is truncated at any length, or has one byte more", () => {
    const encoded = encodeEnvelope({ hint: new Uint8Array(16).fill(1), payload: new Uint8Array(300).fill(2) })
    for (let length = 0; length < encoded.length; length++)
      expect(decodeEnvelope(encoded.subarray(0, length)).kind).toBe("refused")
    expect(decodeEnvelope(concat(encoded, Uint8Array.of(0)))).toEqual({ kind: "refused", code: "ENVELOPE_MALFORMED" })
  })

  it("ENV-3: is neither written nor read above its limit", () => {
    const payload = new Uint8Array(envelopeBytesMax - 4)
    expect(encodeEnvelope({ payload })).toHaveLength(envelopeBytesMax)
    expect(codeOf(thrown(() => encodeEnvelope({ payload: new Uint8Array(envelopeBytesMax - 3) })))).toBe(
      "ENVELOPE_TOO_LONG",
    )
    expect(decodeEnvelope(new Uint8Array(envelopeBytesMax + 1))).toEqual({ kind: "refused", code: "ENVELOPE_TOO_LONG" })
  })

  it("ENV-1: is not written with a hint of another length or without a payload", () => {
    const payload = Uint8Array.of(1)
    for (const length of [0, 15, 17])
      expect(codeOf(thrown(() => encodeEnvelope({ hint: new Uint8Array(length), payload })))).toBe("BAD_HINT")
    expect(codeOf(thrown(() => encodeEnvelope({ payload: new Uint8Array(0) })))).toBe("ENVELOPE_EMPTY")
  })

  it("ENV-4: without a hint is another than with one of zeros", () => {
    const payload = Uint8Array.of(1)
    const without = encodeEnvelope({ payload })
    expect(toHex(without)).toBe("120101")
    expect(decodeEnvelope(without)).toEqual({ kind: "envelope", envelope: { payload } })
    const zeros = new Uint8Array(16)
    expect(decodeEnvelope(encodeEnvelope({ hint: zeros, payload }))).toEqual({
      kind: "envelope",
      envelope: { hint: zeros, payload },
    })
  })

  it("is read from the middle of a buffer as plain bytes", () => {
    const encoded = encodeEnvelope({ payload: Uint8Array.of(1, 2, 3) })
    const buffer = Buffer.concat([Buffer.from("before"), encoded, Buffer.from("after")])
    const decoded = decodeEnvelope(buffer.subarray(6, 6 + encoded.length))
    expect(decoded).toEqual({ kind: "envelope", envelope: { payload: Uint8Array.of(1, 2, 3) } })
    expect(decoded.kind === "envelope" && Buffer.isBuffer(decoded.envelope.payload)).toBe(false)
  })
})

function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
