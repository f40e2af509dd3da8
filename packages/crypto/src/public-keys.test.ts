import { kemPublicKeyBytes } from "@colloquy/core"
import { describe, expect, test } from "vitest"
import { isCanonicalKemPublicKey } from "./kem-public-key.js"
import { isCanonicalPoint } from "./signing-public-key.js"

/** These checks do not rely on libsodium's own, which not every version has. */
describe("an ML-KEM-768 public key is canonical", () => {
  const key = (index: number, value: number): Uint8Array => {
    const bytes = new Uint8Array(kemPublicKeyBytes).fill(255, 1152)
    const offset = Math.floor(index / 2) * 3
    bytes.set(index % 2 === 0 ? [value & 255, value >> 8] : [0, (value & 15) << 4, value >> 4], offset)
    return bytes
  }
  test("only while every coefficient is below 3,329", () => {
    for (let index = 0; index < 768; index++) {
      expect(isCanonicalKemPublicKey(key(index, 3328))).toBe(true)
      for (const value of [3329, 4095]) expect(isCanonicalKemPublicKey(key(index, value))).toBe(false)
    }
  })
})

describe("an Ed25519 public key is canonical", () => {
  const key = (last: number, middle: number, first: number): Uint8Array =>
    Uint8Array.of(first, ...new Uint8Array(30).fill(middle), last)
  test("only while y is below 2^255 - 19, whatever the sign of x", () => {
    for (const sign of [0, 128]) {
      for (let first = 0; first < 256; first++) expect(isCanonicalPoint(key(127 | sign, 255, first))).toBe(first < 237)
      expect(isCanonicalPoint(key(126 | sign, 255, 255))).toBe(true)
      expect(isCanonicalPoint(key(127 | sign, 254, 255))).toBe(true)
    }
  })
})
