import { fromHex, toHex } from "@colloquy/core"

export const hex = toHex

export function bytes(text: string): Uint8Array {
  const decoded = fromHex(text.replace(/\s+/g, ""))
  if (decoded === undefined) throw new Error("the test's hexadecimal text is wrong")
  return decoded
}

/** `count` bytes that count up from `first`. */
export function counting(count: number, first = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (first + i) & 255)
}
