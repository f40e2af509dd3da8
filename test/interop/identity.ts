import { ed25519 } from "@noble/curves/ed25519.js"
import { b2b, lp, random } from "./bytes.js"

/** An identity, with its X25519 form, and its owner's clock. */
export class Identity {
  readonly seed: Uint8Array
  readonly key: Uint8Array
  readonly agreementKey: Uint8Array
  readonly agreementSecret: Uint8Array
  readonly topic: string
  readonly nowMs: () => number

  constructor(nowMs: () => number = Date.now, seed: Uint8Array = random(32)) {
    this.nowMs = nowMs
    this.seed = seed
    this.key = ed25519.getPublicKey(seed)
    this.agreementKey = agreementKeyOf(this.key)
    this.agreementSecret = ed25519.utils.toMontgomerySecret(seed)
    this.topic = inboxTopicOf(this.key)
  }

  sign(message: Uint8Array): Uint8Array {
    return ed25519.sign(message, this.seed)
  }
}

export function agreementKeyOf(key: Uint8Array): Uint8Array {
  return ed25519.utils.toMontgomery(key)
}

export function isSignedBy(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return ed25519.verify(signature, message, key)
}

/** introduction.md, "The inbox bucket". */
function inboxTopicOf(key: Uint8Array): string {
  const [high = 0, low = 0] = b2b(128, lp("colloquy/topic-bucket/1", "colloquy", "1", "inbox", key))
  return `/colloquy/1/inbox-${((high * 256 + low) % 256).toString(16).padStart(2, "0")}/proto`
}
