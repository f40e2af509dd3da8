import { concat, type Hint, le32, utf8 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { expect, test } from "vitest"
import { readPrint } from "./print.js"
import { Printer } from "./printer.js"

const crypto = await loadCrypto()
const indexKey = new Uint8Array(32).fill(9)
const topics = ["/test/1/a/raw", "/test/1/b/raw"]
const hint = crypto.hash(le32(1), 16) as Hint

test("a print is of one store, one topic and one hint, whatever was asked for before", () => {
  for (const kind of ["sip", "hash"] as const) {
    const printer = new Printer(crypto, indexKey, kind)
    const other = new Printer(crypto, new Uint8Array(32).fill(8), kind)
    const flipped = hint.map((byte, at) => (at === 15 ? byte ^ 1 : byte))
    const all = [...topics, ...topics].map((topic) => printer.print(topic, hint))
    expect(all.slice(2)).toEqual(all.slice(0, 2))
    const different = [...all.slice(0, 2), printer.print("/test/1/a/raw", flipped), other.print("/test/1/a/raw", hint)]
    expect(new Set(different.map(({ high }) => high)).size).toBe(4)
    expect(new Set(different.map(({ low }) => low)).size).toBe(4)
  }
})

test("the hint is found where it begins, and no other bytes count", () => {
  for (const kind of ["sip", "hash"] as const) {
    const printer = new Printer(crypto, indexKey, kind)
    const into = new Uint32Array(4)
    printer.write("/test/1/a/raw", concat(Uint8Array.of(0x0a, 16), hint, Uint8Array.of(1, 2)), 2, into, 2)
    const { high, low } = printer.print("/test/1/a/raw", hint)
    expect([...into]).toEqual([0, 0, high, low])
  }
})

test("a print is SipHash of the hint under the topic's key", () => {
  const secret = crypto.hash(utf8("colloquy/client/1/prints"), 32, indexKey)
  const print = readPrint(crypto.shortHash(hint, crypto.hash(utf8("/test/1/a/raw"), 16, secret)))
  expect(new Printer(crypto, indexKey, "sip").print("/test/1/a/raw", hint)).toEqual(print)
})

test("stores that were begun in format 1 or 2 keep their prints", () => {
  const message = concat(utf8("/test/1/a/raw"), Uint8Array.of(0), hint)
  const before = readPrint(crypto.hash(message, 16, indexKey))
  expect(new Printer(crypto, indexKey, "hash").print("/test/1/a/raw", hint)).toEqual(before)
})

test("more topics than are remembered change nothing", () => {
  const printer = new Printer(crypto, indexKey, "sip")
  const first = printer.print("/test/1/a/raw", hint)
  for (let i = 0; i < 1000; i++) printer.print(`/test/1/${i}/raw`, hint)
  expect(printer.print("/test/1/a/raw", hint)).toEqual(first)
})
