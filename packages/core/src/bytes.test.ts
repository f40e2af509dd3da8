import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  assertLength,
  be64,
  compareBytes,
  concat,
  equalBytes,
  fromBase64url,
  fromBe64,
  fromHex,
  fromUtf8,
  le32,
  le64,
  lengthPrefixed,
  toBase64url,
  toHex,
  utf8,
} from "./bytes.js"

const octets = fc.uint8Array({ maxLength: 70 })
const safe = fc.oneof(fc.maxSafeNat(), fc.nat({ max: 300 }))

describe("texts of bytes", () => {
  it("base64url is that of Node, and each byte string has one text", () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const text = toBase64url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString("base64url"))
        expect(fromBase64url(text)).toEqual(bytes)
      }),
      { seed: 1 },
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."AQgw-_9z=+/ é😀"), maxLength: 9 }), (text) => {
        const bytes = fromBase64url(text)
        if (bytes !== undefined) expect(toBase64url(bytes)).toBe(text)
      }),
      { seed: 2, numRuns: 2000 },
    )
  })

  it.each(["A", "AB", "AAAAA", "AA==", "A+AA", "A/AA", "AA A", "AAB", "é", "😀A"])("base64url refuses %j", (text) => {
    expect(fromBase64url(text)).toBeUndefined()
  })

  it("hexadecimal is lower-case, of whole bytes, and one text for each byte string", () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"))
        expect(fromHex(toHex(bytes))).toEqual(bytes)
      }),
      { seed: 3 },
    )
    for (const text of ["a", "AB", "0g", " 00", "00\n", "0x00", "é0"]) expect(fromHex(text)).toBeUndefined()
  })

  it("UTF-8 keeps a byte order mark and refuses what is not well-formed", () => {
    for (const text of ["", "a\u0000", "\ufeffé", "😀"]) expect(fromUtf8(utf8(text))).toBe(text)
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]])
      expect(fromUtf8(Uint8Array.from(bytes))).toBeUndefined()
  })
})

describe("numbers as bytes", () => {
  it("are little-endian or big-endian as their names say", () => {
    expect(toHex(le32(0x01020304))).toBe("04030201")
    expect(toHex(le64(0x0102030405060))).toBe("6050403020100000")
    expect(toHex(be64(0x0102030405060))).toBe("0000102030405060")
    expect(toHex(be64(Number.MAX_SAFE_INTEGER))).toBe("001fffffffffffff")
    expect(toHex(le64(Number.MAX_SAFE_INTEGER))).toBe("ffffffffffff1f00")
  })

  it("sort bytewise as they do as numbers, and are read back at any offset", () => {
    fc.assert(
      fc.property(safe, safe, (a, b) => {
        expect(Math.sign(compareBytes(be64(a), be64(b)))).toBe(Math.sign(a - b))
        expect(fromBe64(concat(Uint8Array.of(1, 2, 3), be64(a)), 3)).toBe(a)
      }),
      { seed: 4 },
    )
  })
})

describe("strings of bytes", () => {
  it("compare like their hexadecimal texts", () => {
    fc.assert(
      fc.property(octets, octets, (a, b) => {
        const texts = toHex(a) < toHex(b) ? -1 : toHex(a) > toHex(b) ? 1 : 0
        expect(Math.sign(compareBytes(a, b))).toBe(texts)
        expect(equalBytes(a, b)).toBe(texts === 0)
        expect(equalBytes(a, a.slice())).toBe(true)
      }),
      { seed: 5 },
    )
  })

  it("with their lengths before them have one reading: other parts, other bytes", () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const isSame = a.map(toHex).join() === b.map(toHex).join() && a.length === b.length
        expect(equalBytes(lengthPrefixed(...a), lengthPrefixed(...b))).toBe(isSame)
      }),
      { seed: 6, numRuns: 2000 },
    )
    expect(toHex(lengthPrefixed("ab", Uint8Array.of(9)))).toBe("0200000061620100000009")
    expect(lengthPrefixed()).toHaveLength(0)
  })

  it("of a wrong length are named without being shown", () => {
    expect(() => assertLength(new Uint8Array(31), 32, "a key")).toThrow("a key must have 32 bytes, it has 31")
    expect(() => assertLength(new Uint8Array(32), 32, "a key")).not.toThrow()
  })
})
