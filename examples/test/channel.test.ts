import { text } from "@colloquy/content"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ChannelV1 } from "../src/index.js"
import { type Person, settle, town } from "./channel-people.js"

describe("a channel, run by an unchanged client", () => {
  it("CH1-1: declares everything that a type must and should", () => {
    expect(ChannelV1.id).toBe("ChannelV1")
    expect(ChannelV1.warnings).toEqual([])
  })

  it("uses core and nothing else: what a built-in type can use, a stranger's can", () => {
    const folder = join(import.meta.dirname, "..", "src", "channel")
    for (const name of readdirSync(folder)) {
      const source = readFileSync(join(folder, name), "utf8")
      for (const [, from] of source.matchAll(/ from "([^"]+)"/g))
        expect(from).toMatch(/^(@colloquy\/core|\.\/.*|\.\.\/generated\/channel_v1_pb\.js)$/)
    }
  })

  it("CH1-8, CH1-15, CH1-17: brings the author's posts to everyone, the first with the invite", async () => {
    const { saro, readers, channel, close } = await town({ readers: 3, first: "welcome" })
    await saro.post(channel, "one")
    await saro.post(channel, "two")
    const [first, ...others] = readers as [Person, ...Person[]]
    expect(await first.texts(channel)).toEqual(["welcome", "one", "two"])
    for (const reader of others) expect(await reader.texts(channel)).toEqual(["one", "two"])
    const { participants, canSend } = await (await saro.conversation(channel)).details()
    expect(new Set(participants)).toEqual(new Set([saro, ...readers].map(({ client }) => client.participant)))
    expect(canSend).toBe(true)
    for (const reader of readers) {
      const details = await (await reader.conversation(channel)).details()
      expect(details).toMatchObject({ peer: saro.client.participant, canSend: false })
      await expect((await reader.conversation(channel)).send(text("me too"))).rejects.toMatchObject({
        code: "CANNOT_SEND",
      })
    }
    expect((await saro.notices()).filter(([name]) => name === "joined")).toHaveLength(3)
    await close()
  })

  it("CH1-12: after a removal those who stay read on, and he who was removed reads no more", async () => {
    const { saro, readers, channel, delivery, close } = await town({ readers: 3 })
    const [raya, pax, nils] = readers as [Person, Person, Person]
    await saro.post(channel, "for all")
    const before = delivery.log().at(-1)?.topic
    await saro.tell(channel, "remove", { readers: [pax.client.participant] })
    await saro.post(channel, "for two")
    expect(delivery.log().at(-1)?.topic).not.toBe(before)
    for (const reader of [raya, nils]) expect(await reader.texts(channel)).toEqual(["for all", "for two"])
    expect(await pax.texts(channel)).toEqual(["for all"])
    expect(await pax.notices()).toEqual([["removed", pax.client.participant]])
    expect((await saro.notices()).at(-1)).toEqual(["removed", pax.client.participant])
    expect(await pax.fates()).toEqual([])
    await close()
  })
})
