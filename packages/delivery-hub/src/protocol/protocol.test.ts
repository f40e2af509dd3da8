import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { closeCodes, closeReason, messageBytesMax } from "./constants.js"
import { decodeFromHub, encodeFromHub, type FromHubInit } from "./from-hub.js"
import { type HubRefusal, refusalNumber, refusalOf } from "./refusals.js"
import { decodeToHub, encodeToHub, type ToHubInit } from "./to-hub.js"

const limits = { bytesMax: 100_000, elementsMax: 200 }
const id = new Uint8Array(16).fill(1)
const cursor = new Uint8Array(24).fill(2)
const payload = new Uint8Array([1, 2, 3])
const welcome = {
  version: 1,
  scope: id,
  payloadBytesMax: 1000,
  topicsMax: 10,
  feedsMax: 4,
  publicationsMax: 8,
  publicationBytesMax: 4000,
  messageBytesMax: 10_000,
  retentionMs: 0,
  heartbeatMs: 1000,
  silenceMs: 3000,
}

const toHub: ToHubInit[] = [
  { case: "hello", value: { versions: [1, 2] } },
  { case: "publish", value: { publications: [{ id, topic: "/a/1/b/raw", payload, ephemeral: true }] } },
  { case: "openFeed", value: { feed: 1, cursor } },
  {
    case: "follow",
    value: { request: 1, feed: 1, topics: [{ topic: "/a/1/b/raw", sinceMs: 5 }, { topic: "/a/1/c/raw" }] },
  },
  { case: "leave", value: { request: 2, feed: 1, topics: ["/a/1/b/raw"] } },
  { case: "pull", value: { feed: 1, batches: 1 } },
  { case: "closeFeed", value: { feed: 1 } },
  { case: "ping", value: {} },
  { case: "pong", value: {} },
]

const fromHub: FromHubInit[] = [
  { case: "welcome", value: welcome },
  { case: "published", value: { ids: [id, id], proof: 1 } },
  { case: "publicationRefused", value: { id, code: 1 } },
  { case: "requestDone", value: { request: 1, cursor } },
  { case: "requestRefused", value: { request: 1, code: 2 } },
  {
    case: "batch",
    value: {
      feed: 1,
      topics: ["/a/1/b/raw"],
      payloads: [{ topic: 0, payload }],
      cursor,
      live: true,
      gapTopics: ["/a/1/b/raw"],
    },
  },
  { case: "feedFailed", value: { feed: 1, code: 5 } },
  { case: "ping", value: {} },
  { case: "pong", value: {} },
]

const directions = [
  ["to the hub", toHub.map((message) => encodeToHub(message)), (bytes: Uint8Array) => decodeToHub(bytes, limits)],
  ["from the hub", fromHub.map((message) => encodeFromHub(message)), (bytes: Uint8Array) => decodeFromHub(bytes)],
] as const

describe.each(directions)("messages %s", (_, encoded, decode) => {
  it("HUB-1: are read as they were written", () => {
    const messages = encoded === directions[0][1] ? toHub : fromHub
    encoded.forEach((bytes, index) => expect(decode(bytes)).toMatchObject({ message: messages[index] }))
  })

  it("HUB-19, HUB-20: cut at each length or with any byte flipped are read or refused, never an exception", () => {
    for (const bytes of encoded) {
      for (let length = 0; length < bytes.length; length++) expectOutcome(decode(bytes.subarray(0, length)))
      for (let at = 0; at < bytes.length; at++) {
        for (const mask of [1, 0x80, 0xff]) {
          const flipped = bytes.slice()
          flipped[at] = (flipped[at] as number) ^ mask
          expectOutcome(decode(flipped))
        }
      }
    }
  })

  it("HUB-19, HUB-20: of random bytes are read or refused, never an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => expectOutcome(decode(bytes))),
      { numRuns: 3000 },
    )
  })

  it("HUB-19, HUB-20: of no bytes are malformed, of an unknown kind are told apart", () => {
    expect(decode(new Uint8Array(0))).toEqual({ refused: "HUB_MALFORMED" })
    // Field 100, of no bytes.
    expect(decode(Uint8Array.of(0xa2, 0x06, 0))).toEqual({ refused: "HUB_UNKNOWN_KIND" })
  })
})

