import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { argon2id } from "@noble/hashes/argon2.js"
import { b2b, bytes, hex, join, le32, random, text } from "./bytes.js"

/** The header of store.md and of backup.md, which differ in their magic and their labels. */
export interface Form {
  readonly magic: string
  readonly wrapLabel: string
  readonly checksumLabel: string
}

export type Opener = { readonly passphrase: string } | { readonly key: Uint8Array }

export interface Cost {
  readonly operations: number
  readonly memoryKib: number
}

export const headerBytes = 122

/** The least that a header may name (SS-6, BK-6). */
const leastCost: Cost = { operations: 1, memoryKib: 8192 }

export function aead(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array) {
  return xchacha20poly1305(key, nonce, additional)
}

export function makeHeader(form: Form, opener: Opener, wrapped: Uint8Array, cost = leastCost): Uint8Array {
  const isKey = "key" in opener
  const { operations, memoryKib } = isKey ? { operations: 0, memoryKib: 0 } : cost
  const salt = random(16)
  const nonce = random(24)
  const front = join(form.magic, Uint8Array.of(1, isKey ? 2 : 1), le32(operations), le32(memoryKib), salt, nonce)
  const key = wrappingKey(form, opener, salt, { operations, memoryKib })
  const unsigned = join(front, aead(key, nonce, front).encrypt(wrapped))
  return join(unsigned, b2b(128, unsigned, bytes(form.checksumLabel)))
}

/** What was wrapped: a master key, or a file key. */
export function openHeader(form: Form, opener: Opener, header: Uint8Array): Uint8Array {
  const view = new DataView(header.buffer, header.byteOffset)
  const [unsigned, checksum] = [header.slice(0, 106), header.slice(106)]
  if (header.length !== headerBytes || text(header.slice(0, 8)) !== form.magic) throw new Error("no header")
  if (hex(b2b(128, unsigned, bytes(form.checksumLabel))) !== hex(checksum)) throw new Error("damaged")
  if (header[8] !== 1) throw new Error("of a later version")
  if (header[9] !== ("key" in opener ? 2 : 1)) throw new Error("another kind of unlock")
  const cost = { operations: view.getUint32(10, true), memoryKib: view.getUint32(14, true) }
  const key = wrappingKey(form, opener, header.slice(18, 34), cost)
  return aead(key, header.slice(34, 58), header.slice(0, 58)).decrypt(header.slice(58, 106))
}

function wrappingKey(form: Form, opener: Opener, salt: Uint8Array, { operations, memoryKib }: Cost): Uint8Array {
  const options = { t: operations, m: memoryKib, p: 1, dkLen: 32 }
  const secret =
    "key" in opener ? b2b(256, salt, opener.key) : argon2id(opener.passphrase.normalize("NFC"), salt, options)
  return b2b(256, form.wrapLabel, secret)
}
