import { assertLength, type Crypto, type Hint, utf8 } from "@colloquy/core"

const hintBytes = 16
export const nonceBytes = 12
/** `dh ‖ LE32(PN)`. */
export const headerBytes = 36
export const sealedHeaderBytes = 52
const associatedDataBytes = 32

/** The primitives, with one protocol's labels: what every function of the ratchet wants first. Make one and keep it. */
export interface RatchetSuite {
  readonly crypto: Crypto
  readonly rootLabel: Uint8Array
  readonly chainLabel: Uint8Array
  readonly headerLabel: Uint8Array
  /** The label, then room for `LE32(N)`. Nothing secret, written anew for each hint. */
  readonly hintInput: Uint8Array
  /** `AD ‖ hint ‖ H`. Nothing secret, written anew for each message. */
  readonly additional: Uint8Array
  /** The part of `additional` that a header is bound to: `AD ‖ hint`. */
  readonly headerAdditional: Uint8Array
}

/** `protocol` stands before each label, such as `colloquy/PrivateV1`. */
export function ratchetSuite(crypto: Crypto, protocol: string): RatchetSuite {
  const hintLabel = utf8(`${protocol}/hint`)
  const hintInput = new Uint8Array(hintLabel.length + 4)
  hintInput.set(hintLabel)
  const additional = new Uint8Array(associatedDataBytes + hintBytes + sealedHeaderBytes)
  return {
    crypto,
    rootLabel: utf8(`${protocol}/root`),
    chainLabel: utf8(`${protocol}/chain`),
    headerLabel: utf8(`${protocol}/header`),
    hintInput,
    additional,
    headerAdditional: additional.subarray(0, associatedDataBytes + hintBytes),
  }
}

/** `hint(HK, N) = B2b-128(HK; hint label ‖ LE32(N))`: 16 bytes that look random to whoever lacks the header key. */
export function ratchetHint(suite: RatchetSuite, headerKey: Uint8Array, number: number): Hint {
  const input = suite.hintInput
  const at = input.length - 4
  input[at] = number
  input[at + 1] = number >>> 8
  input[at + 2] = number >>> 16
  input[at + 3] = number >>> 24
  return suite.crypto.hash(input, hintBytes, headerKey) as Hint
}

/** The key that encrypts headers: `B2b-256(HK; header label)`. */
export function headerSubkey(suite: RatchetSuite, headerKey: Uint8Array): Uint8Array {
  return suite.crypto.hash(suite.headerLabel, 32, headerKey)
}

const rootOutput = utf8("root")
const chainOutput = utf8("chain")
const headerOutput = utf8("header")

/** KDF_RK_HE: `T = B2b-512(RK; root label ‖ dh)`, then `B2b-256(T; …)` of "root", "chain" and "header". Overwrites `dh`. */
export function rootStep(
  suite: RatchetSuite,
  rootKey: Uint8Array,
  dh: Uint8Array,
): { readonly rootKey: Uint8Array; readonly chainKey: Uint8Array; readonly nextHeaderKey: Uint8Array } {
  const { crypto, rootLabel } = suite
  const input = new Uint8Array(rootLabel.length + dh.length)
  input.set(rootLabel)
  input.set(dh, rootLabel.length)
  const secret = crypto.hash(input, 64, rootKey)
  const step = {
    rootKey: crypto.hash(rootOutput, 32, secret),
    chainKey: crypto.hash(chainOutput, 32, secret),
    nextHeaderKey: crypto.hash(headerOutput, 32, secret),
  }
  crypto.wipe(input, dh, secret)
  return step
}

/**
 * KDF_CK: `B2b-512(CK; chain label)` is the message key, then the next chain key. Two buffers and not two views of one: the engine keeps
 * arrays of up to 64 bytes on its own heap for as long as nobody asks for a view.
 */
export function chainStep(
  suite: RatchetSuite,
  chainKey: Uint8Array,
): { readonly messageKey: Uint8Array; readonly chainKey: Uint8Array } {
  const keys = suite.crypto.hash(suite.chainLabel, 64, chainKey)
  const step = { messageKey: keys.slice(0, 32), chainKey: keys.slice(32) }
  keys.fill(0)
  return step
}

export function setAdditional(suite: RatchetSuite, associatedData: Uint8Array, hint: Uint8Array): void {
  assertLength(associatedData, associatedDataBytes, "associated data")
  assertLength(hint, hintBytes, "a hint")
  suite.additional.set(associatedData)
  suite.additional.set(hint, associatedDataBytes)
}

export function setSealedHeader(suite: RatchetSuite, sealedHeader: Uint8Array): void {
  suite.additional.set(sealedHeader, associatedDataBytes + hintBytes)
}
