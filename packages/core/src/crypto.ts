export interface KeyPair {
  /** The caller owns it and overwrites it with `Crypto.wipe` when done. */
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

/**
 * The primitives that protocols may use: synchronous, and deterministic, since whatever is random is passed in.
 * Inputs are read and never kept; every result is a new buffer that the caller owns.
 * A wrong length of a key or nonce is a programming mistake and throws `BAD_LENGTH`;
 * bytes that don't authenticate or are not a valid key give `undefined`.
 */
export interface Crypto {
  /** BLAKE2b (RFC 7693) of 16 to 64 bytes, keyed when a key of up to 64 bytes is given. */
  hash(message: Uint8Array, bytes: number, key?: Uint8Array): Uint8Array

  /**
   * SipHash-2-4: 8 bytes of a message under a key of 16, in a tenth of a hash's time. For tables that outsiders fill: without the key nobody can make
   * two messages collide. Too short for anything that has to be unforgeable.
   */
  shortHash(message: Uint8Array, key: Uint8Array): Uint8Array

  /** ChaCha20-Poly1305 (RFC 8439): key 32 bytes, nonce 12, tag 16 at the end. A nonce used twice under one key reveals both texts. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Uint8Array
  open(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, additional: Uint8Array): Uint8Array | undefined

  /** XChaCha20-Poly1305: key 32 bytes, nonce 24 (long enough to be random), tag 16 at the end. */
  sealX(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Uint8Array
  openX(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, additional: Uint8Array): Uint8Array | undefined

  /** X25519 (RFC 7748) from a seed of 32 bytes, which becomes the secret key. */
  agreementKeyPair(seed: Uint8Array): KeyPair
  /** 32 bytes; `undefined` for a public key of low order, whose result everyone knows. */
  agree(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined

  /** Ed25519 (RFC 8032) from a seed of 32 bytes; the secret key has 64. */
  signingKeyPair(seed: Uint8Array): KeyPair
  /** A signature of 64 bytes by a secret key of 64. */
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean

  /** The X25519 form of an Ed25519 public key; `undefined` when it is no valid point. A key and its negation convert alike. */
  agreementPublicKey(signingPublicKey: Uint8Array): Uint8Array | undefined
  /** The X25519 form, 32 bytes, of an Ed25519 secret key of 64. */
  agreementSecretKey(signingSecretKey: Uint8Array): Uint8Array

  /** ML-KEM-768 (FIPS 203) from a seed of 64 bytes: public key 1,184 bytes, secret key 2,400. */
  kemKeyPair(seed: Uint8Array): KeyPair
  /** Ciphertext 1,088 bytes, secret 32, from 32 random bytes; `undefined` for a public key that is not canonical. */
  kemEncapsulate(
    publicKey: Uint8Array,
    random: Uint8Array,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined
  /** 32 bytes. A forged ciphertext gives a pseudo-random secret, as FIPS 203 wants it. */
  kemDecapsulate(secretKey: Uint8Array, ciphertext: Uint8Array): Uint8Array

  /** Argon2id version 1.3, one lane: 32 bytes from a password and a salt of 16 bytes. Blocks the thread for as long as it was asked to cost. */
  passwordKey(password: Uint8Array, salt: Uint8Array, cost: PasswordCost): Uint8Array

  /** Equality in constant time, for secrets. */
  equal(a: Uint8Array, b: Uint8Array): boolean
  /** Overwrites buffers that the caller owns. */
  wipe(...buffers: readonly Uint8Array[]): void
}

export interface PasswordCost {
  readonly operations: number
  readonly memoryBytes: number
}

export const signingPublicKeyBytes = 32
export const agreementKeyBytes = 32
export const signatureBytes = 64
export const kemPublicKeyBytes = 1184
export const kemCiphertextBytes = 1088
export const tagBytes = 16
