import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const documents = ["README.md"]

interface Block {
  readonly document: string
  readonly source: string
  readonly code: string
}

/** A code block after the comment `example: PATH` is that program, whole. */
function examples(document: string): Block[] {
  const text = readFileSync(join(root, document), "utf8")
  return [...text.matchAll(/<!-- example: (\S+) -->\s+```\w+\n([\s\S]*?)```/g)].map(([, source = "", code = ""]) => ({
    document,
    source,
    code,
  }))
}

describe("the examples in documents", () => {
  it.each(documents.flatMap(examples))("in $document are the program $source that tests run", ({ source, code }) => {
    expect(code).toBe(readFileSync(join(root, source), "utf8"))
  })

  it("the README's first example has at most 15 lines", () => {
    const [code] = /```ts\n[\s\S]*?```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? []
    expect(code?.split("\n").length).toBeLessThanOrEqual(15 + 2)
  })
})
