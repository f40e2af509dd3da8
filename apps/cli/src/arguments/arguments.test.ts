import { InvalidArgumentError } from "commander"
import { expect, test } from "vitest"
import { parseCount } from "./count.js"
import { parseDuration } from "./duration.js"

test("durations have a number and a unit", () => {
  expect(["250ms", "5s", "90m", "12h", "7d", "2w", "1.5h", "0.5s", "36525d"].map(parseDuration)).toEqual([
    250, 5000, 5_400_000, 43_200_000, 604_800_000, 1_209_600_000, 5_400_000, 500, 3_155_760_000_000,
  ])
})

test.each([
  "",
  "5",
  "s",
  "0s",
  "-5s",
  "5 s",
  "5S",
  "1e3s",
  "5s5s",
  "0x5s",
  "9999999999s",
  "99999999w",
  "Infinityd",
  "5\u0000s",
  "٥s",
])("%j is no duration", (text) => expect(() => parseDuration(text)).toThrow(InvalidArgumentError))

test("counts are whole numbers within their bounds", () => {
  const parse = parseCount(1, 1000)
  expect(parse("1")).toBe(1)
  expect(parse("1000")).toBe(1000)
  for (const text of ["", "0", "1001", "-1", "1.0", "1e2", "0x10", " 1", "9".repeat(400)])
    expect(() => parse(text)).toThrow(InvalidArgumentError)
})
