import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { assertBuilt, jsonLines } from "./support/cli.js"
import { acquainted, World } from "./support/world.js"

const world = new World()

beforeAll(() => assertBuilt())
afterAll(() => world.close())

test("whoever has not listened for longer than events are kept is told so, and goes on", async () => {
  await world.startHub()
  const { saro, conversation } = await acquainted(world)
  await saro.lines("listen", "--for", "1s")
  await saro.line("send", conversation, "nobody hears of this event", "--offline")

  const days = 40 * 24 * 60 * 60 * 1000
  const ahead = `const now = Date.now.bind(Date); Date.now = () => now() + ${days}`
  const env = { NODE_OPTIONS: `--import ${join(world.write("ahead.mjs", ahead), "ahead.mjs")}` }
  const later = async (...args: string[]) => {
    const { code, out, err } = await saro.start([...args, "--json"], { env }).done
    return { code, events: jsonLines(out), asides: jsonLines(err) }
  }
  const sent = (await later("send", conversation, "after a long time")).events[0]?.["message"]
  const first = await later("listen", "--for", "1s")
  expect(first).toMatchObject({ code: 0, asides: [{ notice: { code: "EVENTS_EXPIRED" } }] })
  expect(first.events).toContainEqual(expect.objectContaining({ message: sent, state: "queued" }))
  expect(first.events.filter(({ type }) => type === "message")).toEqual([])
  expect(await later("listen", "--for", "1s")).toEqual({ code: 0, events: [], asides: [] })
  const asked = await later("listen", "--for", "1s", "--after", "1")
  expect(asked).toMatchObject({ code: 1, asides: [{ error: { code: "CURSOR_EXPIRED" } }] })
})
