import { defineConversationType, idsFromSecret } from "@colloquy/core"
import { boardFrames } from "./frames.js"
import { boardMachine } from "./machine.js"
import { boardResident } from "./resident.js"
import { boardTopics } from "./secrets.js"
import { boardState, residentState } from "./state.js"
import { commands, notices } from "./words.js"

/** Two people at one board of notes. `examples/board-v1.md` is what counts. */
export const BoardV1 = defineConversationType({
  specification: { title: "BOARD", document: "examples/board-v1.md", version: 1 },
  encryption: {
    scheme: "X25519, BLAKE2b chains, XChaCha20-Poly1305",
    description:
      "one Diffie-Hellman between the key that was offered and an ephemeral one; from it a chain of keys for each direction, one key a payload",
  },
  frames: boardFrames,
  contentTopics: boardTopics,
  // BO1-3
  conversationIds: idsFromSecret(),
  membership: {
    participantsMin: 2,
    participantsMax: 2,
    admission: "whoever holds an unused offer of the other; nobody joins later",
  },
  guarantees: [
    { name: "confidentiality", scope: "against everyone but the two", except: "quantum computers" },
    { name: "integrity", scope: "every payload" },
    { name: "sender-authentication", scope: "as far as the carrier authenticates who brought the invite" },
    {
      name: "forward-secrecy",
      scope: "of payloads: keys of those that were opened are erased",
      except: "notes on the board",
    },
    { name: "replay-protection", scope: "every payload has its number, and each number one payload" },
    { name: "channel-binding", scope: "payloads are bound to board, direction, topic and number" },
    { name: "ordering", scope: "within a direction" },
  ],
  channelBinding: "the additional data of each payload holds the conversation id, the topic and the number",
  implementations: ["examples/src/probe"],
  commands,
  notices,
  state: boardState,
  conversation: boardMachine,
  residentState,
  resident: boardResident,
})
