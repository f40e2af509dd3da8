import { defineConversationType, idsFromSecret } from "@colloquy/core"
import { frames } from "./frames.js"
import { machine } from "./machine.js"
import { resident, residentState } from "./resident.js"
import { topics } from "./secrets.js"
import { state } from "./state.js"

/** `sketch-v1.md` is what counts: what stands here is compared with it by the tests. */
export const SketchV1 = defineConversationType({
  specification: { title: "SKETCH", document: "sketch-v1.md", version: 1 },
  encryption: {
    scheme: "double-ratchet-header-encryption",
    description:
      "X25519, BLAKE2b, ChaCha20-Poly1305; the root is a secret of 32 bytes from the invite, mixed with a prekey",
  },
  frames,
  contentTopics: topics,
  conversationIds: idsFromSecret(),
  membership: {
    participantsMin: 2,
    participantsMax: 2,
    admission: "whoever holds an unused offer of the other; nobody joins later",
  },
  // Claim what you have seen hold: each claim is attacked by the conformance suite. What is not here is not promised.
  guarantees: [
    {
      name: "confidentiality",
      scope: "content, against everyone but the two",
      except: "whoever reads a participant's device or store; lengths, times and topics are visible",
    },
    { name: "integrity", scope: "every payload: altered bytes are refused and change nothing" },
    {
      name: "replay-protection",
      scope: "the same payload is accepted once",
      except: "after a rollback of the state",
    },
    { name: "channel-binding", scope: "a payload is bound to its conversation, topic, sender and recipient" },
  ],
  channelBinding: "the associated data of each payload is a hash of conversation id, topic, sender and recipient",
  implementations: ["src"],
  state,
  conversation: machine,
  residentState,
  resident,
})
