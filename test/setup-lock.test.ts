import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

const lockModule = pathToFileURL(join(import.meta.dirname, "..", "scripts", "lib", "lock.mjs")).href

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "colloquy-lock-"))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A process that takes the lock and writes down when it came and went; it dies inside when it is told to. */
function holder(name: string, dies = false): Promise<number | null> {
  const program = `
    import { appendFileSync } from "node:fs"
    import { withLock } from ${JSON.stringify(lockModule)}
    await withLock(${JSON.stringify(join(folder, "lock"))}, () => undefined, async () => {
      appendFileSync(${JSON.stringify(join(folder, "log"))}, "in ${name}\\n")
      ${dies ? 'process.kill(process.pid, "SIGKILL")' : ""}
      await new Promise((resolve) => setTimeout(resolve, 20))
      appendFileSync(${JSON.stringify(join(folder, "log"))}, "out ${name}\\n")
    })`
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" })
    child.on("close", (code) => resolve(code))
  })
}

const log = (): string[] => readFileSync(join(folder, "log"), "utf8").trim().split("\n")

describe("the lock of the set-up", () => {
  it("lets one process in at a time, and leaves nothing behind", async () => {
    const names = ["a", "b", "c", "d", "e", "f"]
    expect(await Promise.all(names.map((name) => holder(name)))).toEqual(names.map(() => 0))
    const entries = log()
    expect(entries).toHaveLength(12)
    for (let i = 0; i < entries.length; i += 2) expect(entries[i + 1]).toBe(entries[i]?.replace("in", "out"))
    expect(readdirSync(folder)).toEqual(["log"])
  })

  it("is taken over from a process that was killed", async () => {
    expect(await holder("killed", true)).toBeNull()
    expect(readdirSync(folder)).toContain("lock")
    expect(await Promise.all([holder("a"), holder("b")])).toEqual([0, 0])
    expect(log()).toHaveLength(5)
  })

  it.each(["", "no JSON", JSON.stringify({ pid: 2 ** 30, host: hostname(), token: "x" })])(
    "is taken over when it names nobody who lives: %j",
    async (content) => {
      writeFileSync(join(folder, "lock"), content)
      expect(await holder("a")).toBe(0)
      expect(log()).toEqual(["in a", "out a"])
    },
  )
})
