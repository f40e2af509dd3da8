import type { Crypto, Participant } from "@colloquy/core"
import type { Operation } from "./crypto-trace.js"

type Buffers = Readonly<Record<string, Uint8Array | undefined>>

/** Where operations are written down, as long as somebody wants them. */
export class Recorder {
  readonly operations: Operation[]
  active: boolean

  constructor(active: boolean, operations: readonly Operation[] = []) {
    this.active = active
    this.operations = [...operations]
  }

  /** Copies of everything, since the originals may be wiped. */
  note(by: Participant, name: Operation["name"], inputs: Buffers, outputs: Buffers): void {
    if (!this.active) return
    this.operations.push({ number: this.operations.length, by, name, inputs: copies(inputs), outputs: copies(outputs) })
  }
}

function copies(buffers: Buffers): Record<string, Uint8Array> {
  const copied: Record<string, Uint8Array> = {}
  for (const name in buffers) {
    const buffer = buffers[name]
    if (buffer !== undefined) copied[name] = buffer.slice()
  }
  return copied
}

/** The same primitives, on record under someone's name. Equality and wiping are not operations on keys. */
export function recordingCrypto(crypto: Crypto, recorder: Recorder, by: Participant): Crypto {
  const note = (name: keyof Crypto, inputs: Buffers, outputs: Buffers): void => recorder.note(by, name, inputs, outputs)
  return {
    hash(message, bytes, key) {
      const hash = crypto.hash(message, bytes, key)
      note("hash", { message, key }, { hash })
      return hash
    },
    shortHash(message, key) {
      const hash = crypto.shortHash(message, key)
      // To an attacker a hash is a hash.
      note("hash", { message, key }, { hash })
      return hash
    },
    seal(key, nonce, plaintext, additional) {
      const ciphertext = crypto.seal(key, nonce, plaintext, additional)
      note("seal", { key, nonce, plaintext, additional }, { ciphertext })
      return ciphertext
    },
    open(key, nonce, ciphertext, additional) {
      const plaintext = crypto.open(key, nonce, ciphertext, additional)
      note("open", { key, nonce, ciphertext, additional }, { plaintext })
      return plaintext
    },
    sealX(key, nonce, plaintext, additional) {
      const ciphertext = crypto.sealX(key, nonce, plaintext, additional)
      note("sealX", { key, nonce, plaintext, additional }, { ciphertext })
      return ciphertext
    },
    openX(key, nonce, ciphertext, additional) {
      const plaintext = crypto.openX(key, nonce, ciphertext, additional)
      note("openX", { key, nonce, ciphertext, additional }, { plaintext })
      return plaintext
    },
    agreementKeyPair(seed) {
      const pair = crypto.agreementKeyPair(seed)
      note("agreementKeyPair", { seed }, { ...pair })
      return pair
    },
    agree(secretKey, publicKey) {
      const shared = crypto.agree(secretKey, publicKey)
      note("agree", { secretKey, publicKey }, { shared })
      return shared
    },
    signingKeyPair(seed) {
      const pair = crypto.signingKeyPair(seed)
      note("signingKeyPair", { seed }, { ...pair })
      return pair
    },
    sign(secretKey, message) {
      const signature = crypto.sign(secretKey, message)
      note("sign", { secretKey, message }, { signature })
      return signature
    },
    verify(publicKey, message, signature) {
      const valid = crypto.verify(publicKey, message, signature)
      note("verify", { publicKey, message, signature }, valid ? { valid: Uint8Array.of(1) } : {})
      return valid
    },
    agreementPublicKey(signingPublicKey) {
      const publicKey = crypto.agreementPublicKey(signingPublicKey)
      note("agreementPublicKey", { signingPublicKey }, { publicKey })
      return publicKey
    },
    agreementSecretKey(signingSecretKey) {
      const secretKey = crypto.agreementSecretKey(signingSecretKey)
      note("agreementSecretKey", { signingSecretKey }, { secretKey })
      return secretKey
    },
    kemKeyPair(seed) {
      const pair = crypto.kemKeyPair(seed)
      note("kemKeyPair", { seed }, { ...pair })
      return pair
    },
    kemEncapsulate(publicKey, random) {
      const encapsulated = crypto.kemEncapsulate(publicKey, random)
      note("kemEncapsulate", { publicKey, random }, { ...encapsulated })
      return encapsulated
    },
    kemDecapsulate(secretKey, ciphertext) {
      const secret = crypto.kemDecapsulate(secretKey, ciphertext)
      note("kemDecapsulate", { secretKey, ciphertext }, { secret })
      return secret
    },
    passwordKey(password, salt, cost) {
      const key = crypto.passwordKey(password, salt, cost)
      note("passwordKey", { password, salt }, { key })
      return key
    },
    equal: (a, b) => crypto.equal(a, b),
    wipe: (...buffers) => crypto.wipe(...buffers),
  }
}
