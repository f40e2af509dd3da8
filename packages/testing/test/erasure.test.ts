import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { memoryDelivery, memoryStorage, type ConversationId, systemClock, text, rawKey, Client } from "colloquy"
import type { OpenStorage } from "@colloquy/core"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { sealedStorage } from "@colloquy/storage-sealed"
import { sqlite } from "@colloquy/storage-sqlite"
import { afterEach, beforeEach, expect, test } from "vitest"

const everything = { from: new Uint8Array(0), to: new Uint8Array(257).fill(255), limit: 1_000_000 }
let folder = ""

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "colloquy-erasure-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const secret = new Uint8Array(32).fill(7)

/** All that the files hold: database, write-ahead log, free pages. */
function files(): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))))
}

async function scanned(storage: OpenStorage): Promise<{ key: Uint8Array; value: Uint8Array }[]> {
  const opened = await storage()
  const entries = await opened.scan(everything)
  await opened.close()
  return [...entries]
}

/** The values as a thief with the key reads them, all in one. */
async function plaintext(path: string): Promise<Buffer> {
  const environment = { crypto: await loadCrypto(), random: systemRandom() }
  const entries = await scanned(sealedStorage(sqlite(path), rawKey(secret), environment))
  return Buffer.concat(entries.map(({ value }) => value))
}

/** What a thief took who was there before: every sealed value that is in the file and is longer than what others share. */
async function ciphertexts(path: string): Promise<string[]> {
  const entries = await scanned(sqlite(path))
  return entries.filter(({ value }) => value.length > 60).map(({ value }) => Buffer.from(value).toString("hex"))
}

async function conversing(path: string) {
  const delivery = memoryDelivery()
  const open = (storage: OpenStorage) =>
    Client.open({ storage, unlock: rawKey(secret), delivery: delivery.open, clock: systemClock })
  const raya = await open(memoryStorage())
  const saro = await open(sqlite(path))
  return { saro, raya, open }
}

type Person = Awaited<ReturnType<typeof conversing>>["raya"]

/** The other side allows and answers, and so acknowledges. */
async function answered(raya: Person, id: ConversationId): Promise<void> {
  for await (const event of raya.events({ signal: AbortSignal.timeout(20_000) })) if (event.type === "message") break
  const talk = await raya.conversations.get(id)
  await talk?.send(text("I see"))
}

for (const how of ["erased", "removed with its conversation"] as const)
  test(`a message that was ${how} is found nowhere in a sealed SQLite store, with the key neither`, async () => {
    const path = join(folder, "saro.db")
    const { saro, raya, open } = await conversing(path)
    const words = "the password is xyzzy-4711"
    const talk = await saro.conversations.start(await raya.introduce(), { content: text("hello") })
    const message = await talk.send(text(words))
    await answered(raya, talk.id)
    await message.reached("acknowledged", { signal: AbortSignal.timeout(20_000) })
    await saro.close()
    expect((await plaintext(path)).includes(words)).toBe(true)
    const before = await ciphertexts(path)

    const again = await open(sqlite(path))
    const same = await again.conversations.get(talk.id)
    if (how === "erased") await same?.erase([message.id])
    else await same?.remove()
    await again.close()
    const opened = await plaintext(path)
    expect(opened.includes(words)).toBe(false)
    if (how !== "erased") expect(opened.includes("hello")).toBe(false)
    const after = new Set(await ciphertexts(path))
    const gone = before.filter((value) => !after.has(value))
    expect(gone.length).toBeGreaterThan(how === "erased" ? 0 : 10)
    const rest = files().toString("hex")
    expect(gone.filter((value) => rest.includes(value))).toEqual([])
    await raya.close()
  })

test("a message that was erased before it was acknowledged is kept by its type, to be sent again, until it is", async () => {
  const path = join(folder, "saro.db")
  const { saro, raya, open } = await conversing(path)
  const words = "not heard yet: xyzzy-4711"
  const talk = await saro.conversations.start(await raya.introduce())
  const message = await talk.send(text(words))
  await message.reached("published", { signal: AbortSignal.timeout(20_000) })
  await talk.erase([message.id])
  await saro.close()
  expect((await plaintext(path)).includes(words)).toBe(true)
  const again = await open(sqlite(path))
  await answered(raya, talk.id)
  for await (const event of again.events({ signal: AbortSignal.timeout(20_000) })) if (event.type === "message") break
  await again.close()
  expect((await plaintext(path)).includes(words)).toBe(false)
  await raya.close()
})
