import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { assertBuilt, run } from "./support/cli.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "colloquy-spec-"))
const examples = join(root, "examples/dist/index.js")

beforeAll(assertBuilt)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("our documents say what our code says", async () => {
  expect(process.cwd()).toBe(root.replace(/\/$/, ""))
  const { code, out } = await run(["spec", "check", "--module", examples])
  expect(out).toMatch(/^\d+ documents: they say what the code says\n$/)
  expect(code).toBe(0)
})

test("a document that says something else is reported by file and line, and written anew", async () => {
  const file = join(folder, "specs/envelope.md")
  mkdirSync(join(folder, "specs"))
  cpSync(join(root, "packages/core/src/envelope"), join(folder, "src"), { recursive: true })
  const before = readFileSync(join(root, "specs/envelope.md"), "utf8")
  const changed = before.replace("1,048,576 |", "1,048,575 |").replace("bytes payload = 2;", "bytes payload = 3;")
  writeFileSync(file, changed)
  const lines = changed.split("\n")
  const at = (text: string): number => lines.findIndex((line) => line.includes(text)) + 1

  const { code, out } = await run(["spec", "check", file])
  expect(code).toBe(1)
  expect(out).toContain(`specs/envelope.md:${at("payload = 3")}: MESSAGES_DIFFER: `)
  expect(out).toContain(`specs/envelope.md:${at("1,048,575")}: SECTION_DIFFERS: `)

  const asJson = await run(["spec", "check", file, "--json"])
  const found = asJson.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly line: number; readonly code: string })
  expect(found.map(({ line, code: one }) => [line, one])).toEqual([
    [at("payload = 3"), "MESSAGES_DIFFER"],
    [at("1,048,575"), "SECTION_DIFFERS"],
  ])

  const written = await run(["spec", "check", file, "--write"])
  expect(written.out).not.toContain("SECTION_DIFFERS")
  expect(readFileSync(file, "utf8")).toBe(before.replace("bytes payload = 2;", "bytes payload = 3;"))
})

test("a document is rendered for a built-in type, and for a module's, with its message flow", async () => {
  const inbox = await run(["spec", "render", "InboxV1"])
  expect(inbox).toMatchObject({ code: 0, err: "" })
  expect(inbox.out).toContain("# INBOX\n")
  expect(inbox.out).toContain("message InboxV1Parcel {")
  expect(inbox.out).toContain("p0->>p1: InboxV1, 2,048 bytes: invite for PrivateV1")
  const board = await run(["spec", "render", examples, "--type", "BoardV1", "--json"])
  expect(JSON.parse(board.out)).toMatchObject({ type: "BoardV1", text: expect.stringContaining("# BOARD\n") as string })
})

test.each([
  [["render", "NoSuchV1"], "MODULE_UNREADABLE"],
  [["render", "PrivateV1", "--report", "there/is/no/file"], "REPORT_UNREADABLE"],
  [["render", examples], "TYPE_AMBIGUOUS"],
  [["render", examples, "--type", "NoSuchV1"], "TYPE_NOT_THERE"],
  [["check", "README.md"], "DOCUMENT_UNKNOWN"],
  [["check", "nowhere/specs/hub.md"], "DOCUMENT_MISSING"],
  [["check", "--module", "README.md"], "MODULE_UNREADABLE"],
])("spec %j is refused with %s", async (args, code) => {
  const { code: exit, out, err } = await run(["spec", ...args])
  expect({ exit, out }).toEqual({ exit: 2, out: "" })
  expect(err).toMatch(new RegExp(`^colloquy: .* \\(${code}\\)\n$`))
})
