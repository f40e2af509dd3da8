import { type Crypto, type Participant, participantFromKey } from "@colloquy/core"

/**
 * An identity: an Ed25519 key pair, and the same key in its X25519 form for agreements. The secrets never leave it.
 * `wipe` overwrites them; after that `sign` and `agree` must not be called.
 */
export interface Identity {
  readonly participant: Participant
  /** Ed25519, 32 bytes. */
  readonly signingPublicKey: Uint8Array
  /** X25519, 32 bytes. */
  readonly agreementPublicKey: Uint8Array
  /** Ed25519, 64 bytes. Anyone can show the signature to others: it ends deniability. */
  sign(message: Uint8Array): Uint8Array
  /** X25519, 32 bytes that the caller owns; `undefined` for a public key of low order. */
  agree(publicKey: Uint8Array): Uint8Array | undefined
  wipe(): void
}

/** `seed`: 32 random bytes, the identity's only secret, still the caller's afterwards. Throws `BAD_LENGTH`. */
export function identityFromSeed(crypto: Crypto, seed: Uint8Array): Identity {
  const signing = crypto.signingKeyPair(seed)
  const agreementSecretKey = crypto.agreementSecretKey(signing.secretKey)
  const agreement = crypto.agreementKeyPair(agreementSecretKey)
  crypto.wipe(agreementSecretKey)
  return {
    participant: participantFromKey(signing.publicKey),
    signingPublicKey: signing.publicKey,
    agreementPublicKey: agreement.publicKey,
    sign: (message) => crypto.sign(signing.secretKey, message),
    agree: (publicKey) => crypto.agree(agreement.secretKey, publicKey),
    wipe: () => crypto.wipe(signing.secretKey, agreement.secretKey),
  }
}
