/** The part of sodium-native 5.1 that is used. Results are written into the first buffer; a refusal throws. */
declare module "sodium-native" {
  type Encrypt = (
    out: Uint8Array,
    message: Uint8Array,
    additional: Uint8Array | null,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ) => number
  type Decrypt = (
    out: Uint8Array,
    secretNonce: null,
    ciphertext: Uint8Array,
    additional: Uint8Array | null,
    nonce: Uint8Array,
    key: Uint8Array,
  ) => number

  export interface SodiumNative {
    readonly crypto_aead_chacha20poly1305_ietf_encrypt: Encrypt
    readonly crypto_aead_chacha20poly1305_ietf_decrypt: Decrypt
    readonly crypto_aead_xchacha20poly1305_ietf_encrypt: Encrypt
    readonly crypto_aead_xchacha20poly1305_ietf_decrypt: Decrypt
    crypto_scalarmult_base(out: Uint8Array, secretKey: Uint8Array): void
    crypto_scalarmult(out: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): void
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void
    crypto_sign_detached(out: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
    crypto_sign_ed25519_pk_to_curve25519(out: Uint8Array, publicKey: Uint8Array): void
    crypto_sign_ed25519_sk_to_curve25519(out: Uint8Array, secretKey: Uint8Array): void
    crypto_pwhash(
      out: Uint8Array,
      password: Uint8Array,
      salt: Uint8Array,
      operations: number,
      memoryBytes: number,
      algorithm: number,
    ): void
    readonly crypto_pwhash_ALG_ARGON2ID13: number
  }

  const sodium: SodiumNative
  export default sodium
}
