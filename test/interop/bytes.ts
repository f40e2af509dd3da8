import { randomBytes } from "node:crypto"
import { blake2b } from "@noble/hashes/blake2.js"

/** What the documents write as `‖`, `LP`, `LE32`, `LE64` and `B2b-n`. Texts stand for their UTF-8. */
type Part = Uint8Array | string

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

export function bytes(part: Part): Uint8Array {
  return typeof part === "string" ? encoder.encode(part) : part
}

export function text(part: Uint8Array): string {
  return decoder.decode(part)
}

export function join(...parts: readonly Part[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map(bytes)))
}

export function le32(number: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, number, true)
  return new Uint8Array(view.buffer)
}

export function le64(number: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(number), true)
  return new Uint8Array(view.buffer)
}

export function lp(...parts: readonly Part[]): Uint8Array {
  return join(...parts.flatMap((part) => [le32(bytes(part).length), part]))
}

export function b2b(bits: number, message: Part, key?: Uint8Array): Uint8Array {
  return blake2b(bytes(message), key === undefined ? { dkLen: bits / 8 } : { dkLen: bits / 8, key })
}

export function hex(part: Uint8Array): string {
  return Buffer.from(part).toString("hex")
}

export function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length))
}

/** Takes `80 00*` off. */
export function unpad(padded: Uint8Array): Uint8Array {
  const end = padded.findLastIndex((byte) => byte !== 0)
  if (padded[end] !== 0x80) throw new Error("no padding")
  return padded.slice(0, end)
}

export function pad(plain: Uint8Array, length: number): Uint8Array {
  return join(plain, Uint8Array.of(0x80), new Uint8Array(length - plain.length - 1))
}
