import { codeOf, concat, le64, StateReader } from "@colloquy/core"
import { expect, test } from "vitest"
import { introductionsCodec, noIntroductions } from "../src/introductions-state.js"
import { residentState } from "../src/resident.js"

test("a prekey that expires after every safe time is damage", () => {
  const { codec } = residentState.prekeys
  const row = codec.encode({ secretKey: new Uint8Array(32), expiresAtMs: Number.MAX_SAFE_INTEGER })
  expect(codec.decode(row, 1).expiresAtMs).toBe(Number.MAX_SAFE_INTEGER)
  row[6] = 0x20
  expect(code(() => codec.decode(row, 1))).toBe("STATE_DAMAGED")
  expect(code(() => codec.decode(new Uint8Array(3), 1))).toBe("STATE_DAMAGED")
})

test("a list of introductions that counts more than it has is damage", () => {
  const encoded = introductionsCodec.encode({ ...noIntroductions, peer: [Uint8Array.of(1)] })
  expect(introductionsCodec.decode(encoded, 1).peer).toHaveLength(1)
  encoded[24] = 2
  expect(code(() => introductionsCodec.decode(encoded, 1))).toBe("STATE_DAMAGED")
})

test("numbers are read from where they stand, also of a buffer within a larger one", () => {
  const larger = Buffer.concat([new Uint8Array(8).fill(0xff), concat(le64(5), le64(6))])
  const reader = new StateReader(larger.subarray(8), 1)
  expect([reader.le64(), reader.le64()]).toEqual([5, 6])
})

function code(read: () => unknown): string | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}
