import { codeOf } from "@colloquy/core"
import { expect, test } from "vitest"
import { inWords, typeWords } from "./type-words.js"

test("a name is written in each place as it has to be", () => {
  const words = typeWords("reading-circle")
  expect(words).toEqual({
    id: "ReadingCircleV1",
    name: "reading-circle",
    pascal: "ReadingCircle",
    camel: "readingCircle",
    title: "READING CIRCLE",
    rules: "RE1",
  })
  expect(inWords('sketchDocument Sketch1V SketchV1 "sketch-v1.md" SKETCH SK1-4 RISK1', words)).toBe(
    'readingCircleDocument ReadingCircle1V ReadingCircleV1 "reading-circle-v1.md" READING CIRCLE RE1-4 RISK1',
  )
})

test("the shortest name has rules, too", () => {
  expect(typeWords("x")).toMatchObject({ id: "XV1", rules: "X1" })
})

test.each(["Notes", "notes-v2", "1notes", "-", "../notes", "notes!", "a".repeat(49), "notes/../x", "", "nöte", "a b"])(
  "%j is no name of a type",
  (name) => {
    expect(code(name)).toBe("BAD_TYPE_ID")
  },
)

test.each(["inbox", "private"])("%s is taken", (name) => {
  expect(code(name)).toBe("TYPE_TAKEN")
})

function code(name: string): string | undefined {
  try {
    typeWords(name)
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}
