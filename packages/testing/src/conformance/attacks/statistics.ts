/** Standard deviations that a fair bit strays by once in 10^12. With 20,000 bits the whole test is wrong once in 10^7. */
const deviationsMax = 7.2
/** Fewer payloads can't show such a deviation. */
const payloadsMin = 30

/**
 * A bit whose share of ones differs between two groups of payloads more than chance lets it; `undefined` if there is none. A bit that is the same in
 * all payloads tells nothing apart. From the beginning, and from the end, since lengths differ.
 */
export function tellingBit(one: readonly Uint8Array[], other: readonly Uint8Array[]): string | undefined {
  if (one.length + other.length < payloadsMin || one.length === 0 || other.length === 0) return undefined
  const length = Math.min(...[...one, ...other].map((bytes) => bytes.length))
  for (const fromEnd of [false, true])
    for (let byte = 0; byte < length; byte++)
      for (let bit = 0; bit < 8; bit++) {
        const ones = (group: readonly Uint8Array[]): number =>
          group.reduce(
            (sum, bytes) => sum + (((bytes[fromEnd ? bytes.length - 1 - byte : byte] as number) >> bit) & 1),
            0,
          )
        if (deviations(ones(one), one.length, ones(other), other.length) > deviationsMax)
          return `bit ${bit} of byte ${byte}${fromEnd ? " from the end" : ""}`
      }
  return undefined
}

/** Bits that are the same in all payloads: they tell the type, and link nothing to anything. From the beginning. */
export function fixedBits(payloads: readonly Uint8Array[]): readonly string[] {
  if (payloads.length < payloadsMin) return []
  const length = Math.min(...payloads.map((bytes) => bytes.length))
  const found: string[] = []
  for (let byte = 0; byte < length; byte++)
    for (let bit = 0; bit < 8; bit++) {
      const ones = payloads.filter((bytes) => (((bytes[byte] as number) >> bit) & 1) === 1).length
      if (ones === 0 || ones === payloads.length) found.push(`bit ${bit} of byte ${byte}`)
    }
  return found
}

/** How far two shares lie apart, in standard deviations of their difference. */
function deviations(ones: number, count: number, otherOnes: number, otherCount: number): number {
  const share = (ones + otherOnes) / (count + otherCount)
  if (share === 0 || share === 1) return 0
  const spread = Math.sqrt(share * (1 - share) * (1 / count + 1 / otherCount))
  return Math.abs(ones / count - otherOnes / otherCount) / spread
}

/** A number of 1, 2, 4 or 8 bytes that grows or falls from each payload to the next; `undefined` if there is none, or too few payloads. */
export function counterIn(payloads: readonly Uint8Array[]): string | undefined {
  // Of 16 random numbers one order in 10^13 is ascending.
  if (payloads.length < 16) return undefined
  const length = Math.min(...payloads.map((bytes) => bytes.length))
  for (const width of [1, 2, 4, 8])
    for (const little of [true, false])
      for (let at = 0; at + width <= length; at++) {
        const numbers = payloads.map((bytes) => numberAt(bytes, at, width, little))
        const grows = numbers.every((number, i) => i === 0 || number > (numbers[i - 1] as bigint))
        const falls = numbers.every((number, i) => i === 0 || number < (numbers[i - 1] as bigint))
        if (grows || falls) return `the ${little ? "little" : "big"}-endian number of ${width} bytes at byte ${at}`
      }
  return undefined
}

function numberAt(bytes: Uint8Array, at: number, width: number, little: boolean): bigint {
  let number = 0n
  for (let i = 0; i < width; i++)
    number = (number << 8n) | BigInt(bytes[little ? at + width - 1 - i : at + i] as number)
  return number
}
