import { equalBytes } from "@colloquy/core"

/** Whether a part stands in the bytes; an empty one does not. */
export function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  return indexOf(bytes, part) >= 0
}

/** Where a part begins, -1 for nowhere. */
export function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  const [first] = part
  if (first === undefined) return -1
  for (let at = bytes.indexOf(first); at >= 0 && at + part.length <= bytes.length; at = bytes.indexOf(first, at + 1))
    if (equalBytes(bytes.subarray(at, at + part.length), part)) return at
  return -1
}
