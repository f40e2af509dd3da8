import fc from "fast-check"
import { expect, test } from "vitest"
import { HintFilter } from "./hint-filter.js"

const seed = 20_261_123

test("whatever was added and not removed is found, through growth and among collisions", () => {
  // Few distinct numbers, so that each comes and goes often; many operations, so that the table grows.
  const numbers = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 0xffff_ffff }))
  fc.assert(
    fc.property(fc.array(fc.tuple(numbers, fc.boolean()), { maxLength: 4000, size: "max" }), (operations) => {
      const filter = new HintFilter()
      const model = new Map<number, number>()
      for (const [number, add] of operations) {
        const count = model.get(number) ?? 0
        if (add) {
          filter.add(number)
          model.set(number, count + 1)
        } else if (count > 0) {
          filter.remove(number)
          model.set(number, count - 1)
        }
      }
      for (const [number, count] of model) if (count > 0) expect(filter.has(number)).toBe(true)
      expect(filter.size).toBe([...model.values()].reduce((sum, count) => sum + count, 0))
    }),
    { seed, numRuns: 60 },
  )
})

test("what was removed as often as it was added is gone, and so is what never was there", () => {
  const filter = new HintFilter()
  const random = (at: number): number => Math.imul(at + 1, 0x85eb_ca6b) >>> 0
  for (let at = 0; at < 20_000; at++) filter.add(random(at))
  for (let at = 0; at < 20_000; at += 2) filter.remove(random(at))
  const there = Array.from({ length: 60_000 }, (_, at) => at).filter((at) => filter.has(random(at)))
  expect(there).toEqual(Array.from({ length: 10_000 }, (_, at) => 2 * at + 1))
})

test("removing what is not there changes nothing", () => {
  const filter = new HintFilter()
  filter.add(7)
  filter.remove(8)
  filter.remove(0)
  expect([filter.size, filter.has(7), filter.has(8), filter.has(0)]).toEqual([1, true, false, false])
})

test("numbers that come in order take no longer than others", () => {
  const filter = new HintFilter()
  // With places in the order of the numbers this would be quadratic, and the test would not end.
  for (let at = 0; at < 300_000; at++) filter.add(at * 1000)
  expect(filter.has(299_999_000)).toBe(true)
})
