import { defineConversationType } from "@colloquy/core"
import { channelFrames } from "./frames.js"
import { guarantees } from "./guarantees.js"
import { channelMachine } from "./machine.js"
import { channelResident } from "./resident.js"
import { channelIds, channelTopics } from "./secrets.js"
import { channelState, readersMax } from "./state.js"
import { commands, notices } from "./words.js"

/** Announcements: one author, up to 1,000 readers. `examples/channel-v1.md` is what counts. */
export const ChannelV1 = defineConversationType({
  specification: { title: "CHANNEL", document: "examples/channel-v1.md", version: 1 },
  encryption: {
    scheme: "BLAKE2b chains, XChaCha20-Poly1305, Ed25519",
    description:
      "a chain of keys that moves with each post, sealed with XChaCha20-Poly1305 and signed inside with a key of the epoch; a fresh chain, topic and key for each epoch, brought to each reader on a lane of his own",
  },
  frames: channelFrames,
  contentTopics: channelTopics,
  conversationIds: channelIds,
  membership: {
    participantsMin: 1,
    participantsMax: readersMax + 1,
    admission: "the author invites and removes; a reader may leave; nobody else decides",
  },
  guarantees,
  channelBinding:
    "the additional data of each payload holds the conversation id, the topic and the number, and the epoch of a post or the direction and people of a lane",
  implementations: ["examples/src/channel"],
  commands,
  notices,
  state: channelState,
  conversation: channelMachine,
  residentState: {},
  resident: channelResident,
})
