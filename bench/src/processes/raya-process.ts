import { randomBytes } from "node:crypto"
import { Client, codeOf, rawKey, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"

// Says when each message reached the application: `mark N` for those that ask for it, `count N` for the rest.
const [url, file] = process.argv.slice(2) as [string, string]
const client = await Client.open({ storage: sqlite(file), unlock: rawKey(randomBytes(32)), delivery: hub(url) })
process.on("SIGTERM", () => void client.close().then(() => process.exit(0)))
say({ introduction: await client.introduce() })
let count = 0
let expected = Number.POSITIVE_INFINITY
try {
  for await (const event of client.events({ consumer: "bench" })) {
    // Of a request only so much is taken.
    if (event.type === "conversation") await client.requests.allow(event.conversation)
    if (event.type !== "message" || !text.is(event.message.content)) continue
    const [word, number] = event.message.content.text.split(" ")
    if (word === "big") {
      const atNs = String(process.hrtime.bigint())
      say({ big: event.message.content.text.length, atNs, peakMiB: process.resourceUsage().maxRSS / 1024 })
    } else if (word === "mark") say({ mark: Number(number), atNs: String(process.hrtime.bigint()) })
    else if (word === "expect") {
      expected = Number(number)
      count = 0
      say({ ready: expected })
    } else if (++count === expected) say({ count, atNs: String(process.hrtime.bigint()) })
  }
} catch (error) {
  if (codeOf(error) !== "CLIENT_CLOSED") throw error
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
