import type { ConversationId } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { conversation, settle, text, World } from "./support/world.js"

async function pages<T>(
  next: (cursor: string | undefined) => Promise<{ items: readonly T[]; next: string | undefined }>,
) {
  const seen: T[][] = []
  let cursor: string | undefined
  do {
    const page = await next(cursor)
    seen.push([...page.items])
    cursor = page.next
  } while (cursor !== undefined)
  return seen
}

describe("a list of messages", () => {
  it("comes in pages, the newest first, each oldest first, without a gap or a repetition", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const { saro: talk } = await world.converse(saro, raya, "0")
    for (let number = 1; number < 23; number++) await talk.send(text(`${number}`))
    for (const limit of [1, 5, 23, 24, 1000]) {
      const seen = await pages((before) => talk.messages({ limit, ...(before === undefined ? {} : { before }) }))
      const texts = seen.reverse().flatMap((page) => page.map(({ content }) => (text.is(content) ? content.text : "")))
      expect(texts).toEqual(Array.from({ length: 23 }, (_, number) => `${number}`))
    }
    expect((await talk.messages()).items).toHaveLength(23)
    await world.close()
  })

  it("refuses cursors and limits that are none", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const { saro: talk } = await world.converse(saro, raya)
    for (const before of ["", "x", "AAAA", "é", "A".repeat(31), "00".repeat(16)])
      await expect(talk.messages({ before }).then(({ items }) => items)).rejects.toMatchObject({ code: "BAD_CURSOR" })
    for (const limit of [0, -1, 1.5, 1001, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(talk.messages({ limit })).rejects.toMatchObject({ code: "BAD_LIMIT" })
    expect(await talk.message("00".repeat(16) as never)).toBeUndefined()
    await world.close()
  })
})

describe("a list of conversations", () => {
  it("comes in pages, the most recent first, and moves what something happens in to the front", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const ids: string[] = []
    for (let i = 0; i < 7; i++) {
      ids.unshift((await world.converse(saro, raya)).saro.id)
      await world.clock.advance(1000)
    }
    const list = (limit: number) =>
      pages((after) => saro.client.conversations.list({ limit, ...(after === undefined ? {} : { after }) }))
    for (const limit of [1, 3, 7, 8]) expect((await list(limit)).flat().map(({ id }) => id)).toEqual(ids)
    const last = ids.at(-1) as Parameters<typeof conversation>[1]
    await (await conversation(saro, last)).send(text("back"))
    await settle()
    expect((await list(50)).flat().map(({ id }) => id)).toEqual([last, ...ids.slice(0, -1)])
    await world.close()
  })

  it("of one consent has those only, in pages of the size asked for", async () => {
    const world = new World()
    const [saro, raya] = [await world.person("saro"), await world.person("raya")]
    const ids: ConversationId[] = []
    for (let i = 0; i < 9; i++) {
      ids.unshift((await saro.client.conversations.start(await raya.client.introduce())).id)
      await world.clock.advance(1000)
    }
    const allowed = ids.filter((_, index) => index % 3 === 0)
    for (const id of allowed) await raya.client.requests.allow(id)
    for (const [consent, expected] of [
      ["allowed", allowed],
      ["unknown", ids.filter((id) => !allowed.includes(id))],
      ["denied", []],
    ] as const)
      for (const limit of [1, 2, 4, 100]) {
        const seen = await pages((after) =>
          raya.client.conversations.list({ limit, consent, ...(after === undefined ? {} : { after }) }),
        )
        expect(seen.flat().map(({ id }) => id)).toEqual(expected)
        for (const page of seen.slice(0, -1)) expect(page).toHaveLength(limit)
      }
    await world.close()
  })

  it("refuses cursors and limits that are none, and ids of none", async () => {
    const world = new World()
    const saro = await world.person("saro")
    for (const after of ["", "x", "AAAA", "A".repeat(34), "Dw" + "A".repeat(40)])
      await expect(saro.client.conversations.list({ after })).rejects.toMatchObject({ code: "BAD_CURSOR" })
    await expect(saro.client.conversations.list({ limit: 0 })).rejects.toMatchObject({ code: "BAD_LIMIT" })
    for (const id of ["", "x", "/a/1/b", `/unsafe-talk/0/${"0".repeat(32)}`])
      await expect(saro.client.conversations.get(id)).rejects.toMatchObject({ code: "BAD_CONVERSATION_ID" })
    expect(await saro.client.conversations.get(`/unsafe-talk/1/${"0".repeat(32)}`)).toBeUndefined()
    await expect(saro.client.requests.allow(`/unsafe-talk/1/${"0".repeat(32)}` as never)).rejects.toMatchObject({
      code: "CONVERSATION_UNKNOWN",
    })
    await world.close()
  })
})
