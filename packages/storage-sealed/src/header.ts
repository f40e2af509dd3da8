import { concat, type Crypto, equalBytes, le32, type PasswordCost, storageError, utf8 } from "@colloquy/core"
import { isBearable } from "./unlock.js"

/** The one record that is not sealed, under the key 00 (SS-2). */
export interface Header {
  readonly kind: "passphrase" | "key"
  readonly cost: PasswordCost
  /** 16 bytes. */
  readonly salt: Uint8Array
  /** 24 bytes. */
  readonly nonce: Uint8Array
  /** The master key of 32 bytes, encrypted, with its tag of 16. */
  readonly wrapped: Uint8Array
}

export const headerKey = Uint8Array.of(0)

export const magicText = "Colloquy"
const magic = utf8(magicText)
const version = 1
const kinds = ["passphrase", "key"] as const
const openBytes = 58
const wrappedBytes = 48
const checksumBytes = 16
export const checksumLabelText = "colloquy/storage-sealed/1/checksum"
const checksumLabel = utf8(checksumLabelText)
export const headerBytes = openBytes + wrappedBytes + checksumBytes

/** The first 58 bytes: everything that is known before wrapping, and what wrapping authenticates. */
export function encodeOpenPart(header: Omit<Header, "wrapped">): Uint8Array {
  const { kind, cost, salt, nonce } = header
  const numbers = [le32(cost.operations), le32(cost.memoryBytes / 1024)]
  return concat(magic, Uint8Array.of(version, kinds.indexOf(kind) + 1), ...numbers, salt, nonce)
}

export function encodeHeader(crypto: Crypto, header: Header): Uint8Array {
  const body = concat(encodeOpenPart(header), header.wrapped)
  return concat(body, checksum(crypto, body))
}

/** Throws `STORE_DAMAGED`, or `STORE_VERSION` for a whole header of a later format (SS-3). */
export function decodeHeader(crypto: Crypto, bytes: Uint8Array): Header {
  if (bytes.length <= magic.length + checksumBytes) throw damaged()
  const body = bytes.subarray(0, bytes.length - checksumBytes)
  if (!equalBytes(checksum(crypto, body), bytes.subarray(body.length))) throw damaged()
  if (!equalBytes(body.subarray(0, magic.length), magic)) throw damaged()
  const found = body[magic.length] as number
  if (found > version)
    throw storageError("STORE_VERSION", `the store is sealed in format ${found}, this version knows up to ${version}`)
  const kind = kinds[(body[9] ?? 0) - 1]
  if (found !== version || bytes.length !== headerBytes || kind === undefined) throw damaged()
  const view = new DataView(body.buffer, body.byteOffset)
  const cost = { operations: view.getUint32(10, true), memoryBytes: view.getUint32(14, true) * 1024 }
  if (kind === "passphrase" ? !isBearable(cost) : cost.operations !== 0 || cost.memoryBytes !== 0) throw damaged()
  return { kind, cost, salt: body.slice(18, 34), nonce: body.slice(34, openBytes), wrapped: body.slice(openBytes) }
}

/** Tells damage from a wrong passphrase. It protects from accidents; the tag of the wrapped key does from people. */
function checksum(crypto: Crypto, body: Uint8Array): Uint8Array {
  return crypto.hash(body, checksumBytes, checksumLabel)
}

function damaged(): Error {
  return storageError("STORE_DAMAGED", "the header of the sealed store is damaged")
}
