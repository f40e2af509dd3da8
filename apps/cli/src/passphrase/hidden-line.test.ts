import { expect, test } from "vitest"
import { HiddenLine, passphraseMax } from "./hidden-line.js"

test("a line ends with Enter, and what comes behind is not part of it", () => {
  const line = new HiddenLine()
  expect(line.type("correct ")).toBe("more")
  expect(line.type("hörse\rmore")).toBe("done")
  expect(line.text).toBe("correct hörse")
})

test("Backspace takes a whole character back, Ctrl-U the line", () => {
  const line = new HiddenLine()
  line.type("\u007fab👩\u007fc\b\u007f")
  expect(line.text).toBe("a")
  line.type("\u0015xy")
  expect(line.text).toBe("xy")
})

test("Ctrl-C and Ctrl-D give up", () => {
  expect(new HiddenLine().type("secret\u0003")).toBe("cancelled")
  expect(new HiddenLine().type("\u0004")).toBe("cancelled")
})

test("arrow keys and other controls are no part of it", () => {
  const line = new HiddenLine()
  line.type("a\u001b[Db\u001b[3~c\u001bOPd\u0001e")
  expect(line.text).toBe("abcde")
})

test("it is bounded", () => {
  const line = new HiddenLine()
  line.type("x".repeat(passphraseMax * 2))
  expect(line.text).toHaveLength(passphraseMax)
})
