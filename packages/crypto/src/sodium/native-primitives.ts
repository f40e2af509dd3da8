import { tagBytes } from "@colloquy/core"
import type { SodiumNative } from "sodium-native"
import type { Primitives } from "../primitives.js"

/** Below this, a call into the addon costs more than WASM takes for the whole text. */
const nativeTextBytesMin = 512

/**
 * libsodium as a native addon where that is faster: keys, agreements, signatures, passwords, and long texts. Hashes, short texts and the KEM,
 * which the addon lacks, stay with `wasm`.
 */
export function nativePrimitives(sodium: SodiumNative, wasm: Primitives): Primitives {
  return {
    ...wasm,
    seal(key, nonce, plaintext, additional) {
      if (plaintext.length < nativeTextBytesMin) return wasm.seal(key, nonce, plaintext, additional)
      const out = new Uint8Array(plaintext.length + tagBytes)
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(out, plaintext, present(additional), null, nonce, key)
      return out
    },
    open(key, nonce, ciphertext, additional) {
      if (ciphertext.length < nativeTextBytesMin) return wasm.open(key, nonce, ciphertext, additional)
      return unlessRefused(ciphertext.length - tagBytes, (out) =>
        sodium.crypto_aead_chacha20poly1305_ietf_decrypt(out, null, ciphertext, present(additional), nonce, key),
      )
    },
    sealX(key, nonce, plaintext, additional) {
      if (plaintext.length < nativeTextBytesMin) return wasm.sealX(key, nonce, plaintext, additional)
      const out = new Uint8Array(plaintext.length + tagBytes)
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(out, plaintext, present(additional), null, nonce, key)
      return out
    },
    openX(key, nonce, ciphertext, additional) {
      if (ciphertext.length < nativeTextBytesMin) return wasm.openX(key, nonce, ciphertext, additional)
      return unlessRefused(ciphertext.length - tagBytes, (out) =>
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(out, null, ciphertext, present(additional), nonce, key),
      )
    },
    agreementPublicKeyOf(secretKey) {
      const publicKey = new Uint8Array(32)
      sodium.crypto_scalarmult_base(publicKey, secretKey)
      return publicKey
    },
    agree: (secretKey, publicKey) => unlessRefused(32, (out) => sodium.crypto_scalarmult(out, secretKey, publicKey)),
    signingKeyPair(seed) {
      const pair = { secretKey: new Uint8Array(64), publicKey: new Uint8Array(32) }
      sodium.crypto_sign_seed_keypair(pair.publicKey, pair.secretKey, seed)
      return pair
    },
    sign(secretKey, message) {
      const signature = new Uint8Array(64)
      sodium.crypto_sign_detached(signature, message, secretKey)
      return signature
    },
    verify: (publicKey, message, signature) => sodium.crypto_sign_verify_detached(signature, message, publicKey),
    agreementPublicKey: (signingPublicKey) =>
      unlessRefused(32, (out) => sodium.crypto_sign_ed25519_pk_to_curve25519(out, signingPublicKey)),
    agreementSecretKey(signingSecretKey) {
      const secretKey = new Uint8Array(32)
      sodium.crypto_sign_ed25519_sk_to_curve25519(secretKey, signingSecretKey)
      return secretKey
    },
    passwordKey: (password, salt, { operations, memoryBytes }) =>
      unlessRefused(32, (out) =>
        sodium.crypto_pwhash(out, password, salt, operations, memoryBytes, sodium.crypto_pwhash_ALG_ARGON2ID13),
      ),
  }
}

function present(additional: Uint8Array): Uint8Array | null {
  return additional.length === 0 ? null : additional
}

/** Lengths have been checked before, so that a throw means a refusal. */
function unlessRefused(bytes: number, run: (out: Uint8Array) => unknown): Uint8Array | undefined {
  const out = new Uint8Array(bytes)
  try {
    run(out)
    return out
  } catch {
    out.fill(0)
    return undefined
  }
}
