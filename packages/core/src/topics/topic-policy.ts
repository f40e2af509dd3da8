import { lengthPrefixed, toHex } from "../bytes.js"
import type { Crypto } from "../crypto.js"
import { ColloquyError } from "../errors.js"
import { type Participant, participantKey } from "../identifiers/participant.js"
import { parseTopic, printTopic, type Topic } from "./topic.js"

/** What one kind of observer can tie together by the topic alone (CT-15). */
export interface Linkability {
  readonly who: string
  readonly links: string
}

/** Which content topics are valid places for a type's payloads (CT-4), executed by the client on every publish. */
export interface TopicPolicy {
  readonly kind: "bucket" | "secret" | "static"
  /** In a sentence, for documents and reports. */
  readonly description: string
  readonly linkability: readonly Linkability[]
  permits(topic: Topic): boolean
}

export const topicBucketLabel = "colloquy/topic-bucket/1"
export const topicSecretLabel = "colloquy/topic-secret/1"

interface TopicSpace {
  readonly application: string
  readonly version: string
  readonly name: string
  readonly encoding: string
}

export interface BucketTopics extends TopicPolicy {
  readonly kind: "bucket"
  /** How many topics there are. With P people in all, about P / buckets share one: the anonymity set. */
  readonly buckets: number
  of(participant: Participant, crypto: Crypto): Topic
}

/**
 * Topics that many people share: `/{application}/{version}/{name}-{xx}/{encoding}`, `xx` the lower-case hexadecimal digits of
 * `BLAKE2b-128(LP("colloquy/topic-bucket/1") ‖ LP(application) ‖ LP(version) ‖ LP(name) ‖ LP(identity key))` modulo the number of buckets.
 * Whoever knows an identity key knows its bucket; the bucket alone names nobody among those who share it.
 * Throws `BAD_TOPIC_POLICY` unless the number is a power of two from 1 to 65,536, `BAD_TOPIC` for a space that makes no topics.
 */
export function bucketTopics(space: TopicSpace & { readonly buckets: number }): BucketTopics {
  const { application, version, name, encoding, buckets } = space
  if (!Number.isInteger(Math.log2(buckets)) || buckets < 1 || buckets > 65_536)
    throw new ColloquyError("BAD_TOPIC_POLICY", "the number of buckets is a power of two from 1 to 65,536")
  const digits = (buckets - 1).toString(16).length
  const topicOf = (index: number): Topic =>
    printTopic({ application, version, name: `${name}-${index.toString(16).padStart(digits, "0")}`, encoding })
  return {
    kind: "bucket",
    buckets,
    description: `one of ${buckets} topics shared by everyone whose identity key hashes to it, such as ${topicOf(0)}`,
    linkability: [
      {
        who: "the delivery service",
        links: "a payload to the bucket of its recipient, and a connection to the buckets that it follows",
      },
      { who: "anyone who knows an identity key", links: "the identity to its bucket, not to a payload" },
    ],
    permits(topic) {
      const parts = parseTopic(topic)
      if (parts === undefined || parts.application !== application || parts.version !== version) return false
      if (parts.encoding !== encoding || !parts.name.startsWith(`${name}-`)) return false
      const index = parts.name.slice(name.length + 1)
      return /^[0-9a-f]+$/.test(index) && index.length === digits && Number.parseInt(index, 16) < buckets
    },
    of(participant, crypto) {
      const digest = crypto.hash(
        lengthPrefixed(topicBucketLabel, application, version, name, participantKey(participant)),
        16,
      )
      return topicOf((((digest[0] as number) << 8) | (digest[1] as number)) % buckets)
    },
  }
}

export interface SecretTopics extends TopicPolicy {
  readonly kind: "secret"
  of(secret: Uint8Array, crypto: Crypto): Topic
}

/**
 * A topic that only who holds a secret of 32 to 64 bytes can compute: `/{application}/{version}/{name}-{32 hexadecimal digits}/{encoding}`,
 * the digits of `BLAKE2b-128(key: secret; LP("colloquy/topic-secret/1") ‖ LP(application) ‖ LP(version) ‖ LP(name))`.
 * All payloads on one such topic are linked to each other for anyone who sees topics. Throws `BAD_TOPIC` for a space that makes no topics.
 */
export function secretTopics(space: TopicSpace): SecretTopics {
  const { application, version, name, encoding } = space
  const topicOf = (digits: string): Topic => printTopic({ application, version, name: `${name}-${digits}`, encoding })
  topicOf("0".repeat(32))
  return {
    kind: "secret",
    description: `a topic /${application}/${version}/${name}-…/${encoding} that only who holds a secret can compute`,
    linkability: [
      {
        who: "the delivery service",
        links: "all payloads on the topic to each other, and to the connections that follow it",
      },
      { who: "anyone without the secret", links: "nothing to an identity" },
    ],
    permits(topic) {
      const parts = parseTopic(topic)
      return (
        parts !== undefined &&
        parts.application === application &&
        parts.version === version &&
        parts.encoding === encoding &&
        parts.name.startsWith(`${name}-`) &&
        /^[0-9a-f]{32}$/.test(parts.name.slice(name.length + 1))
      )
    },
    of(secret, crypto) {
      if (secret.length < 32 || secret.length > 64)
        throw new ColloquyError("BAD_TOPIC_POLICY", "the secret of a topic has 32 to 64 bytes")
      const digest = crypto.hash(lengthPrefixed(topicSecretLabel, application, version, name), 16, secret)
      return topicOf(toHex(digest))
    },
  }
}

/** Fixed, public topics. Everyone can tell which payloads belong to the type. Throws `BAD_TOPIC_POLICY` for none or a malformed one. */
export function staticTopics(...topics: readonly string[]): TopicPolicy & { readonly topics: readonly Topic[] } {
  const parsed = topics.map((text) => parseTopic(text)?.topic)
  if (parsed.length === 0 || parsed.includes(undefined))
    throw new ColloquyError("BAD_TOPIC_POLICY", "static topics want at least one content topic, each well-formed")
  return {
    kind: "static",
    topics: parsed as readonly Topic[],
    description: `always ${topics.join(", ")}`,
    linkability: [{ who: "anyone", links: "every payload to the type, and a connection to those who follow it" }],
    permits: (topic) => parsed.includes(topic),
  }
}

/**
 * Where an account receives what is addressed to it: one of 256 buckets, the same for every type that uses them.
 * Types that publish to people rather than to conversations declare this policy.
 */
export const inboxTopics: BucketTopics = bucketTopics({
  application: "colloquy",
  version: "1",
  name: "inbox",
  encoding: "proto",
  buckets: 256,
})
