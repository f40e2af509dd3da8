import { expect, test } from "vitest"
import { isoTime, localTime } from "./times.js"

test("today's times have seconds, others a date", () => {
  const now = new Date(2026, 10, 3, 18, 0, 0).getTime()
  expect(localTime(new Date(2026, 10, 3, 4, 2, 9).getTime(), now)).toBe("04:02:09")
  expect(localTime(new Date(2026, 10, 2, 23, 59, 59).getTime(), now)).toBe("2026-11-02 23:59")
  expect(localTime(new Date(2025, 10, 3, 4, 2, 9).getTime(), now)).toBe("2025-11-03 04:02")
})

test("programs get UTC", () => {
  expect(isoTime(1_762_000_000_123)).toBe("2025-11-01T12:26:40.123Z")
})
