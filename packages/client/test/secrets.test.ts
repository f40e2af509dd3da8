import { ColloquyError, toBase64url, toHex } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { type TalkHooks, unsafeTalk } from "./support/unsafe-talk.js"
import { conversation, crypto, eventsOf, settle, text, World } from "./support/world.js"

/** Everything that an error shows, its causes included. */
function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? String(error)
  const own = error instanceof ColloquyError ? JSON.stringify([error.code, error.fields]) : ""
  return `${error.message} ${String(error.stack)} ${own} ${error.cause === undefined ? "" : everythingOf(error.cause)}`
}

describe("a secret (invariant 7)", () => {
  it("is in no log line, no error and no event, whatever goes wrong", async () => {
    const world = new World()
    const seen: string[] = []
    const drawn: Uint8Array[] = []
    const random = world.random
    Object.assign(world, {
      random: (bytes: number) => {
        const secret = random(bytes)
        if (bytes >= 16) drawn.push(secret.slice())
        return secret
      },
    })
    let breaks = false
    const hooks: TalkHooks = {
      step: (_, honest, context, current) => {
        if (breaks) throw new TypeError(`cannot seal with ${current.core.seed} of ${context.conversation}`)
        return honest()
      },
      start: (_, honest) => {
        const started = honest()
        if (breaks && started.kind === "next") throw new TypeError(JSON.stringify(started.patch))
        return started
      },
    }
    const logger = { log: (...line: unknown[]) => void seen.push(JSON.stringify(line)) }
    const types = [unsafeTalk({ hooks }), UnsafeCarrierV1]
    const saro = await world.person("saro", { logger, types })
    const raya = await world.person("raya", { logger, types })
    const content = "the words that nobody else may read"
    const { saro: talk, raya: other } = await world.converse(saro, raya, content)
    breaks = true
    const failures = [
      () => talk.send(text(content)),
      () => talk.as(unsafeTalk())?.command("note", { text: content }) ?? Promise.resolve(),
      async () => saro.client.conversations.start(await raya.client.introduce(), { content: text(content) }),
      () => saro.client.conversations.start("colloquy_intro_1_AAAA"),
      () => talk.send(text("x".repeat(5000))),
      () => talk.messages({ before: "nonsense" }),
      async () => {
        raya.store.lose()
        await settle()
        await other.send(text(content))
      },
    ]
    for (const failure of failures)
      await failure().then(
        () => expect.unreachable("this should have failed"),
        (error: unknown) => seen.push(everythingOf(error)),
      )
    seen.push(JSON.stringify(await eventsOf(saro), (key, value: unknown) => (key === "content" ? "" : value)))
    const all = seen.join("\n")
    expect(drawn.length).toBeGreaterThan(5)
    const signing = drawn.filter(({ length }) => length === 32).map((secret) => crypto.signingKeyPair(secret).secretKey)
    for (const secret of [...drawn, ...signing]) {
      expect(all).not.toContain(toHex(secret))
      expect(all).not.toContain(toBase64url(secret))
      expect(all).not.toContain(JSON.stringify(Array.from(secret)))
    }
    expect(all).not.toContain(content)
    expect(seen.some((line) => line.includes("type-fault"))).toBe(true)
    const logged = seen.filter((line) => line.startsWith('["'))
    for (const line of logged) for (const id of [talk.id, saro.client.participant]) expect(line).not.toContain(id)
    await saro.client.close()
  })

  it("that a conversation had is not in the store any more once the type deleted it, within a second and on close", async () => {
    const world = new World()
    const scrubbed: number[] = []
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const storage = async () => {
      const opened = await saro.store()
      const scrub = opened.scrub.bind(opened)
      opened.scrub = () => {
        scrubbed.push(world.clock.nowMs())
        return scrub()
      }
      return opened
    }
    await saro.reopen({ storage })
    const { saro: talk } = await world.converse(saro, raya)
    await world.clock.advance(2000)
    const before = scrubbed.length
    await (await conversation(saro, talk.id)).send(text("x"))
    const sentAtMs = world.clock.nowMs()
    await world.clock.advance(1000)
    expect(scrubbed.length).toBeGreaterThan(before)
    expect((scrubbed[before] as number) - sentAtMs).toBeLessThanOrEqual(1000)
    const idle = scrubbed.length
    await world.clock.advance(60_000)
    expect(scrubbed.length).toBe(idle)
    await world.close()
  })
})
