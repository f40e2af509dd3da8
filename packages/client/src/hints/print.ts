/**
 * 8 bytes that stand for a hint on a topic, as two numbers of 32 bits: the first half of a keyed hash that only this store can compute, so that nobody
 * outside can make a hint that is taken for another.
 */
export interface Print {
  readonly high: number
  readonly low: number
}

export const printBytes = 8

export function readPrint(bytes: Uint8Array, at = 0): Print {
  return { high: readUint32(bytes, at), low: readUint32(bytes, at + 4) }
}

export function writePrint(bytes: Uint8Array, at: number, { high, low }: Print): void {
  writeUint32(bytes, at, high)
  writeUint32(bytes, at + 4, low)
}

/** A number that tells nearly all prints apart, for a map's key. */
export function printNumber({ high, low }: Print): number {
  return high * 2 ** 21 + (low >>> 11)
}

export function isSamePrint(a: Print, b: Print): boolean {
  return a.high === b.high && a.low === b.low
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  )
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
