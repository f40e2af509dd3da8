import { type ConversationTypeFixture, oneSpeaker } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import { payloadLengths } from "../src/channel/padding.js"

const dayMs = 24 * 3_600_000

/** What the kit needs to know of a channel. */
export const channelFixture: ConversationTypeFixture = oneSpeaker({
  beside: [InboxV1],
  participants: 3,
  payloadLengths,
  lostKeysKeptMs: 30 * dayMs,
  commands: [{ name: "rename", body: { name: "News" } }],
})
