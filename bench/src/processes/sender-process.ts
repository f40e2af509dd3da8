import { Client, rawKey, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"
import { profiled } from "../profile/profiled.js"

// Starts a conversation by an introduction, sends messages until the hub has them, and says where the time went.
const [url, file, unlock, introduction, count] = process.argv.slice(2) as [string, string, string, string, string]
const warmUp = 2000
const window = 256
const client = await Client.open({
  storage: sqlite(file),
  unlock: rawKey(Buffer.from(unlock, "hex")),
  delivery: hub(url),
})
const talk = await client.conversations.start(introduction)
await send(warmUp)
const startedMs = performance.now()
const used = await profiled(() => send(Number(count)))
const seconds = (performance.now() - startedMs) / 1000
process.stdout.write(`${JSON.stringify({ ...used, seconds })}\n`)
await client.close()

async function send(messages: number): Promise<void> {
  let next = 0
  const sender = async (): Promise<void> => {
    while (next < messages) await talk.send(text(`n ${next++} `.padEnd(100, ".")))
  }
  await Promise.all(Array.from({ length: window }, sender))
  await client.drained(new AbortController().signal)
}
