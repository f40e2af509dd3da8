import { ColloquyError } from "@colloquy/core"
import { expect, test } from "vitest"
import { describeFailure } from "./failures.js"

test.each([
  ["WRONG_PASSPHRASE", 3],
  ["STORE_IN_USE", 4],
  ["NO_PROFILE", 5],
  ["BAD_CURSOR", 2],
  ["CONVERSATION_UNKNOWN", 1],
  ["INTERRUPTED", 130],
])("%s ends with %i", (code, exitCode) => {
  expect(describeFailure(new ColloquyError(code, "words"))).toMatchObject({ code, exitCode })
})

test("an error without advice keeps its words", () => {
  expect(describeFailure(new ColloquyError("CONTENT_TOO_LONG", "too long")).message).toBe("too long")
})

test("an introduction used before leads to its conversation", () => {
  const error = new ColloquyError("INTRODUCTION_CONSUMED", "used", { fields: { conversation: "/private/1/ab" } })
  expect(describeFailure(error).message).toContain("/private/1/ab")
})

test("what nobody expected is said to be so", () => {
  expect(describeFailure(new TypeError("x is undefined"))).toEqual({
    code: "UNEXPECTED",
    message: "this should not happen: TypeError: x is undefined",
    exitCode: 1,
  })
  expect(describeFailure(undefined).code).toBe("UNEXPECTED")
})
