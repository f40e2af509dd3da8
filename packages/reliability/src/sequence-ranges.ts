import { acknowledgedRangesMax, type SequenceRange } from "./sds-message.js"

/** The numbers on the wire; `undefined` unless the ranges are ascending, disjoint, not adjacent and not too many. */
export function packRanges(ranges: readonly SequenceRange[]): bigint[] | undefined {
  if (ranges.length > acknowledgedRangesMax) return undefined
  const packed: bigint[] = []
  let next = 0
  for (const { first, last } of ranges) {
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < next || last < first) return undefined
    packed.push(BigInt(first - next), BigInt(last - first))
    next = last + 2
  }
  return packed
}

/** The inverse of {@link packRanges}: `undefined` for what it does not make. Every list of numbers that it takes means other ranges. */
export function unpackRanges(packed: readonly bigint[]): SequenceRange[] | undefined {
  if (packed.length % 2 !== 0 || packed.length > 2 * acknowledgedRangesMax) return undefined
  const ranges: SequenceRange[] = []
  let next = 0
  for (let i = 0; i < packed.length; i += 2) {
    const first = next + Number(packed[i])
    const last = first + Number(packed[i + 1])
    if (last > Number.MAX_SAFE_INTEGER) return undefined
    ranges.push({ first, last })
    next = last + 2
  }
  return ranges
}
