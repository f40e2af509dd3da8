import { createHash } from "node:crypto"
import { codeOf, type ColloquyError, concat, toHex } from "@colloquy/core"
import {
  decodeSegment,
  encodeSegments,
  expireSegments,
  receiveSegment,
  segmentFrames,
  segmentLimits,
  segmentOf,
  type SegmentPart,
  type SegmentPatch,
  segmentPieces,
  type SegmentReceived,
  type SegmentState,
  segmentsDeadline,
  splitContent,
} from "@colloquy/reliability"
import { keccak_256 } from "@noble/hashes/sha3"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { seeded } from "./compact-pair.js"

const startMs = 1_800_000_000_000
const dayMs = 86_400_000
const digestOf = (content: Uint8Array): Uint8Array => createHash("sha256").update(content).digest()

/** Someone who puts messages together. */
class Reader {
  state: SegmentState = { partials: new Map(), segments: new Map() }
  rowsTouched = 0

  take(part: SegmentPart, nowMs = startMs, limits = segmentLimits): SegmentReceived {
    const received = receiveSegment(this.state, part, nowMs, digestOf, limits)
    if ("patch" in received) this.apply(received.patch)
    return received
  }

  apply(patch: SegmentPatch): void {
    write(this.state.partials, patch.partials)
    write(this.state.segments, patch.segments)
    this.rowsTouched += (patch.partials?.size ?? 0) + (patch.segments?.size ?? 0)
  }
}

function write<T>(rows: ReadonlyMap<string, T>, patch: ReadonlyMap<string, T | undefined> | undefined): void {
  for (const [key, row] of patch ?? [])
    if (row === undefined) (rows as Map<string, T>).delete(key)
    else (rows as Map<string, T>).set(key, row)
}

function partsOf(
  content: Uint8Array,
  segmentBytes: number,
  message: string | null = "0",
  sender = "saro",
): SegmentPart[] {
  const parts = splitContent(content, segmentBytes)
  const digest = digestOf(content)
  return parts.map((payload, index) => ({ sender, message, index, count: parts.length, digest, payload }))
}

