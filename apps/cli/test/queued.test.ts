import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { assertBuilt, jsonLines } from "./support/cli.js"
import { acquainted, type Person, World } from "./support/world.js"

describe("without the hub", () => {
  const world = new World()
  let saro: Person
  let raya: Person
  let conversation: string

  beforeAll(async () => {
    assertBuilt()
    await world.startHub()
    ;({ saro, raya, conversation } = await acquainted(world))
    await world.endHub("SIGTERM")
  })
  afterAll(() => world.close())

  test("send says queued, and the next command that connects brings it over", async () => {
    const sent = await saro.line("send", conversation, "while it was away")
    expect(sent["state"]).toBe("queued")
    expect((await saro.line("send", conversation, "not even tried", "--offline"))["state"]).toBe("queued")
    expect((await stateOf(sent["message"] as string))[0]).toBe("queued")

    await world.startHub()
    await saro.lines("conversations")
    expect(await stateOf(sent["message"] as string)).toEqual(["published"])
    const texts = (await raya.lines("messages", conversation)).map(({ content }) => (content as { text: string }).text)
    expect(texts.slice(-2)).toEqual(["while it was away", "not even tried"])
    await world.endHub("SIGTERM")
  })

  test("what is stored is shown, with a note that it may be old; --offline asks for no more and gives no note", async () => {
    const { code, out, err } = await raya.run("messages", conversation, "--json")
    expect(code).toBe(0)
    expect(jsonLines(out)).toHaveLength(4)
    expect(jsonLines(err)).toEqual([
      { notice: { code: "DELIVERY_UNREACHABLE", message: expect.stringContaining(world.url) as string } },
    ])
    expect(await raya.lines("messages", conversation, "--offline")).toEqual(jsonLines(out))
  })

  test("a conversation begins and its invitation waits", async () => {
    const introduction = (await raya.line("introduce"))["introduction"] as string
    const { code, out } = await saro.run("converse", introduction, "--text", "again", "--json")
    expect(code).toBe(0)
    const begun = jsonLines(out)[0]?.["conversation"]
    await world.startHub()
    await saro.lines("listen", "--for", "1ms")
    expect((await raya.lines("conversations")).map(({ id }) => id)).toContain(begun)
  })

  async function stateOf(message: string): Promise<unknown[]> {
    const messages = await saro.lines("messages", conversation, "--offline")
    return messages.filter(({ id }) => id === message).map(({ state }) => state)
  }
})
