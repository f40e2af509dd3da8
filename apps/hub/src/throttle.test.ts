import { describe, expect, it } from "vitest"
import { Throttle } from "./throttle.js"

describe("the throttle", () => {
  it("HUB-25: lets a second's worth through at once, then says how long to wait", () => {
    const throttle = new Throttle(100, 1_000_000, 0)
    for (let i = 0; i < 100; i++) expect(throttle.take(1, 0)).toBeLessThanOrEqual(0)
    expect(throttle.take(1, 0)).toBe(10)
    expect(throttle.take(1, 20)).toBeLessThanOrEqual(0)
  })

  it("HUB-25: counts bytes as well", () => {
    const throttle = new Throttle(1000, 1000, 0)
    expect(throttle.take(1000, 0)).toBeLessThanOrEqual(0)
    expect(throttle.take(500, 0)).toBe(500)
    expect(throttle.take(1, 600)).toBeLessThanOrEqual(0)
  })

  it("HUB-25: saves up no more than a second, and is not confused by a clock that stands still or steps back", () => {
    const throttle = new Throttle(10, 1_000_000, 0)
    for (let i = 0; i < 10; i++) expect(throttle.take(1, 100_000)).toBeLessThanOrEqual(0)
    expect(throttle.take(1, 100_000)).toBeGreaterThan(0)
    expect(throttle.take(1, 50_000)).toBeGreaterThan(0)
  })
})
