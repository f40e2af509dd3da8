import {
  assertLength,
  ColloquyError,
  type Crypto,
  kemCiphertextBytes,
  kemPublicKeyBytes,
  signatureBytes,
  tagBytes,
} from "@colloquy/core"
import { isCanonicalKemPublicKey } from "./kem-public-key.js"
import { isCanonicalPoint } from "./signing-public-key.js"
import type { Primitives } from "./primitives.js"

const kemSecretKeyBytes = 2400
const passwordOperationsMax = 0xffff_ffff
const passwordMemoryBytesMin = 8192
const passwordMemoryBytesMax = 0x4000_0000

/**
 * Core's `Crypto` over a provider. Lengths and the canonical form of keys are checked here, once for all providers.
 * Besides `BAD_LENGTH` it throws `BAD_KEY` for a damaged ML-KEM secret key of ours, and `BAD_PASSWORD_COST` for a cost that can't be paid.
 */
export function checkedCrypto(primitives: Primitives): Crypto {
  return {
    hash(message, bytes, key) {
      if (!(bytes >= 16 && bytes <= 64) || !Number.isInteger(bytes)) throw badLength("a hash", "16 to 64", bytes)
      if (key !== undefined && key.length > 64) throw badLength("the key of a hash", "at most 64", key.length)
      return primitives.hash(message, bytes, key)
    },
    shortHash(message, key) {
      assertLength(key, 16, "the key of a short hash")
      return primitives.shortHash(message, key)
    },
    seal(key, nonce, plaintext, additional) {
      assertLength(key, 32, "a key")
      assertLength(nonce, 12, "a nonce")
      return primitives.seal(key, nonce, plaintext, additional)
    },
    open(key, nonce, ciphertext, additional) {
      assertLength(key, 32, "a key")
      assertLength(nonce, 12, "a nonce")
      return ciphertext.length < tagBytes ? undefined : primitives.open(key, nonce, ciphertext, additional)
    },
    sealX(key, nonce, plaintext, additional) {
      assertLength(key, 32, "a key")
      assertLength(nonce, 24, "a long nonce")
      return primitives.sealX(key, nonce, plaintext, additional)
    },
    openX(key, nonce, ciphertext, additional) {
      assertLength(key, 32, "a key")
      assertLength(nonce, 24, "a long nonce")
      return ciphertext.length < tagBytes ? undefined : primitives.openX(key, nonce, ciphertext, additional)
    },
    agreementKeyPair(seed) {
      assertLength(seed, 32, "the seed of an agreement key")
      return { secretKey: seed.slice(), publicKey: primitives.agreementPublicKeyOf(seed) }
    },
    agree(secretKey, publicKey) {
      assertLength(secretKey, 32, "a secret agreement key")
      assertLength(publicKey, 32, "a public agreement key")
      return primitives.agree(secretKey, publicKey)
    },
    signingKeyPair(seed) {
      assertLength(seed, 32, "the seed of a signing key")
      return primitives.signingKeyPair(seed)
    },
    sign(secretKey, message) {
      assertLength(secretKey, 64, "a secret signing key")
      return primitives.sign(secretKey, message)
    },
    verify(publicKey, message, signature) {
      assertLength(publicKey, 32, "a public signing key")
      return signature.length === signatureBytes && primitives.verify(publicKey, message, signature)
    },
    agreementPublicKey(signingPublicKey) {
      assertLength(signingPublicKey, 32, "a public signing key")
      return isCanonicalPoint(signingPublicKey) ? primitives.agreementPublicKey(signingPublicKey) : undefined
    },
    agreementSecretKey(signingSecretKey) {
      assertLength(signingSecretKey, 64, "a secret signing key")
      return primitives.agreementSecretKey(signingSecretKey)
    },
    kemKeyPair(seed) {
      assertLength(seed, 64, "the seed of a KEM key")
      return primitives.kemKeyPair(seed)
    },
    kemEncapsulate(publicKey, random) {
      assertLength(publicKey, kemPublicKeyBytes, "a public KEM key")
      assertLength(random, 32, "the randomness of an encapsulation")
      return isCanonicalKemPublicKey(publicKey) ? primitives.kemEncapsulate(publicKey, random) : undefined
    },
    kemDecapsulate(secretKey, ciphertext) {
      assertLength(secretKey, kemSecretKeyBytes, "a secret KEM key")
      assertLength(ciphertext, kemCiphertextBytes, "a KEM ciphertext")
      const secret = primitives.kemDecapsulate(secretKey, ciphertext)
      if (secret === undefined) throw new ColloquyError("BAD_KEY", "the secret KEM key is damaged")
      return secret
    },
    passwordKey(password, salt, cost) {
      assertLength(salt, 16, "the salt of a password")
      assertPasswordCost(cost.operations, 1, passwordOperationsMax)
      assertPasswordCost(cost.memoryBytes, passwordMemoryBytesMin, passwordMemoryBytesMax)
      const key = primitives.passwordKey(password, salt, cost)
      if (key === undefined) throw new ColloquyError("BAD_PASSWORD_COST", "there is not enough memory for this cost")
      return key
    },
    equal(a, b) {
      if (a.length !== b.length) return false
      let difference = 0
      for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
      return difference === 0
    },
    wipe(...buffers) {
      for (const buffer of buffers) buffer.fill(0)
    },
  }
}

function badLength(what: string, wanted: string, length: number): ColloquyError {
  return new ColloquyError("BAD_LENGTH", `${what} must have ${wanted} bytes, it has ${length}`)
}

function assertPasswordCost(value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new ColloquyError("BAD_PASSWORD_COST", `a part of a password's cost is a whole number from ${min} to ${max}`)
}
