import { utf8 } from "@colloquy/core"

/** RL-45: room for 10,000 ids with one false answer in 1,000: 15 bits for each, 10 hashes. */
export const bloomCapacity = 10_000
export const bloomBits = 150_000
export const bloomHashes = 10
/** 2,344 words of 64 bits, each big-endian. */
export const bloomBytes = 18_752
/** The filter is stored in pages, so that an id writes ten small rows and not the whole. */
export const bloomPageBytes = 32
export const bloomPages: number = bloomBytes / bloomPageBytes

/** A bit of a filter: the byte that holds it, and its value in that byte. */
interface BloomBit {
  readonly at: number
  readonly mask: number
}

/** RL-45: the ten bits of an id, some perhaps equal. */
export function bloomBitsOf(id: string): BloomBit[] {
  const first = hashOf(id) % bloomBits
  const step = hashOf(`${id} b`) % bloomBits
  return Array.from({ length: bloomHashes }, (_, index) => {
    const bit = (first + index * step) % bloomBits
    return { at: 8 * Math.floor(bit / 64) + 7 - Math.floor((bit % 64) / 8), mask: 1 << (bit % 8) }
  })
}

/** Whether the filter may hold the id. It does not if this is false. */
export function bloomHas(filter: Uint8Array, bits: readonly BloomBit[]): boolean {
  return bits.every(({ at, mask }) => ((filter[at] as number) & mask) !== 0)
}

/** How likely it is that a filter says yes to an id that it does not hold. */
export function bloomDoubt(filter: Uint8Array): number {
  let ones = 0
  for (const byte of filter) ones += onesOf[byte] as number
  return (ones / bloomBits) ** bloomHashes
}

const onesOf = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length)

/** MurmurHash3 for x86, 32 bits, seed 0, read as a signed number without its sign. */
function hashOf(text: string): number {
  const bytes = utf8(text)
  let hash = 0
  const whole = bytes.length - (bytes.length % 4)
  for (let at = 0; at < whole; at += 4) {
    hash ^= scramble(word(bytes, at, 4))
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0
  }
  hash ^= scramble(word(bytes, whole, bytes.length - whole)) ^ bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return Math.abs((hash ^ (hash >>> 16)) | 0)
}

function word(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = (value << 8) | (bytes[at + i] as number)
  return value
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
