import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { storeFormat } from "@colloquy/client"
import type { OpenDelivery } from "@colloquy/core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { Client, type Conversation, memoryDelivery, type MessageId, rawKey, text } from "../src/index.js"
import { sqlite } from "../src/node/index.js"

const key = Uint8Array.from({ length: 32 }, (_, index) => index)
const formats = Array.from({ length: storeFormat }, (_, index) => index + 1)

/** A day after the fixtures were written, by their own clock, and as fast as theirs. */
const nowMs = Date.UTC(2026, 10, 2)
const speed = 100

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "colloquy-formats-"))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.each(formats)(
  "a store of format %i, written by scripts/fixtures.mjs, opens, is read, goes on and is migrated",
  async (format) => {
    const delivery = memoryDelivery()
    const saro = await open(format, "saro")
    expect(saro.name).toBe("saro")
    const { items } = await saro.conversations.list()
    expect(items.map(({ type, consent }) => [type, consent])).toEqual([
      ["PrivateV1", "allowed"],
      ["PrivateV1", "unknown"],
    ])
    const [talk, request] = await Promise.all(items.map(({ id }) => saro.conversations.get(id)))
    const before = [
      ["out", "acknowledged", "hello Raya"],
      ["in", "received", "hello Saro"],
      ["out", "acknowledged", "a second message"],
    ]
    expect(await messages(talk)).toEqual([...before, ["out", "queued", "written while offline"]])
    expect(await messages(request)).toEqual([["in", "received", "hello from Pax"]])
    const last = (await talk?.messages({ limit: 1 }))?.items[0]?.id
    const all = await events(saro, last)
    expect(all.filter((type) => type === "message")).toHaveLength(2)
    expect(await events(saro, last, "bot")).toEqual(all.slice(2))
    await saro.close()

    const online = await open(format, "saro", delivery.open)
    const raya = await open(format, "raya", delivery.open)
    const again = await online.conversations.get(talk?.id ?? "")
    const sent = await again?.send(text("one more"))
    await sent?.reached("acknowledged", { signal: AbortSignal.timeout(20_000) })
    const hers = await raya.conversations.get(talk?.id ?? "")
    const texts = (await messages(hers)).map(([, , said]) => said)
    expect(texts.slice(-2)).toEqual(["written while offline", "one more"])
    const answer = await hers?.send(text("and one back"))
    await answer?.reached("acknowledged", { signal: AbortSignal.timeout(20_000) })
    expect((await messages(again)).at(-1)).toEqual(["in", "received", "and one back"])
    await Promise.all([online.close(), raya.close()])
  },
)

test.each(formats)("a store of format %i can be backed up, and the backup goes on", async (format) => {
  const delivery = memoryDelivery()
  const saro = await open(format, "saro")
  const unlock = rawKey(key)
  const file = join(folder, "imported.db")
  const source = saro.export({ unlock })
  expect(await Client.import({ storage: sqlite(file), unlock, source, clock })).toMatchObject({
    participant: saro.participant,
    conversations: 2,
    messages: 5,
  })
  await saro.close()

  const raya = await open(format, "raya", delivery.open)
  const again = await openFile(file, delivery.open)
  const [details] = (await again.conversations.list()).items
  const talk = await again.conversations.get(details?.id ?? "")
  expect((await messages(talk)).slice(0, 4).map(([, state, said]) => [state, said])).toEqual([
    ["acknowledged", "hello Raya"],
    ["received", "hello Saro"],
    ["acknowledged", "a second message"],
    ["failed", "written while offline"],
  ])
  await sendable(talk)
  const sent = await talk?.send(text("I am back"))
  await sent?.reached("acknowledged", { signal: AbortSignal.timeout(20_000) })
  const hers = await raya.conversations.get(talk?.id ?? "")
  expect((await messages(hers)).map(([, , said]) => said)).toContain("I am back")
  await Promise.all([again.close(), raya.close()])
})

/** A copy of a fixture, made at the first call, opened. */
function open(format: number, name: string, delivery?: OpenDelivery): Promise<Client> {
  const file = join(folder, `${name}.db`)
  const fixture = new URL(`fixtures/store-${format}-${name}.db`, import.meta.url)
  if (!existsSync(file)) copyFileSync(fixture, file)
  return openFile(file, delivery)
}

function openFile(file: string, delivery?: OpenDelivery): Promise<Client> {
  const connected = delivery === undefined ? {} : { delivery }
  return Client.open({ storage: sqlite(file), unlock: rawKey(key), account: "open", clock, ...connected })
}

const startMs = Date.now()
const clock = {
  nowMs: () => nowMs + (Date.now() - startMs) * speed,
  after: (delayMs: number, callback: () => void) => {
    const timer = setTimeout(callback, delayMs / speed)
    return () => clearTimeout(timer)
  },
}

async function messages(conversation: Conversation | undefined): Promise<(string | undefined)[][]> {
  const { items } = (await conversation?.messages({ limit: 100 })) ?? { items: [] }
  return items.map(({ direction, state, content }) => [direction, state, text.is(content) ? content.text : undefined])
}

/** The kinds of the events up to the one of this message. */
async function events(client: Client, last: MessageId | undefined, consumer?: string): Promise<string[]> {
  const seen: string[] = []
  for await (const event of client.events(consumer === undefined ? {} : { consumer })) {
    seen.push(event.type)
    if (event.type === "state" && event.message === last) break
  }
  return seen
}

/** Waits until its type has restored a conversation. */
async function sendable(conversation: Conversation | undefined): Promise<void> {
  await expect.poll(async () => (await conversation?.details())?.canSend, { timeout: 20_000 }).toBe(true)
}
