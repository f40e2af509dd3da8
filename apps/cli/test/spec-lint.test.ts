import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { assertBuilt, type Finished, jsonLines, run } from "./support/cli.js"

const folder = mkdtempSync(join(tmpdir(), "colloquy-spec-lint-"))
const path = (name: string): string => join(folder, name)
const lint = (...args: string[]): Promise<Finished> => run(["spec", "lint", ...args])

const clean =
  "# NOTES\n\n## Abstract\n\nWhat came to mind.\n\n## Copyright\n\nNone.\n\n## Privacy\n\nThere is nothing to say.\n\n## Motivation\n\nMemory.\n"

beforeAll(() => {
  assertBuilt()
  writeFileSync(path("clean.md"), clean)
  writeFileSync(path("warning.md"), clean.replace("Memory.", "It MUST be short."))
  writeFileSync(
    path("error.md"),
    `${clean}\nSee [this](clean.md#motivation), [that](gone.md) and \u001b[31m TODO: a\u202eb\n`,
  )
  writeFileSync(path("binary.md"), Uint8Array.of(0x23, 0x20, 0xff, 0xfe))
  writeFileSync(path("zeros.md"), "# A\0")
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test("findings stand in their file, line and column, and decide the exit code", async () => {
  const results = await Promise.all([
    lint(path("clean.md")),
    lint(path("warning.md")),
    lint(path("warning.md"), "--fail-on", "warning"),
    lint(path("error.md")),
    lint(path("error.md"), "--fail-on", "never"),
  ])
  expect(results.map(({ code }) => code)).toEqual([0, 0, 1, 1, 0])
  expect(results.map(({ err }) => err)).toEqual(["", "", "", "", ""])
  const [none, warning, , error] = results
  expect(none?.out).toContain("1 document: 0 errors, 0 warnings, 0 notes")
  expect(warning?.out).toContain(`${path("warning.md")}:17:4: warning keywords-unexplained: MUST (once)`)
  expect(error?.out).toContain(`${path("error.md")}:19:34: error link-broken: there is no file gone.md`)
  expect(error?.out).toContain("1 document: 2 errors")
})

test("what a document says cannot steer the terminal", async () => {
  const { out } = await lint(path("error.md"))
  expect(out).toContain("unresolved: “TODO: a\\u{202e}b”")
  expect(out).not.toContain("\u001b")
  expect(out).not.toContain("\u202e")
})

test("--json is one report a line, --sarif one log", async () => {
  const { out, code } = await lint("--json", path("error.md"), path("clean.md"))
  expect(code).toBe(1)
  expect(jsonLines(out).map(({ path, kind }) => ({ path, kind }))).toEqual([
    { path: path("error.md"), kind: "other" },
    { path: path("clean.md"), kind: "other" },
  ])
  const log = JSON.parse((await lint("--sarif", path("error.md"))).out) as {
    readonly version: string
    readonly runs: readonly { readonly results: readonly { readonly ruleId: string }[] }[]
  }
  expect(log.version).toBe("2.1.0")
  expect(log.runs[0]?.results.map(({ ruleId }) => ruleId)).toEqual(["link-broken", "unresolved-mark"])
})

test("a file that cannot be read is told with its code, the others are linted, and the exit code is 2", async () => {
  const { code, out, err } = await lint(path("gone.md"), folder, path("binary.md"), path("zeros.md"), path("clean.md"))
  expect(code).toBe(2)
  for (const word of ["SPEC_NOT_FOUND", "SPEC_UNREADABLE", "SPEC_NOT_TEXT"]) expect(err).toContain(word)
  expect(out).toContain("zeros.md:1:1: error document-unreadable: it is no text")
  expect(out).toContain(`${path("clean.md")}: other`)
})

test("wrong usage ends with 2", async () => {
  for (const args of [
    [],
    [path("clean.md"), "--kind", "novel"],
    [path("clean.md"), "--fail-on", "joy"],
    [path("clean.md"), "--json", "--sarif"],
  ]) {
    const { code, err } = await lint(...args)
    expect({ args, code }).toEqual({ args, code: 2 })
    expect(err).toContain("USAGE")
  }
})

test("--kind says what a document is", async () => {
  const { out } = await lint(path("clean.md"), "--kind", "conversation-type", "--json")
  expect(jsonLines(out)[0]).toMatchObject({ kind: "conversation-type", kindReason: "it was said", type: "CleanV1" })
})
