// Writes packages/colloquy/test/fixtures/store-FORMAT-*.db: stores of the present format, which later versions must be able to open.
//   node scripts/fixtures.mjs            refuses where the files of this format are there
//   node scripts/fixtures.mjs --replace  writes them again: only before a version that wrote this format was released
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "./lib/root.mjs"

const dist = (path) => import(join(root, "packages", path))
const { storeFormat } = await dist("client/dist/index.js")
const { Client, memoryDelivery, rawKey, text } = await dist("colloquy/dist/index.js")
const { sqlite } = await dist("colloquy/dist/node/index.js")

const fixtures = join(root, "packages", "colloquy", "test", "fixtures")
const files = ["saro", "raya"].map((name) => join(fixtures, `store-${storeFormat}-${name}.db`))
/** The time in them, as their test has it too: introductions in a store don't stay good for ever. */
const beganMs = Date.UTC(2026, 10, 1)
const speed = 100
const key = Uint8Array.from({ length: 32 }, (_, index) => index)

if (files.some((file) => existsSync(file)) && !process.argv.includes("--replace")) {
  process.stderr.write(
    `there are fixtures of format ${storeFormat}: they are never written again once it was released\n`,
  )
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), "colloquy-fixtures-"))
try {
  await write()
  mkdirSync(fixtures, { recursive: true })
  for (const file of files) {
    const name = file.split("-").at(-1)
    writeFileSync(file, readFileSync(join(folder, name)))
    process.stdout.write(`${file}: written\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/**
 * Saro began a conversation with Raya, which both used; Pax began one with Saro, who has not judged it; one message of Saro waits for a service;
 * his reader of events has seen some of them.
 */
async function write() {
  const delivery = memoryDelivery()
  const clock = fastClock()
  const open = (name, options = { delivery: delivery.open }) =>
    Client.open({ storage: sqlite(join(folder, `${name}.db`)), unlock: rawKey(key), name, clock, ...options })
  const [saro, raya, pax] = [await open("saro"), await open("raya"), await open("pax")]
  const talk = await saro.conversations.start(await raya.introduce(), { content: text("hello Raya") })
  const request = await arrives(raya)
  await raya.requests.allow(request)
  const answer = await (await raya.conversations.get(request)).send(text("hello Saro"))
  await answer.reached("acknowledged", within())
  const second = await talk.send(text("a second message"))
  await second.reached("acknowledged", within())
  // What conversations give each other in their first minutes, by the clock that runs fast.
  await new Promise((resolve) => setTimeout(resolve, 300_000 / speed))

  await pax.conversations.start(await saro.introduce(), { content: text("hello from Pax") })
  await arrives(saro)
  const seen = []
  for await (const { type } of saro.events({ consumer: "bot" })) if (seen.push(type) === 3) break
  for (const client of [pax, raya]) await client.drained(within().signal)
  await Promise.all([saro.close(), raya.close(), pax.close()])

  const offline = await open("saro", {})
  await (await offline.conversations.get(talk.id)).send(text("written while offline"))
  await offline.close()
}

/** The first request that comes to someone. */
async function arrives(client) {
  for await (const event of client.events(within()))
    if (event.type === "conversation" && event.consent === "unknown") return event.conversation
  throw new Error("nobody asked")
}

function within() {
  return { signal: AbortSignal.timeout(20_000) }
}

function fastClock() {
  const startMs = Date.now()
  return {
    nowMs: () => beganMs + (Date.now() - startMs) * speed,
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs / speed)
      return () => clearTimeout(timer)
    },
  }
}
