import { ColloquyError, type ConversationId, type Participant } from "@colloquy/core"
import type { ConversationTypeFixture, Laboratory, Subject } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import { payloadLengths } from "../src/channel/padding.js"
import { ChannelV1 } from "../src/index.js"

const dayMs = 24 * 3_600_000

/** By the channel of the first, everybody's own. The same seed makes the same ids. */
const channels = new Map<ConversationId, ReadonlyMap<Participant, ConversationId>>()

/**
 * The kit wants everybody to speak, and a channel has one author. So each of the people has a channel of his own with all the others as
 * readers, and speaks there.
 */
export const channelFixture: ConversationTypeFixture = {
  beside: [InboxV1],
  participants: 3,
  sees: "some",
  payloadLengths,
  lostKeysKeptMs: 30 * dayMs,
  commands: [{ name: "rename", body: { name: "News" } }],
  async establish(laboratory: Laboratory, people: readonly Subject[]) {
    const own = new Map<Participant, ConversationId>()
    for (const author of people) {
      const introductions: Uint8Array[] = []
      for (const reader of people) if (reader !== author) introductions.push(await reader.introduce())
      own.set(author.participant, await author.start(laboratory.types[0]?.id ?? ChannelV1.id, introductions))
      await laboratory.settle()
    }
    for (const person of people)
      for (const channel of own.values()) if (person.conversations.includes(channel)) await person.allow(channel)
    await laboratory.settle()
    const [first] = own.values()
    if (first === undefined) throw new ColloquyError("FIXTURE_EMPTY", "a channel has an author")
    channels.set(first, own)
    return first
  },
  async say(from: Subject, conversation: ConversationId, content: Uint8Array) {
    const { outcome } = await from.send(channels.get(conversation)?.get(from.participant) ?? conversation, content)
    if (outcome.kind !== "next") throw new ColloquyError(outcome.code, "nothing was posted")
  },
}
