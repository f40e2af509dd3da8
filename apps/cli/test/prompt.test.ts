import { spawn, spawnSync } from "node:child_process"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { assertBuilt, cli } from "./support/cli.js"
import { World } from "./support/world.js"

/** A terminal to ask on: this program of util-linux runs a command on one. */
const recorder = "script"
const hasScript = (spawnSync(recorder, ["--version"], { encoding: "utf8" }).stdout ?? "").includes("util-linux")

describe.skipIf(!hasScript)("on a terminal", () => {
  const world = new World()
  beforeAll(assertBuilt)
  afterAll(() => world.close())

  test("init asks for the passphrase twice, other commands once, and neither shows it", async () => {
    const profile = world.path("raya")
    const secret = "correct hörse battery"
    const made = await onTerminal(["init", "--profile", profile], [secret, secret])
    expect(made.out).toContain("New passphrase: ")
    expect(made.out).toContain("The same again: ")
    expect(made.out).toContain("Your identity is")
    expect(made.out).not.toContain("battery")
    expect(made.code).toBe(0)

    const again = await onTerminal(["whoami", "--profile", profile], [secret])
    expect(again.out).toContain("identity")
    expect(again.out).not.toContain("battery")
    expect(again.code).toBe(0)

    expect((await onTerminal(["whoami", "--profile", profile], ["wrong"])).out).toContain("WRONG_PASSPHRASE")
  })

  test("two that differ make no profile, and Ctrl-C ends with 130", async () => {
    const profile = world.path("pax")
    expect((await onTerminal(["init", "--profile", profile], ["one", "other"])).out).toContain("PASSPHRASE_MISTYPED")
    expect((await onTerminal(["init", "--profile", profile], ["\u0003"])).code).toBe(130)
    expect((await onTerminal(["whoami", "--profile", profile], [])).out).toContain("NO_PROFILE")
  })
})

/** Answers each question with the next answer and Enter. */
function onTerminal(
  args: readonly string[],
  answers: readonly string[],
): Promise<{ readonly code: number | null; readonly out: string }> {
  const line = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(" ")
  const child = spawn(recorder, ["--quiet", "--return", "--command", line, "/dev/null"], {
    env: { PATH: process.env["PATH"], TERM: "dumb" },
  })
  let out = ""
  let asked = 0
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk
    const questions = out.split(/passphrase: |again: /i).length - 1
    for (; asked < questions; asked++) child.stdin.write(`${answers[asked] ?? ""}\r`)
  })
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out })))
}
