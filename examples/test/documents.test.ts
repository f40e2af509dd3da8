import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { expect, it } from "vitest"

const root = join(import.meta.dirname, "..", "..")
const program = join(root, "apps", "cli", "dist", "main.js")
const documents = ["board", "bulletin", "channel"].map((name) => join("examples", `${name}-v1.md`))

/** What the command line says; it throws where that ends with another code than 0. */
function colloquy(...given: readonly string[]): string {
  return execFileSync(process.execPath, [program, ...given], { cwd: root, encoding: "utf8" })
}

it("the documents of the example types leave nothing out that a document must or should say", () => {
  expect(colloquy("spec", "lint", ...documents)).toContain("3 documents: 0 errors, 0 warnings")
})

it("the documents of the example types say what their code says", () => {
  expect(colloquy("spec", "check", "--module", join("examples", "dist", "index.js"), ...documents)).toContain(
    "they say what the code says",
  )
})