function contentOf(bytes: number, seed = 1): Uint8Array {
  const random = seeded(seed)
  return Uint8Array.from({ length: bytes }, () => random() * 256)
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

describe("splitting", () => {
  it.each([
    [0, 10, 1],
    [1, 10, 1],
    [10, 10, 1],
    [11, 10, 2],
    [2550, 10, 255],
  ])("SG-1: %i bytes in segments of %i are %i, and joined again the same", (bytes, segmentBytes, count) => {
    const content = contentOf(bytes)
    const parts = splitContent(content, segmentBytes)
    expect(parts).toHaveLength(count)
    expect(toHex(concat(...parts))).toBe(toHex(content))
  })

  it("SG-2: more than 255 segments are refused with an error that names the limit", () => {
    let error: unknown
    try {
      splitContent(new Uint8Array(2551), 10)
    } catch (thrown) {
      error = thrown
    }
    expect(codeOf(error)).toBe("SEGMENTS_TOO_MANY")
    expect((error as ColloquyError).fields).toEqual({ segments: 256, segmentsMax: 255, bytes: 2551, bytesMax: 2550 })
  })
})

describe("reassembly", () => {
  it("SG-6: of any order with repetitions gives each message once, with its progress", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 2, max: 40 }), (seed, count) => {
        const random = seeded(seed)
        const reader = new Reader()
        const contents = [contentOf(count * 7 - 3, seed), contentOf(count * 7 - 3, seed), contentOf(20, seed + 1)]
        const parts = contents.flatMap((content, at) => partsOf(content, 7, String(at)))
        const whole: Uint8Array[] = []
        let progress = 0
        for (const part of shuffled([...parts, ...parts.slice(0, 5), ...parts], random)) {
          const received = reader.take(part)
          if (received.kind === "whole") whole.push(received.content)
          if (received.kind === "progress") {
            progress++
            expect(received.received).toBeLessThan(received.count)
          }
          expect(received.kind).not.toBe("refused")
        }
        expect(whole.map(toHex).sort()).toEqual(contents.map(toHex).sort())
        expect(progress).toBe(parts.length - contents.length)
        expect(reader.state.segments.size).toBe(0)
      }),
      { seed: 3, numRuns: 200 },
    )
  })

  it("SG-6: the same content twice is two messages, at once or later", () => {
    const reader = new Reader()
    const content = contentOf(30)
    const kinds = ["7", "8"].flatMap((message) => partsOf(content, 10, message).map((part) => reader.take(part).kind))
    expect(kinds).toEqual(["progress", "progress", "whole", "progress", "progress", "whole"])
    const again = new Reader()
    const published = [1, 2].flatMap(() => partsOf(content, 10, null).map((part) => again.take(part).kind))
    expect(published).toEqual(kinds)
  })

  it("SG-6: messages of different senders do not mix, whatever their ids", () => {
    const reader = new Reader()
    const [first] = partsOf(contentOf(20), 10, "b/0", "a")
    const [, second] = partsOf(contentOf(20), 10, "0", "a/b")
    expect([reader.take(first as SegmentPart).kind, reader.take(second as SegmentPart).kind]).toEqual([
      "progress",
      "progress",
    ])
  })

  it("SG-4: a message that is not what its digest says is dropped whole, and does not come back", () => {
    const reader = new Reader()
    const [first, second] = partsOf(contentOf(20), 10) as [SegmentPart, SegmentPart]
    reader.take(first)
    const bad = reader.take({ ...second, payload: new Uint8Array(10) })
    expect(bad.kind).toBe("invalid")
    expect(bad.kind === "invalid" && bad.wipe.length).toBe(2)
    expect(reader.state.segments.size).toBe(0)
    expect(reader.take(second)).toEqual({ kind: "refused", code: "SEGMENTS_VOID" })
  })

  it.each<[string, Partial<SegmentPart>, string]>([
    ["another count", { count: 3 }, "SEGMENT_CONFLICT"],
    ["another digest", { digest: new Uint8Array(32) }, "SEGMENT_CONFLICT"],
    ["an index past the count", { index: 2 }, "SEGMENT_MALFORMED"],
    ["a negative index", { index: -1 }, "SEGMENT_MALFORMED"],
    ["half an index", { index: 0.5 }, "SEGMENT_MALFORMED"],
    ["a short digest", { digest: new Uint8Array(31) }, "SEGMENT_MALFORMED"],
    ["a count of 257", { count: 257, message: "1" }, "SEGMENT_MALFORMED"],
    ["a payload that is too long", { payload: new Uint8Array(128 * 1024 + 1) }, "SEGMENT_TOO_LONG"],
  ])("SG-3, SG-4: %s is refused and changes nothing", (_, change, code) => {
    const reader = new Reader()
    const [first, second] = partsOf(contentOf(20), 10) as [SegmentPart, SegmentPart]
    reader.take(first)
    const rows = reader.rowsTouched
    expect(reader.take({ ...second, ...change })).toEqual({ kind: "refused", code })
    expect(reader.rowsTouched).toBe(rows)
    expect(reader.take(second).kind).toBe("whole")
  })

  it("SG-7: half-finished messages are bounded by sender and in all, and what was begun first can be finished", () => {
    const limits = { ...segmentLimits, bytesOfSenderMax: 100, bytesMax: 150, openOfSenderMax: 4, openMax: 6 }
    const random = seeded(5)
    const reader = new Reader()
    const parts = ["saro", "pax"].flatMap((sender) =>
      Array.from({ length: 20 }, (_, at) => partsOf(contentOf(50, at), 10, String(at), sender)).flat(),
    )
    let waiting = shuffled(parts, random)
    let whole = 0
    for (let round = 0; waiting.length > 0; round++) {
      expect(round).toBeLessThan(60)
      waiting = waiting.filter((part) => {
        const received = reader.take(part, startMs + round, limits)
        if (received.kind === "whole") whole++
        const held = [...reader.state.segments.values()].reduce((sum, { length }) => sum + length, 0)
        expect(held).toBeLessThanOrEqual(150 + 50)
        for (const sender of ["saro", "pax"]) {
          const own = [...reader.state.partials.values()].filter((partial) => partial.sender === sender)
          expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(100 + 50)
        }
        const open = [...reader.state.partials.values()].filter(({ state }) => state === "open")
        expect(open.length).toBeLessThanOrEqual(6)
        expect(open.filter(({ sender }) => sender === "pax").length).toBeLessThanOrEqual(4)
        return received.kind === "refused"
      })
    }
    expect(whole).toBe(40)
  })

  it("SG-7: who has used his bytes can finish his oldest message and begin no more, and others are not concerned", () => {
    const limits = { ...segmentLimits, bytesOfSenderMax: 60 }
    const reader = new Reader()
    const [first, second] = ["1", "2"].map((message) => partsOf(contentOf(70, Number(message)), 10, message)) as [
      SegmentPart[],
      SegmentPart[],
    ]
    const take = (parts: readonly SegmentPart[], nowMs: number): string[] =>
      parts.map((part) => {
        const received = reader.take(part, nowMs, limits)
        return received.kind === "refused" ? received.code : received.kind
      })
    expect(take(first.slice(0, 4), startMs)).toEqual(Array(4).fill("progress"))
    expect(take(second.slice(0, 3), startMs + 1)).toEqual(["progress", "progress", "SEGMENTS_FULL"])
    expect(take(partsOf(contentOf(20), 10, "1", "pax"), startMs + 2)).toEqual(["progress", "whole"])
    expect(take(first.slice(4), startMs + 3)).toEqual(["progress", "progress", "whole"])
    expect(take(second.slice(2), startMs + 4)).toEqual([...Array<string>(4).fill("progress"), "whole"])
  })

  it("SG-7: a hostile sender with ten thousand beginnings fills no more than his share, and leaves others theirs", () => {
    const reader = new Reader()
    const payload = new Uint8Array(10)
    for (let at = 0; at < 10_000; at++)
      reader.take({ sender: "mallory", message: String(at), index: 0, count: 255, digest: new Uint8Array(32), payload })
    expect(reader.state.partials.size).toBe(16)
    const kinds = partsOf(contentOf(20), 10).map((part) => reader.take(part).kind)
    expect(kinds).toEqual(["progress", "whole"])
  })

  it("SG-7: finished messages are forgotten, the oldest first, and never more than 512 remembered", () => {
    const reader = new Reader()
    for (let at = 0; at < 2000; at++)
      for (const part of partsOf(contentOf(20, at), 10, String(at))) reader.take(part, startMs + at)
    expect(reader.state.partials.size).toBe(512)
    expect(reader.state.partials.has("4:saro/1999")).toBe(true)
    expect(reader.state.partials.has("4:saro/1487")).toBe(false)
  })

  it("SG-8: what is not finished in 30 days is given up, erased, and refused after", () => {
    const reader = new Reader()
    const [first, second] = partsOf(contentOf(20), 10) as [SegmentPart, SegmentPart]
    reader.take(first)
    expect(segmentsDeadline(reader.state)).toBe(startMs + 30 * dayMs)
    expect(expireSegments(reader.state, startMs + 30 * dayMs - 1).expired).toEqual([])
    const expired = expireSegments(reader.state, startMs + 30 * dayMs)
    expect(expired.expired).toEqual([{ sender: "saro", received: 1, count: 2 }])
    expect(expired.wipe.map(toHex)).toEqual([toHex(first.payload)])
    reader.apply(expired.patch)
    expect(reader.state.segments.size).toBe(0)
    expect(reader.take(second, startMs + 31 * dayMs)).toEqual({ kind: "refused", code: "SEGMENTS_VOID" })
    reader.apply(expireSegments(reader.state, startMs + 60 * dayMs).patch)
    expect(reader.state.partials.size).toBe(0)
    expect(segmentsDeadline(reader.state)).toBeUndefined()
  })

  it("SG-6: a segment touches two rows, the last one those of its message", () => {
    const reader = new Reader()
    const parts = partsOf(contentOf(100), 10)
    const rows = parts.map((part) => {
      const before = reader.rowsTouched
      reader.take(part)
      return reader.rowsTouched - before
    })
    expect(rows).toEqual([...Array<number>(9).fill(2), 10])
  })

  it("SG-6: survives being stored and read again after each segment", () => {
    const reader = new Reader()
    for (const part of partsOf(contentOf(95), 10)) {
      const received = reader.take(part)
      if (received.kind === "whole") expect(toHex(received.content)).toBe(toHex(contentOf(95)))
      const { partials, segments } = segmentPieces
      const stored = <T>(
        rows: ReadonlyMap<string, T>,
        codec: typeof partials.codec | typeof segments.codec,
      ): Map<string, T> =>
        new Map([...rows].map(([key, row]) => [key, codec.decode(codec.encode(row as never), 1) as T]))
      reader.state = {
        partials: stored(reader.state.partials, partials.codec),
        segments: stored(reader.state.segments, segments.codec),
      }
    }
    expect([...reader.state.partials.values()].map(({ state }) => state)).toEqual(["whole"])
  })

  it("SG-9: a segment of the compact profile belongs to the message whose first number is its own less its index", () => {
    const digest = digestOf(contentOf(3))
    const content = contentOf(3)
    const part = segmentOf({ lamport: 1, sequence: 42, segment: { index: 2, count: 3, digest }, content }, "saro")
    expect(part).toEqual({ sender: "saro", message: "40", index: 2, count: 3, digest, payload: content })
    expect(segmentOf({ lamport: 1, sequence: 42, content }, "saro")).toBeUndefined()
    expect(segmentOf({ lamport: 1, sequence: 42, segment: { index: 2, count: 3 }, content }, "saro")).toBeUndefined()
  })
})

