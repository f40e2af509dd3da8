import { defineConversationType, empty, inboxTopics, type Resident, type ResidentInput } from "@colloquy/core"
import { carry } from "./carry.js"
import { inboxFrames } from "./frames.js"
import { guarantees } from "./guarantees.js"
import { inboxIds } from "./handshake.js"
import { introduced, offer } from "./offer.js"
import { receive, routes } from "./receive.js"
import { inboxState } from "./state.js"
import { wake } from "./wake.js"

const resident: Resident<typeof inboxState> = {
  carries: true,
  start: (context) => ({
    kind: "next",
    conversation: context.conversationId({
      from: "participants",
      participants: [context.self.participant],
      discriminator: empty,
    }),
    patch: {},
    effects: [],
  }),
  step(state, input: ResidentInput, context) {
    switch (input.kind) {
      case "offer":
        return offer(state, input, context)
      case "introduced":
        return introduced(state, input, context)
      case "receive":
        return receive(state, input, context)
      case "carry":
        return carry(state, input, context)
      case "wake":
        return wake(state, context)
      case "parcel":
        return { kind: "refused", code: "NOT_SUPPORTED" }
    }
  },
  routes,
}

/**
 * One message, without a round trip, to someone whose introduction is at hand: a carrier of parcels for any type.
 * It has a resident only: one inbox for each account (IB1-1, IB1-2, IB1-9). `specs/inbox-v1.md` is what counts.
 */
export const InboxV1 = defineConversationType({
  specification: { title: "INBOX", document: "specs/inbox-v1.md", version: 1 },
  encryption: {
    scheme: "Noise_XK0hfs_25519+MLKEM768_ChaChaPoly_BLAKE2b",
    description:
      "the first message of Noise XK with hybrid forward secrecy: the recipient's single-use X25519 and ML-KEM-768 keys and his identity key come from his introduction",
  },
  frames: inboxFrames,
  // IB1-4
  contentTopics: inboxTopics,
  conversationIds: inboxIds,
  membership: {
    participantsMin: 1,
    participantsMax: 1,
    admission: "the owner alone; whoever holds an unused introduction of his can leave one parcel in it",
  },
  guarantees,
  channelBinding:
    "the prologue holds the type's version, the conversation id of the recipient's inbox, the topic and the digest of the introduction: moved elsewhere, a payload does not open",
  implementations: ["packages/conversation-inbox"],
  residentState: inboxState,
  resident,
})
