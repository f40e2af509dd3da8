import { expect, test } from "vitest"
import { sentencesOf } from "./sentences.js"
import { excerpt, listed, nearest } from "./words.js"

test("the nearest name is one that could have been meant, or none", () => {
  expect(nearest("InboxHeader", ["InboxV1Frame", "InboxHeaderV1"])).toBe("InboxHeaderV1")
  expect(nearest("segment_cuont", ["segment_count", "segment_index"])).toBe("segment_count")
  expect(nearest("ephemeral", ["initiator_ephemeral"])).toBe("initiator_ephemeral")
  expect(nearest("Placeholder", ["Message", "Segment"])).toBeUndefined()
  expect(nearest("dh", ["iv", "tag"])).toBeUndefined()
  expect(nearest("a".repeat(5000), ["b".repeat(5000)])).toBeUndefined()
})

test("an excerpt is one line of whole characters", () => {
  expect(excerpt("a\n  b\tc", 10)).toBe("a b c")
  expect(excerpt("\u{1f600}".repeat(10), 4)).toBe(`${"\u{1f600}".repeat(3)}…`)
})

test("a list names five and counts the rest", () => {
  expect(listed(["a"])).toBe("`a`")
  expect(listed(["a", "b", "c"])).toBe("`a`, `b` and `c`")
  expect(listed(["a", "b", "c", "d", "e", "f", "g"])).toBe("`a`, `b`, `c`, `d`, `e` and 2 more")
})

test("sentences end where the next one begins, and keep their place", () => {
  const text = "One is e.g. short. Two: `three`! four is 1.5 long.\nFive"
  expect(sentencesOf(text).map((sentence) => sentence.text)).toEqual([
    "One is e.g. short.",
    "Two:",
    "`three`! four is 1.5 long.",
    "Five",
  ])
  for (const { text: part, index } of sentencesOf(text)) expect(text.slice(index, index + part.length)).toBe(part)
})
