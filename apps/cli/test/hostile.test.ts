import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { assertBuilt } from "./support/cli.js"
import { acquainted, type Person, World } from "./support/world.js"

/** Clears the screen, sets the title, writes to the clipboard, turns text around, and pretends to be another line. */
const hostile =
  "hi\u001b[2J\u001b]0;owned\u0007\u009b31m\u001b]52;c;aGk=\u0007 \u202eyarR\u202c\r14:02:11  you       yes\nsecond line\u2028third\u0000"
const acting = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

describe("a hostile sender's text", () => {
  const world = new World()
  let raya: Person
  let conversation: string

  beforeAll(async () => {
    assertBuilt()
    await world.startHub()
    const people = await acquainted(world)
    raya = people.raya
    conversation = people.conversation
    const sent = people.saro.start(["send", conversation, "-", "--json"], { input: hostile })
    expect((await sent.done).code).toBe(0)
    const request = (await raya.line("introduce"))["introduction"] as string
    const pax = world.person("pax")
    await pax.make()
    // An argument cannot hold a zero byte.
    await pax.line("converse", request, "--text", hostile.replace("\u0000", ""))
  })
  afterAll(() => world.close())

  test.each([["messages"], ["listen"], ["requests"], ["conversations"]])(
    "steers no terminal through %s, with --json neither",
    async (command) => {
      const args =
        command === "messages"
          ? [command, conversation]
          : command === "listen"
            ? [command, "--for", "200ms"]
            : [command]
      for (const form of [[], ["--json"]]) {
        // From the beginning both times.
        const after = command === "listen" ? ["--after", "0"] : []
        const { code, out, err } = await raya.run(...args, ...after, ...form)
        expect(code).toBe(0)
        expect(out).not.toMatch(acting)
        expect(err).not.toMatch(acting)
        if (command === "messages" && form.length > 0) expect(out.split("\n").map(textOf)).toContain(hostile)
        if (command !== "conversations" && form.length === 0) expect(out).toContain("\\u{1b}[2J")
      }
    },
  )

  test("begins no line: what follows a line break stands indented under it", async () => {
    const { out } = await raya.run("messages", conversation)
    const lines = out.split("\n")
    const index = lines.findIndex((line) => line.includes("second line"))
    expect(lines[index]).toMatch(/^ {10,}second line$/)
    expect(lines[index + 1]).toMatch(/^ {10,}third/)
    expect(lines.filter((line) => line.startsWith("14:02:11"))).toEqual([])
  })
})

function textOf(line: string): string {
  return line === "" ? "" : (JSON.parse(line) as { content: { text: string } }).content.text
}
