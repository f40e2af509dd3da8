import { type Codec, stateDamaged, StateReader } from "@colloquy/core"
import type { Chain, HeaderKeys, OwnKeys, RatchetRoot, SkippedKey } from "./state.js"

const keyBytes = 32
const hasOwn = 1
const hasReceiving = 2
const rootFixedBytes = 1 + 4 + 5 * keyBytes
const ownBytes = 3 * keyBytes
const receivingBytes = 2 * keyBytes

/**
 * `flags ‖ LE32(PN) ‖ RK ‖ peer's DH ‖ NHKr ‖ HKs ‖ its subkey`, then with flag 1 `secret DH ‖ public DH ‖ NHKs`,
 * then with flag 2 `HKr ‖ its subkey`. 165 to 325 bytes.
 */
export const ratchetRootCodec: Codec<RatchetRoot> = {
  version: 1,
  encode(root) {
    const writer = new Writer(
      rootFixedBytes + (root.own === null ? 0 : ownBytes) + (root.receivingHeader === null ? 0 : receivingBytes),
    )
    writer.byte((root.own === null ? 0 : hasOwn) | (root.receivingHeader === null ? 0 : hasReceiving))
    writer.le32(root.previousCount)
    writer.key(root.rootKey)
    writer.key(root.peer)
    writer.key(root.nextReceivingHeaderKey)
    writer.header(root.sendingHeader)
    if (root.own !== null) {
      writer.key(root.own.secretKey)
      writer.key(root.own.publicKey)
      writer.key(root.own.nextSendingHeaderKey)
    }
    if (root.receivingHeader !== null) writer.header(root.receivingHeader)
    return writer.bytes
  },
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const flags = reader.byte()
    if (flags > (hasOwn | hasReceiving)) throw stateDamaged()
    const previousCount = reader.le32()
    const rootKey = readKey(reader)
    const peer = readKey(reader)
    const nextReceivingHeaderKey = readKey(reader)
    const sendingHeader = readHeader(reader)
    const own: OwnKeys | null =
      (flags & hasOwn) === 0
        ? null
        : { secretKey: readKey(reader), publicKey: readKey(reader), nextSendingHeaderKey: readKey(reader) }
    const receivingHeader = (flags & hasReceiving) === 0 ? null : readHeader(reader)
    reader.end()
    return { rootKey, own, peer, previousCount, sendingHeader, receivingHeader, nextReceivingHeaderKey }
  },
}

/** `LE32(next) ‖ CK`, 36 bytes; no bytes for no chain. */
export const chainCodec: Codec<Chain | null> = {
  version: 1,
  encode(chain) {
    if (chain === null) return new Uint8Array(0)
    const writer = new Writer(4 + keyBytes)
    writer.le32(chain.next)
    writer.key(chain.key)
    return writer.bytes
  },
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    if (bytes.length === 0) return null
    const next = reader.le32()
    const key = readKey(reader)
    reader.end()
    return { key, next }
  },
}

/** `LE32(number) ‖ LE64(kept until, ms) ‖ MK`, 44 bytes. */
export const skippedKeyCodec: Codec<SkippedKey> = {
  version: 1,
  encode(skipped) {
    const writer = new Writer(12 + keyBytes)
    writer.le32(skipped.number)
    writer.le32(skipped.keptUntilMs % 0x1_0000_0000)
    writer.le32(Math.floor(skipped.keptUntilMs / 0x1_0000_0000))
    writer.key(skipped.messageKey)
    return writer.bytes
  },
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const number = reader.le32()
    const keptUntilMs = reader.le64()
    const messageKey = readKey(reader)
    reader.end()
    return { messageKey, number, keptUntilMs }
  },
}

class Writer {
  readonly bytes: Uint8Array
  #at = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
  }

  byte(value: number): void {
    this.bytes[this.#at++] = value
  }

  le32(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte(value >>> shift)
  }

  key(key: Uint8Array): void {
    if (key.length !== keyBytes) throw stateDamaged()
    this.bytes.set(key, this.#at)
    this.#at += keyBytes
  }

  header({ key, subkey }: HeaderKeys): void {
    this.key(key)
    this.key(subkey)
  }
}

function readKey(reader: StateReader): Uint8Array {
  return reader.take(keyBytes)
}

function readHeader(reader: StateReader): HeaderKeys {
  return { key: readKey(reader), subkey: readKey(reader) }
}
