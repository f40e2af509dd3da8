import { codeOf, ColloquyError } from "@colloquy/core"
import type { Client } from "colloquy"
import { expect, test } from "vitest"
import { findConversation } from "./find-conversation.js"

const first = `/private/1/${"0a".repeat(16)}`
const second = `/private/1/${"0b".repeat(16)}`
const other = `/group/1/${"cc".repeat(16)}`
const list = [{ id: first, peer: "0c".repeat(32) }, { id: second, peer: "d".repeat(64) }, { id: other }]

/** As much of a client as finding a conversation needs, with one conversation a page. */
const client = {
  conversations: {
    get: async (id: string) => {
      if (!/^\/[a-z]+\/1\/[0-9a-f]{32}$/.test(id)) throw new ColloquyError("BAD_CONVERSATION_ID", "bad")
      return list.find((details) => details.id === id)
    },
    list: async ({ after = "0" }: { after?: string }) => {
      const index = Number(after)
      return { items: list.slice(index, index + 1), next: index + 1 < list.length ? String(index + 1) : undefined }
    },
  },
} as unknown as Client

const find = async (reference: string): Promise<string | undefined> => {
  try {
    return (await findConversation(client, reference)).id
  } catch (error) {
    return codeOf(error)
  }
}

test("an id, its beginning, the beginning of its last part, or of the other's identity name a conversation", async () => {
  for (const name of [first, first.slice(0, -9), "0a0a0a0a", "0A0A", "0a", "0c", "0c".repeat(32)])
    expect(await find(name), name).toBe(first)
  expect(await find("/group/")).toBe(other)
  expect(await find("d")).toBe(second)
})

test("what fits several conversations names none of them, by id or identity", async () => {
  for (const name of ["0", "/private/1/0", "/p"]) expect(await find(name), name).toBe("CONVERSATION_AMBIGUOUS")
})

test("what fits nothing, or is no beginning of anything, is unknown", async () => {
  for (const name of ["", "/", "0a0b", `${first}0`, "zz", "%", "0a ", "../", "private", "0".repeat(65), "\u0000"])
    expect(await find(name), name).toBe("CONVERSATION_UNKNOWN")
})
