import { type Hint, tagBytes } from "@colloquy/core"
import {
  chainStep,
  headerBytes,
  nonceBytes,
  ratchetHint,
  type RatchetSuite,
  rootStep,
  sealedHeaderBytes,
  setAdditional,
  setSealedHeader,
} from "./key-schedule.js"
import type { Chain, Ratchet, RatchetRoot } from "./state.js"

const numberMax = 0xffff_ffff

/** What a payload has besides its plaintext: nonce, sealed header and tag. */
export const ratchetOverheadBytes: number = nonceBytes + sealedHeaderBytes + tagBytes

export interface RatchetSealed {
  readonly hint: Hint
  /** `nonce ‖ H ‖ C`, which the caller owns. */
  readonly payload: Uint8Array
  readonly sending: Chain
  /** Only when this message begins a chain with a new key pair of ours. */
  readonly root?: RatchetRoot
  /** Buffers of the old state that the new one does not use. */
  readonly superseded: readonly Uint8Array[]
}

/**
 * RatchetEncryptHE. `associatedData` has 32 bytes. `random` is drawn on for the nonce, and for a key pair when it is our turn to make one.
 * `undefined` when the chain has used up its 2³² numbers.
 */
export function sealMessage(
  suite: RatchetSuite,
  ratchet: Ratchet,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  random: (bytes: number) => Uint8Array,
): RatchetSealed | undefined {
  const turned = ratchet.sending === null ? turn(suite, ratchet.root, random(32)) : undefined
  const root = turned === undefined ? ratchet.root : turned.root
  const chain = turned === undefined ? (ratchet.sending as Chain) : turned.sending
  if (chain.next > numberMax) return undefined
  const { messageKey, chainKey } = chainStep(suite, chain.key)
  const hint = ratchetHint(suite, root.sendingHeader.key, chain.next)
  const nonce = random(nonceBytes)
  setAdditional(suite, associatedData, hint)
  const sealedHeader = suite.crypto.seal(root.sendingHeader.subkey, nonce, headerOf(root), suite.headerAdditional)
  setSealedHeader(suite, sealedHeader)
  const ciphertext = suite.crypto.seal(messageKey, nonce, plaintext, suite.additional)
  messageKey.fill(0)
  const payload = new Uint8Array(nonceBytes + sealedHeaderBytes + ciphertext.length)
  payload.set(nonce)
  payload.set(sealedHeader, nonceBytes)
  payload.set(ciphertext, nonceBytes + sealedHeaderBytes)
  const sending = { key: chainKey, next: chain.next + 1 }
  if (turned === undefined) return { hint, payload, sending, superseded: [chain.key] }
  suite.crypto.wipe(chain.key)
  return { hint, payload, sending, root, superseded: [ratchet.root.rootKey] }
}

/**
 * The sending chain at a later number, in buffers of its own, so that the next message stands there. The receiver keeps what is passed over as skipped keys.
 * A number that is not later gives a copy of the chain.
 */
export function advanceSending(suite: RatchetSuite, { key, next }: Chain, number: number): Chain {
  let chainKey: Uint8Array = key.slice()
  for (let passed = next; passed < number; passed++) {
    const step = chainStep(suite, chainKey)
    suite.crypto.wipe(chainKey, step.messageKey)
    chainKey = step.chainKey
  }
  return { key: chainKey, next: Math.max(next, number) }
}

/** The sending half of DHRatchetHE, put off until a message is sent. Owns the seed. */
function turn(
  suite: RatchetSuite,
  root: RatchetRoot,
  seed: Uint8Array,
): { readonly root: RatchetRoot; readonly sending: Chain } {
  const own = suite.crypto.agreementKeyPair(seed)
  suite.crypto.wipe(seed)
  // The key was agreed with once already, when it arrived, so that it is not of low order.
  const step = rootStep(suite, root.rootKey, suite.crypto.agree(own.secretKey, root.peer) as Uint8Array)
  return {
    root: {
      ...root,
      rootKey: step.rootKey,
      own: { secretKey: own.secretKey, publicKey: own.publicKey, nextSendingHeaderKey: step.nextHeaderKey },
    },
    sending: { key: step.chainKey, next: 0 },
  }
}

function headerOf(root: RatchetRoot): Uint8Array {
  const header = new Uint8Array(headerBytes)
  header.set((root.own as { readonly publicKey: Uint8Array }).publicKey)
  const count = root.previousCount
  header[32] = count
  header[33] = count >>> 8
  header[34] = count >>> 16
  header[35] = count >>> 24
  return header
}
