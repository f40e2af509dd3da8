import sodium from "libsodium-wrappers-sumo"

/**
 * The functions of libsodium's WASM module as they are: addresses and lengths in, status out, a 64-bit length as low and high half.
 * The package's own wrapper allocates, copies and throws on every call, and leaves keys behind in the heap; so we call below it.
 */
export interface RawSodium {
  /** Another view after the memory has grown: never kept. */
  readonly HEAPU8: Uint8Array
  _malloc(bytes: number): number
  _free(address: number): void
  _crypto_generichash(
    out: number,
    outBytes: number,
    m: number,
    low: number,
    high: number,
    key: number,
    keyBytes: number,
  ): number
  _crypto_shorthash(out: number, m: number, low: number, high: number, key: number): number
  _crypto_aead_chacha20poly1305_ietf_encrypt: RawEncrypt
  _crypto_aead_chacha20poly1305_ietf_decrypt: RawDecrypt
  _crypto_aead_xchacha20poly1305_ietf_encrypt: RawEncrypt
  _crypto_aead_xchacha20poly1305_ietf_decrypt: RawDecrypt
  _crypto_scalarmult(out: number, secretKey: number, publicKey: number): number
  _crypto_scalarmult_base(out: number, secretKey: number): number
  _crypto_sign_seed_keypair(publicKey: number, secretKey: number, seed: number): number
  _crypto_sign_detached(out: number, outBytes: number, m: number, low: number, high: number, secretKey: number): number
  _crypto_sign_verify_detached(signature: number, m: number, low: number, high: number, publicKey: number): number
  _crypto_sign_ed25519_pk_to_curve25519(out: number, publicKey: number): number
  _crypto_sign_ed25519_sk_to_curve25519(out: number, secretKey: number): number
  _crypto_kem_mlkem768_seed_keypair(publicKey: number, secretKey: number, seed: number): number
  _crypto_kem_mlkem768_enc_deterministic(ciphertext: number, secret: number, publicKey: number, random: number): number
  _crypto_kem_mlkem768_dec(secret: number, ciphertext: number, secretKey: number): number
  _crypto_pwhash(
    out: number,
    outBytes: number,
    outHigh: number,
    password: number,
    low: number,
    high: number,
    salt: number,
    operationsLow: number,
    operationsHigh: number,
    memoryBytes: number,
    algorithm: number,
  ): number
}

type RawEncrypt = (
  out: number,
  outBytes: number,
  m: number,
  mLow: number,
  mHigh: number,
  additional: number,
  additionalLow: number,
  additionalHigh: number,
  secretNonce: number,
  nonce: number,
  key: number,
) => number

type RawDecrypt = (
  out: number,
  outBytes: number,
  secretNonce: number,
  c: number,
  cLow: number,
  cHigh: number,
  additional: number,
  additionalLow: number,
  additionalHigh: number,
  nonce: number,
  key: number,
) => number

/** Loads and initialises the module once. */
export async function loadRawSodium(): Promise<RawSodium> {
  await sodium.ready
  return (sodium as unknown as { readonly libsodium: RawSodium }).libsodium
}
