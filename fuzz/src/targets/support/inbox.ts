import { concat, type Crypto, inboxTopics, type Parcel, participantKey, type TypeId, utf8 } from "@colloquy/core"
import { NoiseHandshake } from "@colloquy/crypto"
import { inboxFrames, parcelFrame } from "../../../../packages/conversation-inbox/src/frames.js"
import {
  inboxConversationId,
  inboxPattern,
  inboxPrologue,
} from "../../../../packages/conversation-inbox/src/handshake.js"
import { staticKeyOf } from "../../../../packages/conversation-inbox/src/static-key.js"
import type { Account } from "../../../../packages/conversation-inbox/test/accounts.js"
import { counting } from "./bytes.js"

const parcel: Parcel = { type: "PrivateV1" as TypeId, kind: "invite", body: utf8("the invite's own bytes") }

/** Every frame of InboxV1. */
export function inboxFrameSeeds(): readonly Uint8Array[] {
  return [
    parcel,
    { ...parcel, kind: "offer", body: counting(0) } as const,
    { ...parcel, kind: "offer-request" } as const,
  ].map((one) => inboxFrames.encode(parcelFrame(one)))
}

/** A payload that says whatever its sender wants it to: what an introduction's holder can make with his own keys. */
export function sealedByHolder(
  crypto: Crypto,
  sender: Account,
  to: Account,
  using: { readonly offer: Uint8Array; readonly introductionDigest: Uint8Array },
  plaintext: Uint8Array,
  random: (bytes: number) => Uint8Array,
): Uint8Array | undefined {
  const remoteStatic = crypto.agreementPublicKey(participantKey(to.identity.participant))
  const topic = inboxTopics.of(to.identity.participant, crypto)
  const handshake = new NoiseHandshake({
    pattern: inboxPattern,
    role: "initiator",
    crypto,
    random,
    prologue: inboxPrologue(inboxConversationId(to.identity.participant, crypto), topic, using.introductionDigest),
    local: { static: staticKeyOf(sender.context) },
    remote: {
      ephemeral: using.offer.subarray(0, 32),
      kem: using.offer.subarray(32),
      ...(remoteStatic === undefined ? {} : { static: remoteStatic }),
    },
  })
  const written = handshake.write(plaintext)
  return written.kind === "message" ? written.message : undefined
}

/** What a sender says in a payload, filled up to a bucket of 2,048 bytes where it fits. */
export function padded(sender: Account, frame: Uint8Array, overhead: number): Uint8Array {
  const said = concat(participantKey(sender.identity.participant), frame, Uint8Array.of(0x80))
  const bytes = new Uint8Array(Math.max(said.length, 2048 - overhead))
  bytes.set(said)
  return bytes
}
