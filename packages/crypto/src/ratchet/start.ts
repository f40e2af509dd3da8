import type { KeyPair } from "@colloquy/core"
import { headerSubkey, type RatchetSuite, rootStep } from "./key-schedule.js"
import type { HeaderKeys, Ratchet } from "./state.js"

/** What both sides know before the first message; the ratchet keeps copies. 32 bytes each. */
export interface RatchetSecrets {
  readonly sharedKey: Uint8Array
  /** The header key of the initiator's first chain. */
  readonly initiatorHeaderKey: Uint8Array
  /** The header key of the responder's first chain. */
  readonly responderHeaderKey: Uint8Array
}

/** RatchetInitAliceHE, with a key pair that the ratchet owns from here. `undefined` for a responder's key of low order. */
export function initiateRatchet(
  suite: RatchetSuite,
  secrets: RatchetSecrets,
  own: KeyPair,
  responder: Uint8Array,
): Ratchet | undefined {
  const dh = suite.crypto.agree(own.secretKey, responder)
  if (dh === undefined) return undefined
  const step = rootStep(suite, secrets.sharedKey, dh)
  return {
    root: {
      rootKey: step.rootKey,
      own: { secretKey: own.secretKey, publicKey: own.publicKey, nextSendingHeaderKey: step.nextHeaderKey },
      peer: responder.slice(),
      previousCount: 0,
      sendingHeader: headerKeys(suite, secrets.initiatorHeaderKey),
      receivingHeader: null,
      nextReceivingHeaderKey: secrets.responderHeaderKey.slice(),
    },
    sending: { key: step.chainKey, next: 0 },
    receiving: null,
  }
}

/**
 * RatchetInitBobHE together with his half of the first ratchet step, since the initiator's key is known from the invite: so the secret
 * prekey is needed no more and can be erased. `undefined` for an initiator's key of low order.
 */
export function acceptRatchet(
  suite: RatchetSuite,
  secrets: RatchetSecrets,
  prekeySecret: Uint8Array,
  initiator: Uint8Array,
): Ratchet | undefined {
  const dh = suite.crypto.agree(prekeySecret, initiator)
  if (dh === undefined) return undefined
  const step = rootStep(suite, secrets.sharedKey, dh)
  return {
    root: {
      rootKey: step.rootKey,
      own: null,
      peer: initiator.slice(),
      previousCount: 0,
      sendingHeader: headerKeys(suite, secrets.responderHeaderKey),
      receivingHeader: headerKeys(suite, secrets.initiatorHeaderKey),
      nextReceivingHeaderKey: step.nextHeaderKey,
    },
    sending: null,
    receiving: { key: step.chainKey, next: 0 },
  }
}

function headerKeys(suite: RatchetSuite, key: Uint8Array): HeaderKeys {
  return { key: key.slice(), subkey: headerSubkey(suite, key) }
}
