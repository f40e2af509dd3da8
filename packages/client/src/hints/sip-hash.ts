/** A key of 128 bits, as four words, the lowest first. */
export type SipKey = readonly [number, number, number, number]

/**
 * SipHash-2-4 of the 16 bytes from `at` on: the upper and the lower half of its 64 bits go to `into[to]` and `into[to + 1]`. It is a keyed function
 * that nobody without the key can predict or find collisions of, made for tables under attack, and the one such that is fast enough in plain
 * arithmetic: words of 64 bits are pairs of 32 here. What is hashed has a fixed length, so that the last block is a constant.
 */
export function sipHash([k0, k1, k2, k3]: SipKey, bytes: Uint8Array, at: number, into: Uint32Array, to: number): void {
  let v0 = k0 ^ 0x7073_6575
  let w0 = k1 ^ 0x736f_6d65
  let v1 = k2 ^ 0x6e64_6f6d
  let w1 = k3 ^ 0x646f_7261
  let v2 = k0 ^ 0x6e65_7261
  let w2 = k1 ^ 0x6c79_6765
  let v3 = k2 ^ 0x7974_6573
  let w3 = k3 ^ 0x7465_6462
  let sum = 0
  // Two blocks, the length, and the finish with twice as many rounds.
  for (let block = 0; block < 4; block++) {
    const low = block < 2 ? word(bytes, at + block * 8) : 0
    const high = block < 2 ? word(bytes, at + block * 8 + 4) : block === 2 ? 0x1000_0000 : 0
    if (block === 3) v2 ^= 0xff
    v3 ^= low
    w3 ^= high
    for (let round = block === 3 ? 4 : 2; round > 0; round--) {
      sum = (v0 + v1) | 0
      w0 = (w0 + w1 + (sum >>> 0 < v1 >>> 0 ? 1 : 0)) | 0
      // Each turn by 32 is a change of places.
      v0 = w0
      w0 = sum
      sum = (v1 << 13) | (w1 >>> 19)
      w1 = (w1 << 13) | (v1 >>> 19)
      v1 = sum ^ w0
      w1 ^= v0
      sum = (v2 + v3) | 0
      w2 = (w2 + w3 + (sum >>> 0 < v3 >>> 0 ? 1 : 0)) | 0
      v2 = sum
      sum = (v3 << 16) | (w3 >>> 16)
      w3 = (w3 << 16) | (v3 >>> 16)
      v3 = sum ^ v2
      w3 ^= w2
      sum = (v0 + v3) | 0
      w0 = (w0 + w3 + (sum >>> 0 < v3 >>> 0 ? 1 : 0)) | 0
      v0 = sum
      sum = (v3 << 21) | (w3 >>> 11)
      w3 = (w3 << 21) | (v3 >>> 11)
      v3 = sum ^ v0
      w3 ^= w0
      sum = (v2 + v1) | 0
      w2 = (w2 + w1 + (sum >>> 0 < v1 >>> 0 ? 1 : 0)) | 0
      v2 = w2
      w2 = sum
      sum = (v1 << 17) | (w1 >>> 15)
      w1 = (w1 << 17) | (v1 >>> 15)
      v1 = sum ^ w2
      w1 ^= v2
    }
    v0 ^= low
    w0 ^= high
  }
  into[to] = w0 ^ w1 ^ w2 ^ w3
  into[to + 1] = v0 ^ v1 ^ v2 ^ v3
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}
