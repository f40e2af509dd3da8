import { tagBytes, toHex } from "@colloquy/core"
import {
  chainStep,
  headerSubkey,
  nonceBytes,
  ratchetHint,
  type RatchetSuite,
  rootStep,
  sealedHeaderBytes,
  setAdditional,
  setSealedHeader,
} from "./key-schedule.js"
import { keepSkippedKeys, skippedKeyLifetimeMs, skippedKeysMax } from "./skipped-keys.js"
import type {
  Chain,
  HeaderKeys,
  OwnKeys,
  Ratchet,
  RatchetRoot,
  SkippedKey,
  SkippedKeys,
  SkippedPatch,
} from "./state.js"

/** No payload makes us derive more message keys than this. */
export const ratchetStepsMax = 131_072

/** Where the hint says that a message stands: its number in the peer's present chain or in his next one, or a skipped key's row. */
export type RatchetPosition =
  { readonly chain: "current" | "next"; readonly number: number } | { readonly chain: "skipped"; readonly row: string }

export interface RatchetArrival {
  readonly position: RatchetPosition
  /** 16 bytes. */
  readonly hint: Uint8Array
  /** `nonce ‖ H ‖ C`. */
  readonly payload: Uint8Array
  /** 32 bytes. */
  readonly associatedData: Uint8Array
  readonly nowMs: number
}

export interface RatchetOpened {
  readonly kind: "opened"
  readonly plaintext: Uint8Array
  /** What changed, no more. */
  readonly root?: RatchetRoot
  /** `null`: it is our turn to make a key pair. */
  readonly sending?: null
  readonly receiving?: Chain
  readonly skipped?: SkippedPatch
  /** Buffers of the old state that the new one does not use. */
  readonly superseded: readonly Uint8Array[]
}

/**
 * `RATCHET_TRUNCATED`: shorter than any message. `RATCHET_POSITION`: no message can stand there, or its key is gone. `RATCHET_HEADER`: the header
 * does not authenticate, or contradicts what is known. `RATCHET_TOO_FAR`: more than 131,072 keys away. `RATCHET_MESSAGE`: the message does not authenticate.
 */
export interface RatchetRefused {
  readonly kind: "refused"
  readonly code: "RATCHET_TRUNCATED" | "RATCHET_POSITION" | "RATCHET_HEADER" | "RATCHET_TOO_FAR" | "RATCHET_MESSAGE"
}

/**
 * RatchetDecryptHE, with the number taken from the hint. Nothing is derived before the header authenticates, and nothing is kept unless the message does.
 * Neither the ratchet nor the arrival is written to.
 */
export function openMessage(
  suite: RatchetSuite,
  ratchet: Ratchet,
  skipped: SkippedKeys,
  arrival: RatchetArrival,
): RatchetOpened | RatchetRefused {
  if (arrival.payload.length < nonceBytes + sealedHeaderBytes + tagBytes) return refused("RATCHET_TRUNCATED")
  setAdditional(suite, arrival.associatedData, arrival.hint)
  switch (arrival.position.chain) {
    case "skipped":
      return openSkipped(suite, skipped, arrival.position.row, arrival)
    case "current":
      return openCurrent(suite, ratchet, skipped, arrival.position.number, arrival)
    case "next":
      return openNext(suite, ratchet, skipped, arrival.position.number, arrival)
  }
}

/** The header is not read again: the message key authenticates its bytes, and keeping header keys would let a thief recognise old payloads. */
function openSkipped(
  suite: RatchetSuite,
  skipped: SkippedKeys,
  row: string,
  arrival: RatchetArrival,
): RatchetOpened | RatchetRefused {
  const key = skipped.get(row)
  if (key === undefined || key.keptUntilMs <= arrival.nowMs) return refused("RATCHET_POSITION")
  const plaintext = openCiphertext(suite, key.messageKey, arrival.payload)
  if (plaintext === undefined) return refused("RATCHET_MESSAGE")
  return { kind: "opened", plaintext, skipped: new Map([[row, undefined]]), superseded: [key.messageKey] }
}

