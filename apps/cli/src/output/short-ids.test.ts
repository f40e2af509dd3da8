import { expect, test } from "vitest"
import { shortForms } from "./short-ids.js"

test("short forms grow until none begins like another", () => {
  const short = shortForms(["0123456789ab", "0123456789cd", "ffff00001111"])
  expect(short("0123456789ab")).toBe("0123456789a")
  expect(short("ffff00001111")).toBe("ffff0000111")
  expect(shortForms(["0123456789ab", "0123456789ab"])("0123456789ab")).toBe("01234567")
  expect(shortForms([])("0123456789ab")).toBe("01234567")
})
