import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { expectedNumbers, farMultiples, farNumbers, moveWindow, nearEnd } from "./hint-window.js"

const numberMax = 0xffff_ffff
const number = fc.oneof(
  fc.nat({ max: 300 }),
  fc.nat({ max: 200_000 }),
  fc.integer({ min: numberMax - 300, max: numberMax }),
)

describe("PV1-20: the expected numbers", () => {
  test("are few at first, and more as the chain grows", () => {
    expect(expectedNumbers(0)).toEqual([0, 1, 2, 3, 64, 256, 1024, 4096, 16_384, 65_536])
    expect(expectedNumbers(1)).toEqual([1, 2, 3, 4, 5, 64, 256, 1024, 4096, 16_384, 65_536])
    expect(expectedNumbers(60)).toEqual([...range(60, 76), 256, 1024, 4096, 16_384, 65_536])
    expect(expectedNumbers(100)).toEqual([
      ...range(100, 116),
      ...[128, 192, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536, 131_072],
    ])
  })

  test("are never more than 28", () => {
    fc.assert(
      fc.property(number, (next) => expectedNumbers(next).length <= 28),
      { seed: 1 },
    )
  })

  test("move by what expectedNumbers says before and after", () => {
    const check = (before: number, after: number): void => {
      const { added, dropped } = moveWindow(before, after)
      const moved = new Set(expectedNumbers(before))
      for (const number of dropped) expect(moved.delete(number)).toBe(true)
      for (const number of added) expect(moved.has(number) || !moved.add(number)).toBe(false)
      expect([...moved].sort((a, b) => a - b)).toEqual(expectedNumbers(after))
    }
    for (let next = 0; next < 700; next++) check(next, next + 1)
    fc.assert(
      fc.property(number, fc.nat({ max: 140_000 }), (before, more) => check(before, before + more)),
      { seed: 2 },
    )
    for (let next = numberMax - 200; next <= numberMax; next++) check(next, next + 1)
  })
})

describe("PV1-22: a sender who was not heard jumps to a number that is expected", () => {
  /** What the specification tells a sender: `heard` is the highest number that is known to have arrived, -1 for none. */
  const jump = (heard: number, next: number): number | undefined => farNumbers(heard + 1).find((far) => far >= next)

  test("whatever of the chain has arrived in the meantime, and at most eight times as far as he had come", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1, max: 300_000 }),
        fc.nat({ max: 65_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (heard, ahead, share) => {
          const next = Math.max(heard + 1 + ahead, nearEnd(heard + 1))
          const target = jump(heard, next) as number
          expect(target).toBeGreaterThanOrEqual(next)
          expect(target - heard).toBeLessThanOrEqual(131_072)
          expect(target - heard).toBeLessThanOrEqual(8 * Math.max(64, next - heard))
          const arrived = heard + Math.floor(share * (next - 1 - heard))
          expect(expectedNumbers(arrived + 1)).toContain(target)
        },
      ),
      { seed: 3, numRuns: 5000 },
    )
  })

  test("farMultiples are each a multiple of the one before, so that far numbers overlap", () => {
    farMultiples.forEach((multiple, index) => expect(multiple % (farMultiples[index - 1] ?? 1)).toBe(0))
  })
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
