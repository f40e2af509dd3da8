import type { KeyPair } from "@colloquy/core"

/** The key that hints are made from, and the key derived from it that encrypts headers. */
export interface HeaderKeys {
  readonly key: Uint8Array
  readonly subkey: Uint8Array
}

/**
 * What changes with a ratchet step, not with a message. Between receiving a new key from the peer and the next message of ours there is no
 * key pair of ours: it is made when it is needed, so that a state stolen in between does not hold it.
 */
export interface RatchetRoot {
  readonly rootKey: Uint8Array
  /** `null` while it is our turn to make one. */
  readonly own: OwnKeys | null
  /** The peer's ratchet public key. */
  readonly peer: Uint8Array
  /** PN: how many messages our previous sending chain had. */
  readonly previousCount: number
  readonly sendingHeader: HeaderKeys
  /** `null` until the peer's first message. */
  readonly receivingHeader: HeaderKeys | null
  /** The header key of the peer's next chain, which can begin only once our key pair is there. */
  readonly nextReceivingHeaderKey: Uint8Array
}

export interface OwnKeys extends KeyPair {
  /** The header key of our next chain. */
  readonly nextSendingHeaderKey: Uint8Array
}

/** One symmetric chain. It changes with each message. */
export interface Chain {
  readonly key: Uint8Array
  /** The number of the chain's next message. */
  readonly next: number
}

/** Every field is a value: functions read it and give a new one. */
export interface Ratchet {
  readonly root: RatchetRoot
  /** `null` while it is our turn to make a key pair. */
  readonly sending: Chain | null
  /** `null` until the peer's first message. */
  readonly receiving: Chain | null
}

/** The key of a message that was passed over. */
export interface SkippedKey {
  readonly messageKey: Uint8Array
  readonly number: number
  readonly keptUntilMs: number
}

/** Skipped keys by the hint of their message, in lower-case hexadecimal digits: one row each, so that deleting one is its erasure. */
export type SkippedKeys = ReadonlyMap<string, SkippedKey>
export type SkippedPatch = ReadonlyMap<string, SkippedKey | undefined>
