import type { KeyPair, PasswordCost } from "@colloquy/core"

/**
 * What a provider brings: the functions of core's `Crypto` on inputs whose lengths have been checked.
 * `undefined` means that the bytes don't authenticate or are no valid key.
 */
export interface Primitives {
  hash(message: Uint8Array, bytes: number, key: Uint8Array | undefined): Uint8Array
  shortHash(message: Uint8Array, key: Uint8Array): Uint8Array
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Uint8Array
  open(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, additional: Uint8Array): Uint8Array | undefined
  sealX(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, additional: Uint8Array): Uint8Array
  openX(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, additional: Uint8Array): Uint8Array | undefined
  agreementPublicKeyOf(secretKey: Uint8Array): Uint8Array
  agree(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined
  signingKeyPair(seed: Uint8Array): KeyPair
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  agreementPublicKey(signingPublicKey: Uint8Array): Uint8Array | undefined
  agreementSecretKey(signingSecretKey: Uint8Array): Uint8Array
  kemKeyPair(seed: Uint8Array): KeyPair
  kemEncapsulate(
    publicKey: Uint8Array,
    random: Uint8Array,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined
  kemDecapsulate(secretKey: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined
  passwordKey(password: Uint8Array, salt: Uint8Array, cost: PasswordCost): Uint8Array | undefined
}
