import { expect, test } from "vitest"
import { wrapped } from "./wrapped.js"

test("lines end before the 81st column and what follows is indented", () => {
  const text = wrapped("word ".repeat(40).trim(), 2)
  const lines = text.split("\n")
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(lines[0]).toMatch(/^ {2}word/)
  expect(lines[1]).toMatch(/^ {4}word/)
  expect(text.split(/\s+/).filter((word) => word === "word")).toHaveLength(40)
})

test("a word that is too long stands alone", () => {
  expect(wrapped(`a ${"b".repeat(90)} c`, 0)).toBe(`a\n  ${"b".repeat(90)}\n  c`)
})
