import { loadCrypto } from "@colloquy/crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { be64, lengthPrefixed, toHex } from "../bytes.js"
import { codeOf } from "../errors.js"
import { participantFromKey, participantKey } from "../identifiers/participant.js"
import { parseTopic, printTopic, type Topic } from "./topic.js"
import { bucketTopics, inboxTopics, secretTopics, staticTopics } from "./topic-policy.js"

const crypto = await loadCrypto()
const space = { application: "reading", version: "1", name: "circle", encoding: "proto" }
const person = (seed: number) => participantFromKey(crypto.hash(be64(seed), 32))

describe("a content topic", () => {
  const part = fc.string({ unit: fc.constantFrom(..."aZ09._-"), minLength: 1, maxLength: 60 })
  it("CT-4: printing and parsing are inverse", () => {
    fc.assert(
      fc.property(fc.record({ application: part, version: part, name: part, encoding: part }), (parts) => {
        const topic = printTopic(parts)
        expect(parseTopic(topic)).toEqual({ ...parts, topic })
      }),
      { seed: 1, numRuns: 1000 },
    )
  })

  it("CT-4: what is parsed prints as it was", () => {
    const pieces = fc.constantFrom("/", "/", "a", "1", "-", ".", " ", "é", "\n", "x".repeat(97))
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 10 }), (parts) => {
        const parsed = parseTopic(parts.join(""))
        if (parsed !== undefined) expect(printTopic(parsed)).toBe(parts.join(""))
      }),
      { seed: 2, numRuns: 5000 },
    )
  })

  it("CT-4: is not printed longer than it is parsed", () => {
    const long = { application: "a".repeat(84), version: "b".repeat(84), name: "c".repeat(80), encoding: "d".repeat(4) }
    expect(parseTopic(printTopic(long))?.topic).toHaveLength(256)
    expect(codeOf(thrown(() => printTopic({ ...long, encoding: "ddddd" })))).toBe("BAD_TOPIC")
    expect(parseTopic(`/${Object.values({ ...long, encoding: "ddddd" }).join("/")}`)).toBeUndefined()
  })

  it.each([
    "",
    "a/1/b/c",
    "/a/1/b",
    "/a/1/b/c/",
    "/a/1/b/c/d",
    "//1/b/c",
    "/a/1/b c/d",
    "/a/1/b/c\n",
    "/a/1/é/c",
    `/a/1/${"x".repeat(97)}/c`,
  ])("CT-4: %j is none", (text) => {
    expect(parseTopic(text)).toBeUndefined()
  })

  it.each(["", "a/b", "a b", "é", "x".repeat(97)])("CT-4: has no part %j", (name) => {
    expect(codeOf(thrown(() => printTopic({ ...space, name })))).toBe("BAD_TOPIC")
  })
})

describe("bucket topics", () => {
  it("CT-4: permit the topic of everyone, and none outside the buckets", () => {
    for (const buckets of [1, 2, 16, 32, 256, 65_536]) {
      const policy = bucketTopics({ ...space, buckets })
      for (let i = 0; i < 20; i++) expect(policy.permits(policy.of(person(i), crypto))).toBe(true)
    }
    const policy = bucketTopics({ ...space, buckets: 32 })
    expect(policy.permits("/reading/1/circle-1f/proto" as Topic)).toBe(true)
    for (const other of [
      "/reading/1/circle-20/proto",
      "/reading/1/circle-1F/proto",
      "/reading/1/circle-1/proto",
      "/reading/1/circle-01f/proto",
      "/reading/2/circle-1f/proto",
      "/other/1/circle-1f/proto",
      "/reading/1/circle-1f/json",
      "/reading/1/circle1f/proto",
      "/reading/1/circle-/proto",
      "/reading/1/circle-1f/proto/",
      "",
    ])
      expect(policy.permits(other as Topic)).toBe(false)
  })

  it("CT-4: are computed as the document says", () => {
    const key = participantKey(person(1))
    const digest = crypto.hash(lengthPrefixed("colloquy/topic-bucket/1", "colloquy", "1", "inbox", key), 16)
    expect(inboxTopics.of(person(1), crypto)).toBe(`/colloquy/1/inbox-${toHex(digest.subarray(1, 2))}/proto`)
  })

  it("CT-15: spread people over all buckets, and say who can link what", () => {
    const topics = new Set(Array.from({ length: 4000 }, (_, i) => inboxTopics.of(person(i), crypto)))
    expect(topics.size).toBe(256)
    expect(inboxTopics.linkability.length).toBeGreaterThan(0)
  })

  it.each([0, 3, -2, 0.5, 131_072, Number.NaN])("are not %d in number", (buckets) => {
    expect(codeOf(thrown(() => bucketTopics({ ...space, buckets })))).toBe("BAD_TOPIC_POLICY")
  })
})

describe("secret topics", () => {
  const policy = secretTopics(space)

  it("CT-4: permit their own form only, and differ by secret and by space", () => {
    const secret = new Uint8Array(32).fill(1)
    const topic = policy.of(secret, crypto)
    expect(policy.permits(topic)).toBe(true)
    expect(topic).toMatch(/^\/reading\/1\/circle-[0-9a-f]{32}\/proto$/)
    const others = [
      policy.of(new Uint8Array(32).fill(2), crypto),
      secretTopics({ ...space, version: "2" }).of(secret, crypto),
    ]
    expect(new Set([topic, ...others]).size).toBe(3)
    for (const other of [
      `${topic}/`,
      topic.replace("circle", "other"),
      topic.replace(/-[0-9a-f]{32}/, "-00"),
      topic.toUpperCase(),
      others[1],
    ])
      expect(policy.permits(other as Topic)).toBe(false)
  })

  it("want a secret of 32 to 64 bytes, and a space that makes topics", () => {
    for (const length of [0, 31, 65])
      expect(codeOf(thrown(() => policy.of(new Uint8Array(length), crypto)))).toBe("BAD_TOPIC_POLICY")
    expect(codeOf(thrown(() => secretTopics({ ...space, name: "a/b" })))).toBe("BAD_TOPIC")
  })
})

describe("static topics", () => {
  it("CT-4: permit what they name", () => {
    const policy = staticTopics("/a/1/b/c", "/a/1/d/c")
    expect(policy.permits("/a/1/d/c" as Topic)).toBe(true)
    expect(policy.permits("/a/1/e/c" as Topic)).toBe(false)
    for (const topics of [[], ["/a/1/b"], ["/a/1/b/c", ""]])
      expect(codeOf(thrown(() => staticTopics(...topics)))).toBe("BAD_TOPIC_POLICY")
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
