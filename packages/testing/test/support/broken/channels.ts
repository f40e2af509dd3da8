import { ChannelV1 } from "../../../../../examples/src/index.js"
import { type AnyConversationType, type Participant, participantKey } from "@colloquy/core"
import { beforeStep, over } from "./wrapped-types.js"

const channel: AnyConversationType = ChannelV1

/** Channels in which something is wrong that only a type without offers can have wrong. */
export const brokenChannels = {
  /** Whoever knows the id of a channel can invite its readers into one of his own, and speaks as the author there. */
  "forged invite": beforeStep(channel, (input, state) =>
    input.kind === "invite" ? { ...input, from: (state["founding"] as { author: Participant }).author } : input,
  ),
  /** Every reader has the key, and the signature says nothing. */
  "group key": over(channel, () => ({ crypto: { verify: () => true } })),
  /** The key to sign with follows from what every reader is told. */
  "known signer": over(channel, ({ crypto, self }) => ({
    crypto: {
      signingKeyPair: () => crypto.signingKeyPair(crypto.hash(participantKey(self.participant), 32)),
    },
  })),
} as const satisfies Record<string, AnyConversationType>