describe("the published segment", () => {
  const encoded = encodeSegments(contentOf(25), 10, keccak_256)

  it("SG-3: has the published fields", () => {
    const hash = toHex(keccak_256(contentOf(25)))
    const parts = splitContent(contentOf(25), 10)
    expect(encoded.map(toHex)).toEqual([
      `0a20${hash}` + "1803" + `220a${toHex(parts[0] as Uint8Array)}`,
      `0a20${hash}` + "10011803" + `220a${toHex(parts[1] as Uint8Array)}`,
      `0a20${hash}` + "10021803" + `2205${toHex(parts[2] as Uint8Array)}`,
    ])
  })

  it("SG-4: is put together and verified with the published hash", () => {
    const state: SegmentState = { partials: new Map(), segments: new Map() }
    const kinds = encoded.map((bytes) => {
      const decoded = decodeSegment(bytes, "raya")
      if (decoded.kind !== "data") throw new Error(decoded.kind)
      const received = receiveSegment(state, decoded.part, startMs, keccak_256)
      if ("patch" in received) {
        write(state.partials, received.patch.partials)
        write(state.segments, received.patch.segments)
      }
      return received.kind === "whole" ? toHex(received.content) : received.kind
    })
    expect(kinds).toEqual(["progress", "progress", toHex(contentOf(25))])
  })

  it("SG-1: a payload that fits is one segment, whole at once", () => {
    const [only, ...others] = encodeSegments(contentOf(10), 10, keccak_256)
    expect(others).toEqual([])
    const decoded = decodeSegment(only as Uint8Array, "raya")
    if (decoded.kind !== "data") throw new Error(decoded.kind)
    const received = receiveSegment({ partials: new Map(), segments: new Map() }, decoded.part, startMs, keccak_256)
    expect(received.kind === "whole" && toHex(received.content)).toBe(toHex(contentOf(10)))
  })

  const base = {
    $typeName: "colloquy.segmentation.v1.SegmentMessage",
    entireMessageHash: new Uint8Array(32),
    index: 0,
    segmentsCount: 0,
    payload: new Uint8Array(5),
    paritySegmentIndex: 0,
    paritySegmentsCount: 0,
  } as const

  it("SG-5: parity is well-formed and without effect", () => {
    const parity = { ...base, paritySegmentIndex: 1, paritySegmentsCount: 2 }
    expect(decodeSegment(segmentFrames.encode(parity), "raya")).toEqual({ kind: "parity" })
  })

  it.each([
    ["neither data nor parity", {}],
    ["a short hash", { entireMessageHash: new Uint8Array(31), segmentsCount: 1 }],
    ["an index past the count", { index: 2, segmentsCount: 2 }],
    ["257 segments", { segmentsCount: 257 }],
    ["both data and parity", { segmentsCount: 2, paritySegmentsCount: 1 }],
    ["a parity index past the count", { paritySegmentIndex: 1, paritySegmentsCount: 1 }],
    ["a parity segment with an index", { index: 1, paritySegmentsCount: 1 }],
    ["257 parity segments", { paritySegmentsCount: 257 }],
  ])("SG-3: %s is refused", (_, change) => {
    const bytes = segmentFrames.encode({ ...base, ...change })
    expect(decodeSegment(bytes, "raya")).toEqual({ kind: "refused", code: "SEGMENT_MALFORMED" })
  })

  it("SG-3: truncated at any length or with any byte flipped it is refused, or the one encoding of another segment", () => {
    const [, bytes] = encoded as [Uint8Array, Uint8Array]
    for (let at = 0; at < bytes.length; at++) {
      const changes = [1, 0x80, 0xff].map((mask) => bytes.map((byte, i) => (i === at ? byte ^ mask : byte)))
      for (const changed of [bytes.slice(0, at), ...changes]) {
        const decoded = segmentFrames.decode(changed)
        if (decoded.kind === "frame") expect(toHex(segmentFrames.encode(decoded.frame))).toBe(toHex(changed))
        else expect(decodeSegment(changed, "raya").kind).toBe("refused")
      }
    }
  })
})
