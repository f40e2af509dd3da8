import { Client, InboxV1, PrivateV1, rawKey } from "colloquy"
import { sqlite } from "colloquy/node"
import { CrowdV1 } from "../scale/crowd-type.js"

// Opens a store, and says how long that took, how much memory the process has then, and how much when all is quiet.
const [file, unlock] = process.argv.slice(2) as [string, string]
const beforeMiB = rssMiB()
const startedMs = performance.now()
const client = await Client.open({
  storage: sqlite(file),
  unlock: rawKey(Buffer.from(unlock, "hex")),
  types: [PrivateV1, InboxV1, CrowdV1],
})
const openMs = performance.now() - startedMs
const openMiB = rssMiB()
await new Promise((resolve) => setTimeout(resolve, 4000))
const quietMiB = rssMiB()
await client.close()
process.stdout.write(
  `${JSON.stringify({ openMs, beforeMiB, openMiB, quietMiB, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`,
)

function rssMiB(): number {
  return process.memoryUsage().rss / 1024 / 1024
}
