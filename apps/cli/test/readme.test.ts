import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { assertBuilt, Command, run } from "./support/cli.js"
import { World } from "./support/world.js"

/** What the README shows of the command line is typed as it stands there, word by word, in a folder of its own. */
const readme = readFileSync(fileURLToPath(new URL("../../../README.md", import.meta.url)), "utf8")
const [, block = ""] = /```sh\n(npx colloquy hub[\s\S]*?)```/.exec(readme) ?? []
const lines = block.split("\n").map((line) => line.replace(/\s+#.*$/, ""))

const world = new World()
beforeAll(async () => {
  assertBuilt()
  await world.startHub()
})
afterAll(() => world.close())

test("the README's commands do what their comments say, in their order", async () => {
  expect(lines[0]).toBe("npx colloquy hub")
  expect(lines[1]).toMatch(/^export COLLOQUY_PASSPHRASE=/)
  const known = new Map<string, string>()
  const env = { COLLOQUY_PASSPHRASE: "README", COLLOQUY_DELIVERY: world.url }
  const said: string[] = []
  for (const line of lines.slice(2).filter((line) => line !== "")) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "")
    expect(words.slice(0, 3)).toEqual(["npx", "colloquy", "--profile"])
    const args = words.slice(2).map((word) => known.get(word) ?? word.replace(/^\.\//, `${world.folder}/`))
    const command = new Command(args, { env })
    if (args.includes("listen")) {
      await command.says(/hello Saro/)
      await command.kill("SIGTERM")
    }
    const { code, out, err } = await command.done
    expect({ line, code, err }).toMatchObject({ code: 0 })
    said.push(`${args[2] as string}: ${out}`)
    const [introduction] = /colloquy_intro_1_\S+/.exec(out) ?? []
    if (introduction !== undefined) known.set("INTRODUCTION", introduction)
    const [conversation] = /\/private\/1\/[0-9a-f]{32}/.exec(out) ?? []
    if (conversation !== undefined) known.set("CONVERSATION", conversation)
  }
  expect(said.map((words) => words.split(":")[0])).toEqual([
    "init",
    "introduce",
    "init",
    "converse",
    "requests",
    "allow",
    "send",
    "listen",
  ])
  expect(said[4]).toContain("hello")
  expect(said[7]).toContain("hello Saro")
})

test("each command that the README names besides is one", async () => {
  const [sentence = ""] = /^`conversations`.* are there too/m.exec(readme) ?? []
  const names = [...sentence.matchAll(/`([a-z]+)`/g)].map(([, name = ""]) => name)
  expect(names.length).toBeGreaterThan(8)
  const { out } = await run(["help"])
  for (const name of names) expect(out).toMatch(new RegExp(`^  ${name} `, "m"))
})