describe("what a hub does not take", () => {
  it.each<[string, ToHubInit]>([
    ["a hello without a version", { case: "hello", value: { versions: [] } }],
    ["a hello with 65 versions", { case: "hello", value: { versions: Array.from({ length: 65 }, (_, i) => i) } }],
    ["a publish of nothing", { case: "publish", value: { publications: [] } }],
    ["an id of 15 bytes", { case: "publish", value: { publications: [{ id: id.subarray(1), topic: "/a/1/b/raw" }] } }],
    [
      "an id of 17 bytes",
      { case: "publish", value: { publications: [{ id: new Uint8Array(17), topic: "/a/1/b/raw" }] } },
    ],
    ["feed 0", { case: "openFeed", value: { feed: 0 } }],
    ["a cursor of 257 bytes", { case: "openFeed", value: { feed: 1, cursor: new Uint8Array(257) } }],
    ["request 0", { case: "follow", value: { request: 0, feed: 1, topics: [] } }],
    [
      "a time before 1970",
      { case: "follow", value: { request: 1, feed: 1, topics: [{ topic: "/a/1/b/raw", sinceMs: -1 }] } },
    ],
    [
      "a time that is no number",
      { case: "follow", value: { request: 1, feed: 1, topics: [{ topic: "", sinceMs: Number.NaN }] } },
    ],
    ["a pull of nothing", { case: "pull", value: { feed: 1, batches: 0 } }],
    ["a pull of 17 batches", { case: "pull", value: { feed: 1, batches: 17 } }],
  ])("HUB-19: %s", (_, message) => {
    expect(decodeToHub(encodeToHub(message), limits)).toEqual({ refused: "HUB_MALFORMED" })
  })

  it("HUB-19: a message over the limit, before it is decoded", () => {
    expect(decodeToHub(new Uint8Array(100_001), limits)).toEqual({ refused: "HUB_TOO_LARGE" })
  })

  it("HUB-19: more elements than the limit, however small, before they are decoded", () => {
    const topics = Array.from({ length: 300 }, () => ({ topic: "" }))
    const many = encodeToHub({ case: "follow", value: { request: 1, feed: 1, topics } })
    expect(decodeToHub(many, limits)).toEqual({ refused: "HUB_MALFORMED" })
    const versions = encodeToHub({ case: "hello", value: { versions: Array.from({ length: 60_000 }, () => 1) } })
    expect(decodeToHub(versions, limits)).toEqual({ refused: "HUB_MALFORMED" })
  })
})

describe("what a client does not take", () => {
  const valid = { feed: 1, topics: ["/a/1/b/raw"], payloads: [{ topic: 0, payload }], cursor, live: true }
  it.each<[string, FromHubInit]>([
    ["a scope of 15 bytes", { case: "welcome", value: { ...welcome, scope: id.subarray(1) } }],
    ["a limit of nothing", { case: "welcome", value: { ...welcome, topicsMax: 0 } }],
    ["a window smaller than a payload", { case: "welcome", value: { ...welcome, publicationBytesMax: 999 } }],
    ["a message smaller than a payload", { case: "welcome", value: { ...welcome, messageBytesMax: 1000 } }],
    ["a heartbeat of 9 ms", { case: "welcome", value: { ...welcome, heartbeatMs: 9 } }],
    ["a silence shorter than two heartbeats", { case: "welcome", value: { ...welcome, silenceMs: 1999 } }],
    ["a silence of an hour", { case: "welcome", value: { ...welcome, silenceMs: 3_600_000 } }],
    ["a retention that is no number", { case: "welcome", value: { ...welcome, retentionMs: Number.NaN } }],
    ["an acknowledgement of nothing", { case: "published", value: { ids: [], proof: 1 } }],
    ["an acknowledgement without a proof", { case: "published", value: { ids: [id], proof: 0 } }],
    ["an acknowledged id of 15 bytes", { case: "published", value: { ids: [id.subarray(1)], proof: 1 } }],
    ["a batch without a cursor", { case: "batch", value: { ...valid, cursor: new Uint8Array(0) } }],
    ["a batch with a cursor of 257 bytes", { case: "batch", value: { ...valid, cursor: new Uint8Array(257) } }],
    [
      "a payload of a topic that the batch does not have",
      { case: "batch", value: { ...valid, payloads: [{ topic: 1 }] } },
    ],
    ["a request done without a cursor", { case: "requestDone", value: { request: 1 } }],
  ])("HUB-20: %s", (_, message) => {
    expect(decodeFromHub(encodeFromHub(message))).toEqual({ refused: "HUB_MALFORMED" })
  })

  it("HUB-20: a message of more than 8 MiB, or of more than 16,384 elements", () => {
    expect(decodeFromHub(new Uint8Array(messageBytesMax + 1))).toEqual({ refused: "HUB_TOO_LARGE" })
    const payloads = Array.from({ length: 20_000 }, () => ({ topic: 0 }))
    const many = encodeFromHub({ case: "batch", value: { ...valid, payloads } })
    expect(decodeFromHub(many)).toEqual({ refused: "HUB_MALFORMED" })
  })
})

describe("codes", () => {
  it("HUB-6: refusals are read as they were written, an unknown one as DELIVERY_REFUSED", () => {
    const all: HubRefusal[] = ["PAYLOAD_TOO_LARGE", "TOPIC_REFUSED", "DELIVERY_REFUSED", "DELIVERY_BUSY", "CURSOR_VOID"]
    for (const refusal of all) expect(refusalOf(refusalNumber(refusal))).toBe(refusal)
    for (const unknown of [0, 6, 1000]) expect(refusalOf(unknown)).toBe("DELIVERY_REFUSED")
  })

  it("HUB-19: close codes are told apart", () => {
    expect(new Set(Object.values(closeCodes)).size).toBe(Object.keys(closeCodes).length)
    for (const [reason, code] of Object.entries(closeCodes)) expect(closeReason(code)).toBe(reason)
    expect(closeReason(1000)).toBeUndefined()
  })
})

function expectOutcome(read: object): void {
  expect("message" in read || "refused" in read).toBe(true)
}
