import { type ConversationTypeFixture, oneSpeaker } from "@colloquy/testing"
import { toBase64url } from "@colloquy/core"
import { InboxV1 } from "colloquy"
import { payloadLengths } from "../src/channel/padding.js"

const dayMs = 24 * 3_600_000

/** What the kit needs to know of a channel. */
export const channelFixture: ConversationTypeFixture = oneSpeaker({
  beside: [InboxV1],
  participants: 3,
  payloadLengths,
  lostKeysKeptMs: 30 * dayMs,
  reasons: {
    lostKeysKeptMs:
      "posts that others have overtaken, and the ends of earlier epochs, may come for 30 days (CH1-12, CH1-13)",
    oneSpeaker: "a channel has one author (CH1-8)",
  },
  members: {
    async add(by, channel, newcomer) {
      await by.command(channel, "add", { introduction: toBase64url(await newcomer.introduce()) })
    },
    async remove(by, channel, member) {
      await by.command(channel, "remove", { readers: [member.participant] })
    },
  },
  commands: [{ name: "rename", body: { name: "News" } }],
})