function openCurrent(
  suite: RatchetSuite,
  ratchet: Ratchet,
  skipped: SkippedKeys,
  number: number,
  arrival: RatchetArrival,
): RatchetOpened | RatchetRefused {
  const { root, receiving } = ratchet
  if (receiving === null || root.receivingHeader === null || number < receiving.next) return refused("RATCHET_POSITION")
  const header = openHeader(suite, root.receivingHeader.subkey, arrival.payload)
  if (header === undefined || !beginsWith(header, root.peer)) return refused("RATCHET_HEADER")
  if (number - receiving.next >= ratchetStepsMax) return refused("RATCHET_TOO_FAR")
  if (number === receiving.next) {
    const opened = openWith(suite, receiving.key, number, arrival.payload)
    if (opened === undefined) return refused("RATCHET_MESSAGE")
    return { kind: "opened", ...opened, superseded: [receiving.key] }
  }
  const passed = new Passed(suite, arrival.nowMs)
  const chainKey = passed.skip(receiving, number, root.receivingHeader.key)
  const opened = openWith(suite, chainKey, number, arrival.payload)
  chainKey.fill(0)
  if (opened === undefined) {
    passed.wipe()
    return refused("RATCHET_MESSAGE")
  }
  const { patch, superseded } = keepSkippedKeys(skipped, passed.kept)
  return {
    kind: "opened",
    plaintext: opened.plaintext,
    receiving: opened.receiving,
    skipped: patch,
    superseded: [receiving.key, ...superseded],
  }
}

/** The receiving half of DHRatchetHE. The sending half waits until a message is sent. */
function openNext(
  suite: RatchetSuite,
  ratchet: Ratchet,
  skipped: SkippedKeys,
  number: number,
  arrival: RatchetArrival,
): RatchetOpened | RatchetRefused {
  const { crypto } = suite
  const { root, sending, receiving } = ratchet
  // The peer can't have begun his next chain before he knows a key pair of ours.
  if (root.own === null || sending === null) return refused("RATCHET_POSITION")
  const receivingHeader: HeaderKeys = {
    key: root.nextReceivingHeaderKey,
    subkey: headerSubkey(suite, root.nextReceivingHeaderKey),
  }
  const header = openHeader(suite, receivingHeader.subkey, arrival.payload)
  const passedOver = header === undefined ? -1 : le32At(header, 32) - (receiving?.next ?? 0)
  if (header === undefined || passedOver < 0) return refused("RATCHET_HEADER")
  if (passedOver + number >= ratchetStepsMax) return refused("RATCHET_TOO_FAR")
  const peer = header.slice(0, 32)
  const dh = crypto.agree(root.own.secretKey, peer)
  if (dh === undefined) return refused("RATCHET_HEADER")
  const step = rootStep(suite, root.rootKey, dh)
  const passed = new Passed(suite, arrival.nowMs)
  if (receiving !== null && root.receivingHeader !== null)
    crypto.wipe(passed.skip(receiving, receiving.next + passedOver, root.receivingHeader.key))
  const chainKey = passed.skip({ key: step.chainKey, next: 0 }, number, receivingHeader.key)
  const opened = openWith(suite, chainKey, number, arrival.payload)
  crypto.wipe(chainKey, step.chainKey)
  if (opened === undefined) {
    passed.wipe()
    crypto.wipe(step.rootKey, step.nextHeaderKey)
    return refused("RATCHET_MESSAGE")
  }
  const sendingHeader: HeaderKeys = {
    key: root.own.nextSendingHeaderKey,
    subkey: headerSubkey(suite, root.own.nextSendingHeaderKey),
  }
  const { patch, superseded } = keepSkippedKeys(skipped, passed.kept)
  return {
    kind: "opened",
    plaintext: opened.plaintext,
    root: {
      rootKey: step.rootKey,
      own: null,
      peer,
      previousCount: sending.next,
      sendingHeader,
      receivingHeader,
      nextReceivingHeaderKey: step.nextHeaderKey,
    },
    sending: null,
    receiving: opened.receiving,
    ...(patch.size === 0 ? {} : { skipped: patch }),
    superseded: [...supersededBy(root, root.own, sending, receiving), ...superseded],
  }
}

