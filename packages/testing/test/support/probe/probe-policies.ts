import {
  ColloquyError,
  type ConversationId,
  type ConversationIdPolicy,
  type Crypto,
  idsFromParticipants,
  lengthPrefixed,
  secretTopics,
  staticTopics,
  toHex,
  type Topic,
  type TopicPolicy,
} from "@colloquy/core"
import type { ProbeFlaw } from "./probe-flaws.js"

/** Ids as they should be made, or with a flaw. */
export function probeIds(flaw: ProbeFlaw | undefined): ConversationIdPolicy {
  const sound = idsFromParticipants()
  let moods = 0
  const policy = (make: ConversationIdPolicy["make"]): ConversationIdPolicy => ({ ...sound, make })
  switch (flaw) {
    case "few-ids":
      return policy((type, material, crypto) => {
        const id = sound.make(type, material, crypto)
        return `${id.slice(0, -28)}${"0".repeat(28)}` as ConversationId
      })
    case "malformed-ids":
      return policy((type, material, crypto) => sound.make(type, material, crypto).toUpperCase() as ConversationId)
    case "moody-ids":
      return policy((type, material, crypto) => {
        const id = sound.make(type, material, crypto)
        return `${id.slice(0, -4)}${(moods++ % 0xffff).toString(16).padStart(4, "0")}` as ConversationId
      })
    case "ordered-ids":
      return policy((type, material, crypto) => {
        if (material.from !== "participants") throw new ColloquyError("BAD_ID_MATERIAL", "participants are wanted")
        const digest = crypto.hash(lengthPrefixed(...material.participants, material.discriminator), 16)
        return `/${type.name}/${type.version}/${toHex(digest)}` as ConversationId
      })
    case "nameless-ids":
      return policy((_, material, crypto) => sound.make({ name: "probe", version: 1 }, material, crypto))
    default:
      return sound
  }
}

/** Topics as they should be, or with a flaw. */
export function probeTopics(
  flaw: ProbeFlaw | undefined,
): TopicPolicy & { topicOf(secret: Uint8Array, crypto: Crypto): Topic } {
  const secret = secretTopics({ application: "probe", version: "1", name: "probe", encoding: "raw" })
  const shared = staticTopics("/probe/1/everybody/raw")
  if (flaw === "shared-topic") return { ...shared, topicOf: () => shared.topics[0] as Topic }
  const sound = { ...secret, topicOf: (key: Uint8Array, crypto: Crypto) => secret.of(key, crypto) }
  return flaw === "permits-all" ? { ...sound, permits: () => true } : sound
}
