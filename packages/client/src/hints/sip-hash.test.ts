import { fromHex } from "@colloquy/core"
import fc from "fast-check"
import { expect, test } from "vitest"
import { type SipKey, sipHash } from "./sip-hash.js"

const mask = (1n << 64n) - 1n

/** The algorithm as its authors wrote it, over whole words. */
function reference(key: Uint8Array, message: Uint8Array): bigint {
  const [k0, k1] = [wordAt(key, 0), wordAt(key, 8)]
  let v0 = k0 ^ 0x736f6d6570736575n
  let v1 = k1 ^ 0x646f72616e646f6dn
  let v2 = k0 ^ 0x6c7967656e657261n
  let v3 = k1 ^ 0x7465646279746573n
  const turn = (word: bigint, by: bigint): bigint => ((word << by) | (word >> (64n - by))) & mask
  const round = (): void => {
    v0 = (v0 + v1) & mask
    v1 = turn(v1, 13n) ^ v0
    v0 = turn(v0, 32n)
    v2 = (v2 + v3) & mask
    v3 = turn(v3, 16n) ^ v2
    v0 = (v0 + v3) & mask
    v3 = turn(v3, 21n) ^ v0
    v2 = (v2 + v1) & mask
    v1 = turn(v1, 17n) ^ v2
    v2 = turn(v2, 32n)
  }
  for (const block of [wordAt(message, 0), wordAt(message, 8), 16n << 56n]) {
    v3 ^= block
    round()
    round()
    v0 ^= block
  }
  v2 ^= 0xffn
  for (let i = 0; i < 4; i++) round()
  return v0 ^ v1 ^ v2 ^ v3
}

function wordAt(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true)
}

function keyOf(bytes: Uint8Array): SipKey {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)]
}

function hash(key: Uint8Array, bytes: Uint8Array, at = 0): bigint {
  const into = new Uint32Array(4).fill(7)
  sipHash(keyOf(key), bytes, at, into, 1)
  expect([into[0], into[3]]).toEqual([7, 7])
  return (BigInt(into[1] as number) << 32n) | BigInt(into[2] as number)
}

test("it is SipHash-2-4: the published vector of 16 bytes", () => {
  const counting = fromHex("000102030405060708090a0b0c0d0e0f") as Uint8Array
  expect(hash(counting, counting)).toBe(0x3f2acc7f57c29bdbn)
})

test("it is SipHash-2-4, for any key and message, wherever the message begins", () => {
  const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(sixteen, sixteen, fc.nat(9), (key, message, before) => {
      const bytes = new Uint8Array(before + 20).fill(0xee)
      bytes.set(message, before)
      expect(hash(key, bytes, before)).toBe(reference(key, message))
    }),
    { seed: 24, numRuns: 500 },
  )
})
