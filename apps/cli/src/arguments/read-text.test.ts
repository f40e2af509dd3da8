import { codeOf } from "@colloquy/core"
import { expect, test } from "vitest"
import { readText } from "./read-text.js"

async function* chunks(...parts: readonly (string | number[])[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part as string)
}

const limits = { bytesMax: 16, what: "text" }

test("an argument is its own text, standard input is read for -", async () => {
  expect(await readText("hello\n", limits, chunks("no"))).toBe("hello\n")
  expect(await readText("-", limits, chunks("hel", "lo"))).toBe("hello")
})

test("one line break at the end is no part of it", async () => {
  expect(await readText("-", limits, chunks("a\nb\n"))).toBe("a\nb")
  expect(await readText("-", limits, chunks("a\r\n"))).toBe("a")
  expect(await readText("-", limits, chunks("a\n\n"))).toBe("a\n")
})

test("a character may be split between two chunks", async () => {
  expect(await readText("-", limits, chunks([0xc3], [0xbc]))).toBe("ü")
})

test.each([
  ["INPUT_EMPTY", "-", [""]],
  ["INPUT_EMPTY", "-", ["\n"]],
  ["INPUT_EMPTY", "", []],
  ["INPUT_TOO_LONG", "-", ["0123456789", "0123456"]],
  ["INPUT_NOT_UTF8", "-", [[0xff]]],
  ["INPUT_NOT_UTF8", "-", [[0xed, 0xa0, 0x80]]],
  ["INPUT_NOT_UTF8", "-", [[0xc3]]],
])("%s", async (code, given, parts) => {
  expect(await readText(given, limits, chunks(...parts)).catch(codeOf)).toBe(code)
})
