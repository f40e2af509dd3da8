import { codeOf } from "@colloquy/core"
import { systemRandom } from "@colloquy/crypto"
import { afterEach, expect, test, vi } from "vitest"

afterEach(() => {
  vi.restoreAllMocks()
})

test("gives as many bytes as asked for, also across the end of the pool and far beyond it", () => {
  const random = systemRandom()
  for (const length of [0, 1, 32, 1000, 1024, 1025, 4096, 70_000, 1023, 1024, 1024, 1024])
    expect(random(length)).toHaveLength(length)
  const far = random(200_000)
  expect(far.subarray(-64).some((byte) => byte !== 0)).toBe(true)
})

test("never gives the same bytes twice", () => {
  const random = systemRandom()
  const seen = new Set<string>()
  for (let i = 0; i < 5000; i++) seen.add(random(16).join())
  expect(seen.size).toBe(5000)
})

test("hands out copies and overwrites them in the pool", () => {
  let pool: Uint8Array | undefined
  const draw = globalThis.crypto.getRandomValues.bind(globalThis.crypto)
  vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation((buffer) => {
    pool = buffer as unknown as Uint8Array
    return draw(buffer)
  })
  const random = systemRandom()
  const [first, second] = [random(32), random(32)]
  expect(pool?.subarray(0, 64)).toEqual(new Uint8Array(64))
  expect(pool?.subarray(64).some((byte) => byte !== 0)).toBe(true)
  first.fill(7)
  expect(second.every((byte) => byte === 7)).toBe(false)
})

test("refuses what is no number of bytes", () => {
  for (const count of [-1, 1.5, Number.NaN, Infinity]) {
    let code: string | undefined
    try {
      systemRandom()(count)
    } catch (error) {
      code = codeOf(error)
    }
    expect(code).toBe("BAD_LENGTH")
  }
})
