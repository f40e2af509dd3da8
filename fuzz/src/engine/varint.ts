/** Where numbers of protocols change their form or their meaning. */
export const varints: readonly bigint[] = [
  ...[0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 65, 127, 128, 254, 255, 256, 257, 1023, 1024, 4095, 4096, 16_383, 16_384],
  ...[32, 35, 47, 48, 49, 52, 53, 54, 56, 63].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]),
  65_535,
  65_536,
  0x7fff_ffff,
  0x8000_0000,
]
  .map((value) => BigInt(value))
  .concat([2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 64n - 1n, 2n ** 64n, 1_800_000_000_000n])

/** LEB128, minimal. */
export function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

/** The number at a place and where it ends; `undefined` when it does not, or is longer than ten bytes. */
export function varintAt(bytes: Uint8Array, at: number): { readonly value: bigint; readonly end: number } | undefined {
  let value = 0n
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) return { value, end: at + i + 1 }
  }
  return undefined
}
