import { type KeyPair, kemCiphertextBytes, kemPublicKeyBytes } from "@colloquy/core"
import type { Primitives } from "../primitives.js"
import type { RawSodium } from "./raw.js"
import { Scratch } from "./scratch.js"

const kemSecretKeyBytes = 2400
const tagBytes = 16
const argon2id13 = 2
/** Rounding of up to six buffers to 16 bytes. */
const slackBytes = 96

/** libsodium's WASM build. Deterministic; nothing of an input or output stays in the module's memory. */
export function wasmPrimitives(sodium: RawSodium): Primitives {
  const scratch = new Scratch(sodium)

  function encrypt(
    run: RawSodium["_crypto_aead_chacha20poly1305_ietf_encrypt"],
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    additional: Uint8Array,
  ): Uint8Array {
    const outBytes = plaintext.length + tagBytes
    scratch.begin(2 * outBytes + additional.length + 64 + slackBytes)
    const keyAt = scratch.put(key)
    const nonceAt = scratch.put(nonce)
    const additionalAt = scratch.put(additional)
    const plaintextAt = scratch.put(plaintext)
    const out = scratch.reserve(outBytes)
    run(out, 0, plaintextAt, plaintext.length, 0, additionalAt, additional.length, 0, 0, nonceAt, keyAt)
    const ciphertext = scratch.take(out, outBytes)
    scratch.end()
    return ciphertext
  }

  function decrypt(
    run: RawSodium["_crypto_aead_chacha20poly1305_ietf_decrypt"],
    key: Uint8Array,
    nonce: Uint8Array,
    ciphertext: Uint8Array,
    additional: Uint8Array,
  ): Uint8Array | undefined {
    const outBytes = ciphertext.length - tagBytes
    scratch.begin(2 * ciphertext.length + additional.length + 64 + slackBytes)
    const keyAt = scratch.put(key)
    const nonceAt = scratch.put(nonce)
    const additionalAt = scratch.put(additional)
    const ciphertextAt = scratch.put(ciphertext)
    const out = scratch.reserve(outBytes)
    const status = run(
      out,
      0,
      0,
      ciphertextAt,
      ciphertext.length,
      0,
      additionalAt,
      additional.length,
      0,
      nonceAt,
      keyAt,
    )
    const plaintext = status === 0 ? scratch.take(out, outBytes) : undefined
    scratch.end()
    return plaintext
  }

  /** One output of fixed length from inputs of fixed length; `undefined` when libsodium refuses. */
  function derive(
    outBytes: number,
    a: Uint8Array,
    b: Uint8Array | undefined,
    run: (out: number, a: number, b: number) => number,
  ): Uint8Array | undefined {
    scratch.begin(outBytes + a.length + (b?.length ?? 0) + slackBytes)
    const aAt = scratch.put(a)
    const bAt = b === undefined ? 0 : scratch.put(b)
    const out = scratch.reserve(outBytes)
    const result = run(out, aAt, bAt) === 0 ? scratch.take(out, outBytes) : undefined
    scratch.end()
    return result
  }

  function keyPair(
    seed: Uint8Array,
    publicBytes: number,
    secretBytes: number,
    run: (publicKey: number, secretKey: number, seed: number) => number,
  ): KeyPair {
    scratch.begin(seed.length + publicBytes + secretBytes + slackBytes)
    const seedAt = scratch.put(seed)
    const publicAt = scratch.reserve(publicBytes)
    const secretAt = scratch.reserve(secretBytes)
    run(publicAt, secretAt, seedAt)
    const pair = { secretKey: scratch.take(secretAt, secretBytes), publicKey: scratch.take(publicAt, publicBytes) }
    scratch.end()
    return pair
  }

  return {
    hash(message, bytes, key) {
      const keyBytes = key === undefined ? 0 : key.length
      scratch.begin(message.length + keyBytes + bytes + slackBytes)
      const keyAt = key === undefined ? 0 : scratch.put(key)
      const messageAt = scratch.put(message)
      const out = scratch.reserve(bytes)
      sodium._crypto_generichash(out, bytes, messageAt, message.length, 0, keyAt, keyBytes)
      const digest = scratch.take(out, bytes)
      scratch.end()
      return digest
    },
    shortHash(message, key) {
      scratch.begin(message.length + 24 + slackBytes)
      const keyAt = scratch.put(key)
      const messageAt = scratch.put(message)
      const out = scratch.reserve(8)
      sodium._crypto_shorthash(out, messageAt, message.length, 0, keyAt)
      const digest = scratch.take(out, 8)
      scratch.end()
      return digest
    },
    seal: (key, nonce, plaintext, additional) =>
      encrypt(sodium._crypto_aead_chacha20poly1305_ietf_encrypt, key, nonce, plaintext, additional),
    open: (key, nonce, ciphertext, additional) =>
      decrypt(sodium._crypto_aead_chacha20poly1305_ietf_decrypt, key, nonce, ciphertext, additional),
    sealX: (key, nonce, plaintext, additional) =>
      encrypt(sodium._crypto_aead_xchacha20poly1305_ietf_encrypt, key, nonce, plaintext, additional),
    openX: (key, nonce, ciphertext, additional) =>
      decrypt(sodium._crypto_aead_xchacha20poly1305_ietf_decrypt, key, nonce, ciphertext, additional),
    agreementPublicKeyOf: (secretKey) =>
      derive(32, secretKey, undefined, (out, secret) => sodium._crypto_scalarmult_base(out, secret)) as Uint8Array,
    agree: (secretKey, publicKey) =>
      derive(32, secretKey, publicKey, (out, secret, point) => sodium._crypto_scalarmult(out, secret, point)),
    signingKeyPair: (seed) =>
      keyPair(seed, 32, 64, (publicAt, secretAt, seedAt) =>
        sodium._crypto_sign_seed_keypair(publicAt, secretAt, seedAt),
      ),
    sign: (secretKey, message) =>
      derive(64, secretKey, message, (out, secret, m) =>
        sodium._crypto_sign_detached(out, 0, m, message.length, 0, secret),
      ) as Uint8Array,
    verify(publicKey, message, signature) {
      scratch.begin(message.length + 96 + slackBytes)
      const publicAt = scratch.put(publicKey)
      const signatureAt = scratch.put(signature)
      const messageAt = scratch.put(message)
      const status = sodium._crypto_sign_verify_detached(signatureAt, messageAt, message.length, 0, publicAt)
      scratch.end()
      return status === 0
    },
    agreementPublicKey: (signingPublicKey) =>
      derive(32, signingPublicKey, undefined, (out, point) => sodium._crypto_sign_ed25519_pk_to_curve25519(out, point)),
    agreementSecretKey: (signingSecretKey) =>
      derive(32, signingSecretKey, undefined, (out, secret) =>
        sodium._crypto_sign_ed25519_sk_to_curve25519(out, secret),
      ) as Uint8Array,
    kemKeyPair: (seed) =>
      keyPair(seed, kemPublicKeyBytes, kemSecretKeyBytes, (publicAt, secretAt, seedAt) =>
        sodium._crypto_kem_mlkem768_seed_keypair(publicAt, secretAt, seedAt),
      ),
    kemEncapsulate(publicKey, random) {
      scratch.begin(kemPublicKeyBytes + kemCiphertextBytes + 64 + slackBytes)
      const publicAt = scratch.put(publicKey)
      const randomAt = scratch.put(random)
      const ciphertextAt = scratch.reserve(kemCiphertextBytes)
      const secretAt = scratch.reserve(32)
      const status = sodium._crypto_kem_mlkem768_enc_deterministic(ciphertextAt, secretAt, publicAt, randomAt)
      const result =
        status === 0
          ? { ciphertext: scratch.take(ciphertextAt, kemCiphertextBytes), secret: scratch.take(secretAt, 32) }
          : undefined
      scratch.end()
      return result
    },
    kemDecapsulate: (secretKey, ciphertext) =>
      derive(32, secretKey, ciphertext, (out, secret, c) => sodium._crypto_kem_mlkem768_dec(out, c, secret)),
    passwordKey: (password, salt, { operations, memoryBytes }) =>
      derive(32, password, salt, (out, passwordAt, saltAt) =>
        sodium._crypto_pwhash(
          out,
          32,
          0,
          passwordAt,
          password.length,
          0,
          saltAt,
          operations,
          0,
          memoryBytes,
          argon2id13,
        ),
      ),
  }
}
