import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { toolVersions } from "../src/scaffold/type-files.js"
import { assertBuilt, run } from "./support/cli.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "colloquy-type-"))

beforeAll(assertBuilt)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A tool of this checkout, in another folder. */
function tool(path: string, args: readonly string[], cwd: string): Promise<{ readonly stdout: string }> {
  const env = { PATH: process.env["PATH"], NO_COLOR: "1" }
  return promisify(execFile)(process.execPath, [resolve(root, "node_modules", path), ...args], { cwd, env })
}

test("a new type compiles, says what its document says, keeps the rules, and lists what it does not claim", async () => {
  const dir = join(folder, "reading-circle-v1")
  const { code, out, err } = await run(["types", "new", "reading-circle", "--dir", dir])
  expect({ code, err }).toEqual({ code: 0, err: "" })
  expect(out).toMatch(/^ReadingCircleV1 is in .*\n {2}cd .*\n {2}npm install\n {2}npm test\n$/)
  for (const path of readdirSync(dir, { recursive: true, encoding: "utf8" }))
    expect(path).not.toMatch(/sketch|node_modules/i)
  const source = readFileSync(join(dir, "src/reading-circle-v1.ts"), "utf8")
  expect(source).toContain("export const ReadingCircleV1 = defineConversationType({")
  expect(readFileSync(join(dir, "README.md"), "utf8")).toContain("    npm install\n    npm test\n")

  // What `npm install` would bring, without the network.
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"))
  const [, tests] = await Promise.all([
    tool("typescript/bin/tsc", ["--noEmit"], dir),
    tool("vitest/vitest.mjs", ["run", "--root", dir, "--reporter=json"], dir),
  ])
  const report = JSON.parse(tests.stdout) as {
    readonly success: boolean
    readonly numTodoTests: number
    readonly testResults: readonly { readonly assertionResults: readonly { readonly title: string }[] }[]
  }
  expect(report.success).toBe(true)
  const titles = report.testResults.flatMap(({ assertionResults }) => assertionResults.map(({ title }) => title))
  expect(titles).toContain("the document and the code say the same")
  expect(titles.some((title) => title.startsWith("CT-9."))).toBe(true)
  expect(titles).toContain("forward-secrecy is not claimed")
  expect(report.numTodoTests).toBeGreaterThan(5)
})

test("what is no name of a type makes no folder", async () => {
  const { code, err } = await run(["types", "new", "../notes", "--dir", join(folder, "refused")])
  expect(code).toBe(2)
  expect(err).toContain("(BAD_TYPE_ID)")
  expect(readdirSync(folder)).not.toContain("refused")
})

test("a name that is taken, a folder that is there, and one that can't be made are refused, and nothing is touched", async () => {
  const there = join(folder, "there")
  mkdirSync(there)
  writeFileSync(join(there, "mine"), "mine")
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, err } = await run(["types", "new", ...args])
    expect(code).toBe(1)
    return /\(([A-Z_]+)\)/.exec(err)?.[1] ?? err
  }
  expect(await refused("private", "--dir", join(folder, "x"))).toBe("TYPE_TAKEN")
  expect(await refused("notes", "--dir", there)).toBe("FOLDER_EXISTS")
  expect(await refused("notes", "--dir", join(there, "mine"))).toBe("FOLDER_EXISTS")
  expect(await refused("notes", "--dir", join(there, "mine", "x"))).toBe("FOLDER_MISSING")
  expect(await refused("notes", "--dir", join(there, "a", "b"))).toBe("FOLDER_MISSING")
  expect(readdirSync(there)).toEqual(["mine"])
  expect(readFileSync(join(there, "mine"), "utf8")).toBe("mine")
})

test("a new type is built with what the framework is built with", () => {
  const versions = (path: string): Record<string, string> => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, path), "utf8")) as {
      readonly dependencies?: Record<string, string>
      readonly devDependencies?: Record<string, string>
    }
    return { ...dependencies, ...devDependencies }
  }
  expect({ ...versions("package.json"), ...versions("packages/core/package.json") }).toMatchObject(toolVersions)
})
