import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, expect, test } from "vitest"
import { assertBuilt, Command, jsonLines, run } from "./support/cli.js"

beforeAll(assertBuilt)

test("the demonstration ends well, fits 80 columns, and leaves nothing behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "colloquy-cli-"))
  try {
    const { code, out, err } = await run(["demo"], { env: { TMPDIR: folder } })
    expect({ code, err }).toEqual({ code: 0, err: "" })
    for (const line of out.split("\n")) expect(Array.from(line).length, line).toBeLessThanOrEqual(80)
    expect(out).toContain("nothing found")
    expect(readdirSync(folder)).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test("stopped in between, it takes its processes and its folder along", async () => {
  const folder = mkdtempSync(join(tmpdir(), "colloquy-cli-"))
  mkdirSync(join(folder, "inner"))
  try {
    const command = new Command(["demo", "--json"], { env: { TMPDIR: join(folder, "inner") } })
    await command.says(/Raya is/)
    const { code, out } = await command.kill("SIGTERM")
    expect(code).toBe(143)
    expect(readdirSync(join(folder, "inner"))).toEqual([])
    for (const pid of jsonLines(out).flatMap(({ detail }) => /process (\d+)\.$/.exec(String(detail))?.[1] ?? []))
      expect(() => process.kill(Number(pid), 0), pid).toThrow("ESRCH")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
