import type { Brand } from "../brand.js"
import { ColloquyError } from "../errors.js"

/** A content topic in the form of 23/WAKU2-TOPICS: `/{application}/{version}/{name}/{encoding}`. */
export type Topic = Brand<string, "Topic">

export interface TopicParts {
  readonly application: string
  readonly version: string
  readonly name: string
  readonly encoding: string
}

export const topicLengthMax = 256

const part = /^[A-Za-z0-9._-]{1,96}$/

/**
 * Throws `BAD_TOPIC` when a part is empty, longer than 96 characters, or has others than letters, digits, `.`, `_`, `-`, or when the whole is
 * longer than 256.
 */
export function printTopic(parts: TopicParts): Topic {
  for (const text of [parts.application, parts.version, parts.name, parts.encoding])
    if (!part.test(text))
      throw new ColloquyError("BAD_TOPIC", "a part of a content topic has 1 to 96 of A-Z a-z 0-9 . _ -")
  const topic = `/${parts.application}/${parts.version}/${parts.name}/${parts.encoding}`
  if (topic.length > topicLengthMax)
    throw new ColloquyError("BAD_TOPIC", `a content topic has at most ${topicLengthMax} characters`)
  return topic as Topic
}

/** `undefined` unless the text is a content topic in this form, of at most 256 characters. */
export function parseTopic(text: string): (TopicParts & { readonly topic: Topic }) | undefined {
  if (text.length > topicLengthMax) return undefined
  const parts = text.split("/")
  const [before, application, version, name, encoding] = parts
  if (parts.length !== 5 || before !== "") return undefined
  if (application === undefined || version === undefined || name === undefined || encoding === undefined)
    return undefined
  if (![application, version, name, encoding].every((text) => part.test(text))) return undefined
  return { application, version, name, encoding, topic: text as Topic }
}
