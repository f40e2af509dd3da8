import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { assertBuilt, jsonLines } from "./support/cli.js"
import { type Person, World } from "./support/world.js"

const identity = /^[0-9a-f]{64}$/
const messageId = /^[0-9a-f]{32}$/
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe("two people converse by the command line, one process a command", () => {
  const world = new World()
  let saro: Person
  let raya: Person
  let conversation: string
  const identities = { saro: "", raya: "" }

  beforeAll(async () => {
    assertBuilt()
    await world.startHub()
    saro = world.person("saro")
    raya = world.person("raya")
    identities.saro = (await saro.line("init", "--name", "Saro"))["participant"] as string
    identities.raya = await raya.make()
  })
  afterAll(() => world.close())

  test("whoami tells the identity that init made", async () => {
    expect(identities.saro).toMatch(identity)
    expect(await saro.line("whoami")).toMatchObject({ participant: identities.saro, name: "Saro" })
    expect(await raya.line("whoami")).toMatchObject({ participant: identities.raya, name: "" })
  })

  test("Saro begins a conversation with Raya's introduction, which is a request to her", async () => {
    const introduced = await raya.line("introduce", "--expires", "12h")
    expect(Object.keys(introduced)).toEqual(["introduction"])
    const begun = await saro.line("converse", introduced["introduction"] as string, "--text", "hello Raya")
    expect(Object.keys(begun)).toEqual(["conversation", "message"])
    conversation = begun["conversation"] as string
    expect(conversation).toMatch(/^\/private\/1\/[0-9a-f]{32}$/)
    expect(begun["message"]).toMatch(messageId)

    const requests = await raya.lines("requests")
    expect(requests).toEqual([
      {
        id: conversation,
        type: "PrivateV1",
        peer: identities.saro,
        consent: "unknown",
        lastTimestamp: expect.stringMatching(isoTime) as string,
      },
    ])
    expect(await raya.lines("conversations")).toEqual(requests)
    expect(await raya.lines("messages", conversation)).toEqual([
      {
        id: begun["message"],
        conversation,
        direction: "in",
        sender: identities.saro,
        content: { type: "text", text: "hello Raya" },
        state: "received",
        timestamp: expect.stringMatching(isoTime) as string,
      },
    ])
  })

  test("once Raya allows it both write, and each sees the same messages, oldest first", async () => {
    expect(await raya.line("allow", conversation)).toEqual({ conversation, consent: "allowed" })
    expect(await raya.lines("requests")).toEqual([])
    const sent = await raya.line("send", conversation, "hello Saro")
    expect(sent).toEqual({ message: expect.stringMatching(messageId) as string, state: "published" })
    expect((await saro.line("send", conversation, "how are you?"))["state"]).toBe("published")

    const texts = (lines: readonly Record<string, unknown>[]): unknown[] =>
      lines.map(({ id, content }) => [id, (content as { text: string }).text])
    const ofSaro = await saro.lines("messages", conversation)
    const ofRaya = await raya.lines("messages", conversation)
    expect(texts(ofSaro)).toEqual(texts(ofRaya))
    expect(texts(ofSaro).map((pair) => (pair as string[])[1])).toEqual(["hello Raya", "hello Saro", "how are you?"])
    expect(ofSaro.map(({ direction }) => direction)).toEqual(["out", "in", "out"])
    expect((await saro.lines("conversations"))[0]).toMatchObject({ id: conversation, consent: "allowed" })
  })

  test("pages of messages follow each other by the id of the oldest one shown", async () => {
    const all = await saro.lines("messages", conversation)
    const newest = await saro.lines("messages", conversation, "--limit", "2")
    expect(newest).toEqual(all.slice(1))
    expect(await saro.lines("messages", conversation, "--limit", "2", "--before", newest[0]?.["id"] as string)).toEqual(
      all.slice(0, 1),
    )
    expect(await saro.failure("messages", conversation, "--before", "0".repeat(32))).toMatchObject({
      exit: 2,
      code: "BAD_CURSOR",
    })
  })

  test("listen prints what happened, goes on where it stopped, and begins again after any cursor", async () => {
    const events = await raya.lines("listen", "--for", "200ms")
    expect(events.map(({ type, state, consent }) => [type, state ?? consent])).toEqual([
      ["conversation", "unknown"],
      ["message", "received"],
      ["consent", "allowed"],
      ["state", "queued"],
      ["state", "published"],
      ["state", "acknowledged"],
      ["message", "received"],
    ])
    for (const event of events) expect(Object.keys(event).slice(0, 2)).toEqual(["cursor", "type"])
    expect(events[1]).toMatchObject({ conversation, sender: identities.saro, content: { text: "hello Raya" } })

    expect(await raya.lines("listen", "--for", "1ms")).toEqual([])
    const after = events[1]?.["cursor"] as string
    expect(await raya.lines("listen", "--after", after, "--count", "2")).toEqual(events.slice(2, 4))
    expect(await raya.failure("listen", "--after", "x")).toMatchObject({ exit: 2, code: "BAD_CURSOR" })
  })

  test("listen prints a message while it arrives, holds the profile, and ends well with SIGINT and SIGTERM", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const listening = raya.start(["listen", "--json"])
      const text = `live until ${signal}`
      await saro.line("send", conversation, text)
      await listening.says(new RegExp(text))
      expect(await raya.failure("messages", conversation)).toMatchObject({ exit: 4, code: "STORE_IN_USE" })
      const ended = await listening.kill(signal)
      expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: "" })
      expect(jsonLines(ended.out).filter(({ type }) => type === "message")).toHaveLength(1)
    }
    expect(await raya.lines("listen", "--for", "1ms")).toEqual([])
  })

  test("a conversation may be named by the beginning of its short id or of the other's identity", async () => {
    const ident = conversation.split("/")[3] as string
    const all = await saro.lines("messages", conversation)
    for (const name of [ident.slice(0, 8), identities.raya.slice(0, 8)])
      expect(await saro.lines("messages", name, "--offline")).toEqual(all)
    expect(await saro.failure("messages", `${conversation}0`)).toMatchObject({ exit: 1, code: "CONVERSATION_UNKNOWN" })
  })

  test("a second send with the same key is the same message", async () => {
    const once = await saro.line("send", conversation, "build 7 is done", "--key", "build-7")
    const twice = await saro.line("send", conversation, "build 7 is done", "--key", "build-7")
    expect(twice).toEqual(once)
    const texts = (await saro.lines("messages", conversation)).map(({ content }) => (content as { text: string }).text)
    expect(texts.filter((text) => text === "build 7 is done")).toHaveLength(1)
  })

  test("converse without a text begins without a message, and takes the introduction from standard input", async () => {
    const introduction = (await raya.line("introduce"))["introduction"] as string
    const pax = world.person("pax")
    await pax.make()
    const command = pax.start(["converse", "-", "--json"], { input: `${introduction}\n` })
    const [begun] = jsonLines((await command.done).out)
    expect(begun).toEqual({ conversation: expect.stringMatching(/^\/private\/1\//) as string, message: null })
    expect(await pax.failure("converse", introduction)).toMatchObject({ exit: 1, code: "INTRODUCTION_CONSUMED" })
    expect((await raya.lines("conversations")).map(({ id }) => id)).toContain(begun?.["conversation"])
  })

  test("converse with someone whom one talks with already goes on with that conversation", async () => {
    const introduction = (await raya.line("introduce"))["introduction"] as string
    const again = await saro.line("converse", introduction, "--text", "me again")
    expect(again["conversation"]).toBe(conversation)
    const last = (await raya.lines("messages", conversation)).at(-1)
    expect(last).toMatchObject({ id: again["message"], content: { text: "me again" } })
  })

  test("a denied conversation shows nothing more, and nothing can be sent in it", async () => {
    const introduction = (await raya.line("introduce"))["introduction"] as string
    const pax = world.person("other-pax")
    await pax.make()
    const begun = (await pax.line("converse", introduction, "--text", "buy this"))["conversation"] as string
    await raya.lines("requests")
    expect(await raya.line("deny", begun)).toEqual({ conversation: begun, consent: "denied" })
    await pax.line("send", begun, "buy that")
    expect((await raya.lines("requests")).map(({ id }) => id)).not.toContain(begun)
    const texts = (await raya.lines("messages", begun)).map(({ content }) => (content as { text: string }).text)
    expect(texts).toEqual(["buy this"])
    expect(await raya.failure("send", begun, "no")).toMatchObject({ exit: 1, code: "CONSENT_DENIED" })
  })

  test("disappear sets after how long messages go, within bounds, and off keeps them", async () => {
    expect(await saro.line("disappear", conversation, "30d")).toEqual({ conversation, disappearAfterMs: 2_592_000_000 })
    expect(await saro.line("disappear", conversation, "off")).toEqual({ conversation, disappearAfterMs: null })
    expect(await saro.failure("disappear", conversation, "1ms")).toMatchObject({ exit: 2, code: "BAD_DURATION" })
    expect(await saro.failure("disappear", conversation, "soon")).toMatchObject({ exit: 2, code: "USAGE" })
  })

  test("a conversation that is removed is gone here, and the other side keeps it", async () => {
    const pax = world.person("removing-pax")
    await pax.make()
    const introduction = (await raya.line("introduce"))["introduction"] as string
    const begun = (await pax.line("converse", introduction, "--text", "hello"))["conversation"] as string
    await raya.lines("requests")
    expect(await pax.line("remove", begun)).toEqual({ conversation: begun })
    expect(await pax.lines("conversations")).toEqual([])
    expect(await pax.failure("messages", begun)).toMatchObject({ exit: 1, code: "CONVERSATION_UNKNOWN" })
    expect((await raya.lines("requests")).map(({ id }) => id)).toContain(begun)
  })
})
