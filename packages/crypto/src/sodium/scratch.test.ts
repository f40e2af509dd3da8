import { codeOf, equalBytes } from "@colloquy/core"
import { expect, test } from "vitest"
import { counting } from "../../test/hex.js"
import type { RawSodium } from "./raw.js"
import { Scratch } from "./scratch.js"

/** A module with a memory and nothing else. */
function memory(): { sodium: RawSodium; heap: Uint8Array; allocated: Map<number, number> } {
  const heap = new Uint8Array(1 << 20)
  const allocated = new Map<number, number>()
  let next = 16
  const sodium = {
    HEAPU8: heap,
    _malloc(bytes: number) {
      if (next + bytes > heap.length) return 0
      allocated.set(next, bytes)
      next += bytes
      return next - bytes
    },
    _free: (address: number) => allocated.delete(address),
  }
  return { sodium: sodium as unknown as RawSodium, heap, allocated }
}

test.each([100, 40_000])(
  "what a call of %i bytes used is overwritten at its end, and what it allocated is given back",
  (length) => {
    const { sodium, heap, allocated } = memory()
    const scratch = new Scratch(sodium)
    const resident = new Map(allocated)
    scratch.begin(2 * length + 64)
    const secret = scratch.put(counting(length, 1))
    const out = scratch.reserve(length)
    heap.fill(7, out, out + length)
    expect(out % 16).toBe(0)
    expect(equalBytes(scratch.take(out, length), new Uint8Array(length).fill(7))).toBe(true)
    expect(equalBytes(scratch.take(secret, length), counting(length, 1))).toBe(true)
    scratch.end()
    expect(heap.every((byte) => byte === 0)).toBe(true)
    expect(allocated).toEqual(resident)
  },
)

test("no memory is an error that can pass", () => {
  const { sodium } = memory()
  const scratch = new Scratch(sodium)
  let code: string | undefined
  try {
    scratch.begin(1 << 21)
  } catch (error) {
    code = codeOf(error)
  }
  expect(code).toBe("OUT_OF_MEMORY")
})
