import { readdirSync, readFileSync } from "node:fs"
import { InboxV1 } from "@colloquy/conversation-inbox"
import { describe, expect, test } from "vitest"

const specification = readFileSync(new URL("../../../specs/inbox-v1.md", import.meta.url), "utf8")
const words = specification.replaceAll(/\s+/g, " ")
const requirements = [...specification.matchAll(/\*\*(IB1-\d+)\.\*\*/g)].map(([, id]) => id as string)

function sources(folder: string, wanted: (file: string) => boolean): string {
  const base = new URL(folder, import.meta.url)
  return readdirSync(base)
    .filter((file) => file.endsWith(".ts") && wanted(file))
    .map((file) => readFileSync(new URL(file, base), "utf8"))
    .join("\n")
}

const code = sources("../src/", () => true)
const titles = [
  ...sources("./", (file) => file.endsWith(".test.ts")).matchAll(/(?:test|describe)[^\n]*?\(\s*"([^"]*)"/g),
].map(([, title]) => title as string)

function names(text: string, id: string): boolean {
  return new RegExp(`${id}(?![0-9])`).test(text)
}

test("the requirements are numbered from 1, each once", () => {
  expect([...requirements].sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))).toEqual(
    requirements.map((_, i) => `IB1-${i + 1}`),
  )
})

test.each(requirements)("%s stands in the code and in the title of a test", (id) => {
  expect(names(code, id), "in the code").toBe(true)
  expect(
    titles.some((title) => names(title, id)),
    "in a test's title",
  ).toBe(true)
})

describe("IB1-20: every guarantee of the declaration is in the document, word for word", () => {
  test.each(InboxV1.declaration.guarantees?.map((guarantee) => [guarantee.name, guarantee] as const) ?? [])(
    "%s",
    (name, guarantee) => {
      const row = specification.split("\n").find((line) => line.startsWith(`| ${name} `))
      expect(row).toContain(`| ${guarantee.scope} `)
      expect(row).toContain(`| ${guarantee.except ?? ""} `)
    },
  )
})

test("every refusal in the code is in the document", () => {
  const codes = new Set([...code.matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g)].map(([, found]) => found as string))
  for (const internal of ["STATE_DAMAGED", "NOT_SUPPORTED"]) codes.delete(internal)
  expect(codes.size).toBeGreaterThan(10)
  for (const found of codes) expect(words).toContain(`\`${found}\``)
})
