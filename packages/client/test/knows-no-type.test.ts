import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const packages = join(root, "..")
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("generated"))
  .map((name) => ({ name, text: readFileSync(join(root, "src", name), "utf8") }))

/** What the built-in types are called, read from where they are. */
const typeNames = readdirSync(packages)
  .filter((name) => name.startsWith("conversation-"))
  .map((name) => name.slice("conversation-".length))

describe("the client (invariant 6)", () => {
  it("imports core, content and protobuf, and nothing else", () => {
    expect(sources.length).toBeGreaterThan(30)
    for (const { name, text } of sources) {
      const imported = [...text.matchAll(/^(?:import|export|\}).*? from "([^"]+)"$/gm)].map(([, from]) => from)
      for (const from of imported)
        if (from?.startsWith(".") !== true)
          expect(
            [
              "@colloquy/core",
              "@colloquy/core/document",
              "@colloquy/content",
              "@bufbuild/protobuf",
              "@bufbuild/protobuf/codegenv2",
            ],
            name,
          ).toContain(from)
    }
  })

  it("names no type and branches on none", () => {
    expect(typeNames).toContain("inbox")
    expect(typeNames).toContain("private")
    for (const { name, text } of sources) {
      expect(text, name).not.toMatch(/\b[A-Z][A-Za-z]*V[0-9]+\b/)
      for (const type of typeNames) {
        expect(text, name).not.toContain(`conversation-${type}`)
        expect(text, name).not.toMatch(new RegExp(`["'\`/]${type}["'\`/]`, "i"))
      }
      expect(text, name).not.toMatch(/(===|!==|case)\s*["'][A-Z][A-Za-z]*V[0-9]/)
    }
  })
})