function supersededBy(root: RatchetRoot, own: OwnKeys, sending: Chain, receiving: Chain | null): readonly Uint8Array[] {
  const buffers = [root.rootKey, own.secretKey, root.sendingHeader.key, root.sendingHeader.subkey, sending.key]
  if (receiving !== null) buffers.push(receiving.key)
  if (root.receivingHeader !== null) buffers.push(root.receivingHeader.key, root.receivingHeader.subkey)
  return buffers
}

/** Passes over messages, and keeps the keys of the newest. */
class Passed {
  readonly kept = new Map<string, SkippedKey>()
  readonly #suite: RatchetSuite
  readonly #keptUntilMs: number

  constructor(suite: RatchetSuite, nowMs: number) {
    this.#suite = suite
    this.#keptUntilMs = nowMs + skippedKeyLifetimeMs
  }

  /** The chain key at a number, in a buffer of its own; the chain itself is left as it is. */
  skip(chain: Chain, until: number, headerKey: Uint8Array): Uint8Array {
    let chainKey: Uint8Array = chain.key.slice()
    const keepFrom = until - skippedKeysMax
    for (let number = chain.next; number < until; number++) {
      const step = chainStep(this.#suite, chainKey)
      chainKey.fill(0)
      chainKey = step.chainKey
      if (number >= keepFrom) this.#keep(number, step.messageKey, headerKey)
      else step.messageKey.fill(0)
    }
    return chainKey
  }

  #keep(number: number, messageKey: Uint8Array, headerKey: Uint8Array): void {
    const row = toHex(ratchetHint(this.#suite, headerKey, number))
    this.kept.set(row, { messageKey, number, keptUntilMs: this.#keptUntilMs })
  }

  wipe(): void {
    for (const { messageKey } of this.kept.values()) messageKey.fill(0)
  }
}

function openWith(
  suite: RatchetSuite,
  chainKey: Uint8Array,
  number: number,
  payload: Uint8Array,
): { readonly plaintext: Uint8Array; readonly receiving: Chain } | undefined {
  const step = chainStep(suite, chainKey)
  const plaintext = openCiphertext(suite, step.messageKey, payload)
  step.messageKey.fill(0)
  if (plaintext !== undefined) return { plaintext, receiving: { key: step.chainKey, next: number + 1 } }
  step.chainKey.fill(0)
  return undefined
}

function openHeader(suite: RatchetSuite, subkey: Uint8Array, payload: Uint8Array): Uint8Array | undefined {
  const sealedHeader = payload.subarray(nonceBytes, nonceBytes + sealedHeaderBytes)
  return suite.crypto.open(subkey, payload.subarray(0, nonceBytes), sealedHeader, suite.headerAdditional)
}

function openCiphertext(suite: RatchetSuite, messageKey: Uint8Array, payload: Uint8Array): Uint8Array | undefined {
  setSealedHeader(suite, payload.subarray(nonceBytes, nonceBytes + sealedHeaderBytes))
  const ciphertext = payload.subarray(nonceBytes + sealedHeaderBytes)
  return suite.crypto.open(messageKey, payload.subarray(0, nonceBytes), ciphertext, suite.additional)
}

function le32At(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = 3; i >= 0; i--) value = value * 0x100 + (bytes[at + i] as number)
  return value
}

function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false
  return true
}

function refused(code: RatchetRefused["code"]): RatchetRefused {
  return { kind: "refused", code }
}
