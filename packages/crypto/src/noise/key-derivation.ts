import { concat, type Crypto } from "@colloquy/core"

export const noiseHashBytes = 64
const blockBytes = 128

/** HMAC (RFC 2104) with BLAKE2b-512: 64 bytes, from a key of at most 128. */
function hmacBlake2b(crypto: Crypto, key: Uint8Array, ...message: readonly Uint8Array[]): Uint8Array {
  const inner = concat(pad(key, 0x36), ...message)
  const digest = crypto.hash(inner, noiseHashBytes)
  const outer = concat(pad(key, 0x5c), digest)
  const result = crypto.hash(outer, noiseHashBytes)
  crypto.wipe(inner, digest, outer)
  return result
}

/** Noise's HKDF (section 4.3) with two outputs of 64 bytes, which the caller owns. */
export function noiseHkdf(crypto: Crypto, chainingKey: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const temporary = hmacBlake2b(crypto, chainingKey, material)
  const first = hmacBlake2b(crypto, temporary, Uint8Array.of(1))
  const second = hmacBlake2b(crypto, temporary, first, Uint8Array.of(2))
  crypto.wipe(temporary)
  return [first, second]
}

function pad(key: Uint8Array, value: number): Uint8Array {
  const block = new Uint8Array(blockBytes).fill(value)
  for (let i = 0; i < key.length; i++) block[i] = (key[i] as number) ^ value
  return block
}
