import { concat, toHex, utf8 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import fc from "fast-check"
import { expect, test } from "vitest"
import { ByteStrings } from "./byte-strings.js"

const crypto = await loadCrypto()

function random(name: string, bytes: number): Uint8Array {
  return concat(
    ...Array.from({ length: Math.ceil(bytes / 64) }, (_, i) => crypto.hash(utf8(`${name} ${i}`), 64)),
  ).slice(0, bytes)
}

test("a part of a value of 24 bytes or more is found anywhere, as far as it reaches", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 24, max: 300 }),
      fc.nat(200),
      fc.integer({ min: 24, max: 120 }),
      fc.nat(50),
      (size, from, length, before) => {
        const value = random("value", size)
        const part = value.slice(from % (size - 23), (from % (size - 23)) + length)
        const strings = new ByteStrings()
        const number = strings.addValue(value)
        const offset = from % (size - 23)
        // What stands beside the part differs from what stands beside it in the value.
        const differs = (at: number): Uint8Array => Uint8Array.of((value[at] ?? 0) ^ 1)
        const text = concat(random("before", before), differs(offset - 1), part, differs(offset + part.length))
        expect(strings.scan(text)).toEqual([{ at: before + 1, length: part.length, value: number, offset, scale: 1 }])
      },
    ),
    { seed: 20261123, numRuns: 200 },
  )
})

test("a whole value of 16 bytes is found, a part of it is not", () => {
  const strings = new ByteStrings()
  const value = random("value", 16)
  strings.addValue(value)
  expect(strings.scan(concat(utf8("..."), value))).toHaveLength(1)
  expect(strings.scan(value.subarray(1))).toEqual([])
})

test("hexadecimal digits stand for bytes", () => {
  const strings = new ByteStrings()
  const value = random("value", 32)
  const number = strings.addValue(value)
  const text = utf8(`/private/1/${toHex(value.subarray(8))}`)
  expect(strings.scan(text)).toEqual([{ at: 11, length: 48, value: number, offset: 8, scale: 2 }])
})

test("padding and words are found nowhere, and equal byte strings have one number", () => {
  const strings = new ByteStrings()
  strings.addValue(concat(new Uint8Array(40), utf8("aaaaaaaaaaaaaaaaaaaaaaa")))
  expect(strings.scan(new Uint8Array(100))).toEqual([])
  expect(strings.intern(random("value", 20))).toBe(strings.intern(random("value", 20)))
  expect(strings.isValue(strings.addValue(new Uint8Array(15)))).toBe(false)
})
