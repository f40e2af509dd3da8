import { concat, le32, utf8 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import fc from "fast-check"
import { expect, test } from "vitest"
import { commonStrings } from "./common-strings.js"
import { counterIn, fixedBits, tellingBit } from "./statistics.js"

const crypto = await loadCrypto()

/** Payloads that look random, the same for the same name. */
function payloads(name: string, count: number, bytes = 240): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    concat(
      ...Array.from({ length: Math.ceil(bytes / 64) }, (_, j) => crypto.hash(utf8(`${name} ${i} ${j}`), 64)),
    ).slice(0, bytes),
  )
}

test("random payloads show nothing, whatever the seed", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const [one, other] = [payloads(`one ${seed}`, 48), payloads(`other ${seed}`, 48)]
      expect(tellingBit(one, other)).toBeUndefined()
      expect(counterIn(one.slice(0, 24))).toBeUndefined()
      expect(commonStrings([...one, ...other])).toEqual([])
    }),
    { seed: 20261123, numRuns: 12 },
  )
})

test("a bit that tells two groups apart is found, from the beginning and from the end", () => {
  for (const at of [0, 17, 239]) {
    const [one, other] = [payloads("one", 48), payloads("other", 48)]
    for (const [group, bit] of [
      [one, 0],
      [other, 4],
    ] as const)
      for (const payload of group) payload[at] = ((payload[at] as number) & ~4) | bit
    expect(tellingBit(one, other)).toMatch(/^bit 2 of byte/)
  }
})

test("a bit that is the same in every payload tells nothing apart", () => {
  const [one, other] = [payloads("one", 48), payloads("other", 48)]
  for (const payload of [...one, ...other]) payload[31] = (payload[31] as number) & 0x7f
  expect(tellingBit(one, other)).toBeUndefined()
  expect(fixedBits([...one, ...other])).toEqual(["bit 7 of byte 31"])
})

test("a number that grows is found, of any width and in both orders", () => {
  // Neither byte of it grows alone.
  const little = payloads("one", 20).map((payload, i) => concat(payload, le32(200 * i).subarray(0, 2), payload))
  expect(counterIn(little)).toBe("the little-endian number of 2 bytes at byte 240")
  const big = payloads("one", 20).map((payload, i) =>
    concat(
      payload,
      le32(200 * i)
        .subarray(0, 2)
        .reverse(),
      payload,
    ),
  )
  expect(counterIn(big)).toBe("the big-endian number of 2 bytes at byte 240")
  expect(counterIn(little.slice(0, 15))).toBeUndefined()
})

test("a string of 8 bytes that two payloads share is found once, wherever it stands", () => {
  const [first, second, third] = payloads("one", 3) as [Uint8Array, Uint8Array, Uint8Array]
  second.set(first.subarray(10, 22), 200)
  const found = commonStrings([first, second, third])
  expect(found).toEqual([{ bytes: first.slice(10, 18), places: [0, 1] }])
  third.set(first.subarray(10, 17), 3)
  expect(commonStrings([first, third])).toEqual([])
})
