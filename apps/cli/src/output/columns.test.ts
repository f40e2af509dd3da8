import { expect, test } from "vitest"
import { columns } from "./columns.js"

test("columns are aligned and lines have no space at their end", () => {
  expect(
    columns([
      ["ID", "WITH", "LAST"],
      ["1a2b3c4d", "you", ""],
      ["x", "y", "z"],
    ]),
  ).toEqual(["ID        WITH  LAST", "1a2b3c4d  you", "x         y     z"])
  expect(columns([])).toEqual([])
})
