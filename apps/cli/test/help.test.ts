import { beforeAll, expect, test } from "vitest"
import { assertBuilt, run } from "./support/cli.js"

const commands =
  "hub init whoami introduce converse conversations requests allow deny disappear remove reset send messages listen export import types spec demo".split(
    " ",
  )

/** They have nothing to do with a profile. */
const withoutProfile = ["hub", "types", "spec", "demo"]

beforeAll(assertBuilt)

test("help names every command, the environment, the exit codes, and examples", async () => {
  for (const args of [["--help"], ["help"]]) {
    const { code, out, err } = await run(args)
    expect({ code, err }).toEqual({ code: 0, err: "" })
    for (const word of [
      ...commands,
      "COLLOQUY_PROFILE",
      "COLLOQUY_DELIVERY",
      "COLLOQUY_PASSPHRASE",
      "Exit codes",
      "Examples",
    ])
      expect(out).toContain(word)
    expectNarrow(out)
  }
})

test("each command's help has its options, the ones for all, and an example", async () => {
  const helps = await Promise.all(commands.map((command) => run([command, "--help"])))
  for (const [index, { code, out }] of helps.entries()) {
    expect(code).toBe(0)
    expect(out).toContain(`Usage: colloquy ${commands[index] as string}`)
    expect(out).toMatch(new RegExp(`Examples:\n +colloquy ${commands[index] as string}`))
    expect(out).toContain("--json")
    if (withoutProfile.includes(commands[index] as string)) expect(out).not.toContain("--profile")
    else expect(out).toContain("--profile")
    expectNarrow(out)
  }
})

test("types lists the built-in types and their guarantees, without a profile", async () => {
  const { code, out } = await run(["types", "--json"])
  expect(code).toBe(0)
  const types = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; guarantees: { name: string }[] })
  expect(types.map(({ id }) => id).sort()).toEqual(["InboxV1", "PrivateV1"])
  for (const { guarantees } of types) expect(guarantees.map(({ name }) => name)).toContain("confidentiality")
  expectNarrow((await run(["types"])).out)
})

test("--version is the package's", async () => {
  expect((await run(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})

function expectNarrow(text: string): void {
  for (const line of text.split("\n")) expect(Array.from(line).length, line).toBeLessThanOrEqual(80)
}
