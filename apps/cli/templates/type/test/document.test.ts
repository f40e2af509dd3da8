import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { checkDocument, rewriteDocument } from "@colloquy/specification"
import { recordFlow } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import { expect, test } from "vitest"
import { sketchDocument, SketchV1 } from "../src/index.js"

const root = new URL("../", import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), "utf8")
const path = "sketch-v1.md"
const sources = ["src", "test"].flatMap((folder) =>
  readdirSync(new URL(folder, root)).map((file) => ({ path: `${folder}/${file}`, text: read(`${folder}/${file}`) })),
)

test("the document and the code say the same", async () => {
  const subject = { type: SketchV1, facts: sketchDocument, flow: await recordFlow(SketchV1, [InboxV1]) }
  // `npm run document`
  if (process.env["MODE"] === "document") writeFileSync(new URL(path, root), rewriteDocument(read(path), subject))
  expect(checkDocument({ path, text: read(path), subject, sources })).toEqual([])
})
