import { type Context, participantKey } from "@colloquy/core"
import type { NoiseStaticKey } from "@colloquy/crypto"

/** The account's own static key: its public half is known to all, and its secret stays with the client. */
export function staticKeyOf({ crypto, self }: Context): NoiseStaticKey {
  return {
    publicKey: crypto.agreementPublicKey(participantKey(self.participant)) as Uint8Array,
    agree: (publicKey) => self.agree(publicKey),
  }
}
