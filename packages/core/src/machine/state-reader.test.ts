import { expect, test } from "vitest"
import { concat, le32, le64, lengthPrefixed, utf8 } from "../bytes.js"
import { StateReader } from "./state-reader.js"

const damaged = expect.objectContaining({ code: "STATE_DAMAGED" })

test("what codecs write is read front to back, as copies", () => {
  const written = concat(
    Uint8Array.of(7),
    le32(0xfffffffe),
    le64(2 ** 53 - 1),
    lengthPrefixed("Raya", Uint8Array.of(1, 2)),
    utf8("rest"),
  )
  const reader = new StateReader(written, 1)
  expect([reader.byte(), reader.le32(), reader.le64(), reader.text()]).toEqual([7, 0xfffffffe, 2 ** 53 - 1, "Raya"])
  const part = reader.prefixed()
  expect(reader.isDone).toBe(false)
  expect(() => reader.end()).toThrow(damaged)
  const rest = reader.rest()
  expect(reader.done("all")).toBe("all")
  written.fill(0)
  expect([part, rest]).toEqual([Uint8Array.of(1, 2), utf8("rest")])
})

test("anything else is STATE_DAMAGED: too short at each length, numbers out of range, texts that are none, another version", () => {
  const whole = concat(le64(5), lengthPrefixed("Raya"))
  const read = (bytes: Uint8Array): unknown => {
    const reader = new StateReader(bytes, 1)
    return reader.done([reader.le64(), reader.text()])
  }
  expect(read(whole)).toEqual([5, "Raya"])
  for (let length = 0; length < whole.length; length++)
    expect(() => read(whole.slice(0, length)), `${length}`).toThrow(damaged)
  expect(() => read(concat(whole, Uint8Array.of(0)))).toThrow(damaged)
  expect(() => read(concat(new Uint8Array(8).fill(255), lengthPrefixed("Raya")))).toThrow(damaged)
  expect(() => read(concat(le64(5), lengthPrefixed(Uint8Array.of(0xff))))).toThrow(damaged)
  expect(() => read(concat(le64(5), le32(0xffffffff)))).toThrow(damaged)
  expect(() => new StateReader(whole, 2)).toThrow(damaged)
  expect(() => new StateReader(whole, 1, 2)).toThrow(damaged)
  expect(new StateReader(whole, 2, 2).le64()).toBe(5)
})
