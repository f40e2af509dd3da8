import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { assertBuilt, run } from "./support/cli.js"

const folder = mkdtempSync(join(tmpdir(), "colloquy-types-check-"))
const core = pathToFileURL(join(import.meta.dirname, "../../../packages/core/dist/index.js")).href

beforeAll(() => {
  assertBuilt()
  module("mute.mjs", mute("Mute"))
  module("two.mjs", `${mute("Mute")}\n${mute("Other")}`)
  module("nothing.mjs", "export const nothing = 1")
  module("broken.mjs", "throw new Error('no')")
  module("bad-fixture.mjs", `${mute("Mute")}\nexport const fixture = 7`)
})

afterAll(() => rmSync(folder, { recursive: true }))

test("a type that keeps no rule of structure does not conform: the table says what is broken, and the exit code is 1", async () => {
  const { code, out, err } = await run(["types", "check", join(folder, "mute.mjs")])
  expect({ code, err }).toEqual({ code: 1, err: "checking MuteV1 …\n" })
  expect(out).toContain("MuteV1 does not conform")
  expect(out).toContain("MUTE: saro could not say anything: MUTE")
  for (const line of out.split("\n")) expect(Array.from(line).length, line).toBeLessThanOrEqual(100)
})

test("--json is the report on one line, --markdown the report for a document, each by the seed", async () => {
  const file = join(folder, "report.md")
  const { code, out } = await run([
    "types",
    "check",
    join(folder, "mute.mjs"),
    "--json",
    "--markdown",
    file,
    "--seed",
    "7",
  ])
  expect(code).toBe(1)
  const report = JSON.parse(out) as { readonly format: string; readonly seed: number; readonly conforms: boolean }
  expect(report).toMatchObject({ format: "colloquy/conformance-report/1", type: "MuteV1", seed: 7, conforms: false })
  expect(out.trim().split("\n")).toHaveLength(1)
  expect(readFileSync(file, "utf8")).toContain("## Conformance of MuteV1")
})

test("of several types one can be chosen", async () => {
  const { out } = await run(["types", "check", join(folder, "two.mjs"), "--type", "OtherV1", "--json"])
  expect(JSON.parse(out)).toMatchObject({ type: "OtherV1" })
})

test("what is no module, exports no type, or a fixture that is none, is wrong usage with a code", async () => {
  for (const [args, code] of [
    [[join(folder, "missing.mjs")], "MODULE_UNREADABLE"],
    [["no-such-package"], "MODULE_UNREADABLE"],
    [[join(folder, "broken.mjs")], "MODULE_UNREADABLE"],
    [[join(folder, "nothing.mjs")], "MODULE_EMPTY"],
    [[join(folder, "bad-fixture.mjs")], "FIXTURE_BAD"],
    [["PrivateV1", "--type", "InboxV1"], "USAGE"],
    [["PrivateV1", "--seed", "many"], "USAGE"],
    [[join(folder, "two.mjs"), "--document", join(folder, "two.mjs")], "USAGE"],
  ] as const) {
    const finished = await run(["types", "check", ...args])
    expect({ args, code: finished.code, out: finished.out }).toEqual({ args, code: 2, out: "" })
    expect(finished.err).toContain(`(${code})`)
  }
})

function module(name: string, text: string): void {
  writeFileSync(join(folder, name), `import * as core from ${JSON.stringify(core)}\n${text}\n`)
}

/** A type in which nobody can say anything. */
function mute(name: string): string {
  return `export const ${name}V1 = core.defineConversationType({
    specification: { title: "${name.toUpperCase()}", document: "${name.toLowerCase()}-v1.md", version: 1 },
    encryption: { scheme: "none", consequences: "nothing is said" },
    frames: {
      root: { name: "${name}", description: "nothing", fields: [], children: [] },
      encoding: "none (canonical)",
      bytesMax: 0,
      encode: () => new Uint8Array(0),
      decode: (bytes) => (bytes.length === 0 ? { kind: "frame", frame: {} } : { kind: "refused", code: "FRAME_TOO_LONG" }),
    },
    contentTopics: core.inboxTopics,
    conversationIds: core.idsAtRandom(),
    state: { nothing: core.cell(core.bytesCodec) },
    conversation: {
      start: (input, context) => ({
        kind: "next",
        conversation: context.conversationId({ from: "random", random: context.random(16) }),
        patch: { nothing: new Uint8Array(1) },
        effects: [],
      }),
      step: () => ({ kind: "refused", code: "MUTE" }),
      routes: () => [],
      view: () => ({ participants: [], carriesTo: [], can: { send: true }, contentBytesMax: 1 }),
    },
  })`
}
