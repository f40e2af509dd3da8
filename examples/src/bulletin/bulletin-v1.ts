import { defineConversationType, idsFromSecret } from "@colloquy/core"
import { frames } from "./frames.js"
import { bulletinMachine } from "./machine.js"
import { bulletinTopics } from "./secrets.js"
import { bulletinState, readersMax } from "./state.js"
import { commands, notices } from "./words.js"

/** One author, some readers, nothing else. `examples/bulletin-v1.md` is what counts. */
export const BulletinV1 = defineConversationType({
  specification: { title: "BULLETIN", document: "examples/bulletin-v1.md", version: 1 },
  encryption: {
    scheme: "BLAKE2b chain, XChaCha20-Poly1305",
    description: "a chain of keys that every reader is given; each post uses one key and moves the chain on",
  },
  frames,
  contentTopics: bulletinTopics,
  conversationIds: idsFromSecret(),
  membership: {
    participantsMin: 1,
    participantsMax: readersMax + 1,
    admission: "the author adds readers; nobody is removed",
  },
  guarantees: [
    { name: "confidentiality", scope: "posts, against everyone but author and readers" },
    { name: "integrity", scope: "a changed payload is refused and changes nothing" },
    { name: "forward-secrecy", scope: "the key of a post is erased when it is sent or opened" },
    { name: "replay-protection", scope: "each number is one post, and is taken once" },
    { name: "channel-binding", scope: "a post is bound to its channel, topic and number" },
  ],
  channelBinding: "the additional data of each payload holds the conversation id, the topic and the number",
  implementations: ["examples/src/bulletin"],
  commands,
  notices,
  state: bulletinState,
  conversation: bulletinMachine,
})
