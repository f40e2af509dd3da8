import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startHub } from "@colloquy/hub"
import { expect, it } from "vitest"

const dist = join(import.meta.dirname, "..", "dist")

it("the README's example runs: Raya hears what Saro says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "colloquy-readme-"))
  const hub = await startHub({ dataDir: join(folder, "hub"), port: 0 })
  const program = join(dist, `readme-${process.pid}.mjs`)
  const compiled = readFileSync(join(dist, "readme.js"), "utf8")
  expect(compiled).toContain("ws://127.0.0.1:4280")
  writeFileSync(program, compiled.replace("ws://127.0.0.1:4280", hub.url))
  try {
    expect(await linesOf(program, folder, 2)).toEqual(["hello", "how are you?"])
  } finally {
    rmSync(program)
    await hub.close()
    rmSync(folder, { recursive: true })
  }
})

/** What a program prints until it has printed that many lines; it is killed then, since it would listen for ever. */
function linesOf(program: string, cwd: string, count: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], { cwd, stdio: ["ignore", "pipe", "pipe"] })
    let printed = ""
    let complaint = ""
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.split("\n").length > count) child.kill("SIGKILL")
    })
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()))
    child.on("error", reject)
    child.on("close", () => {
      if (complaint === "") resolve(printed.trimEnd().split("\n"))
      else reject(new Error(complaint))
    })
  })
}
