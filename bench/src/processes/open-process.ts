import { Client, InboxV1, PrivateV1, rawKey } from "colloquy"
import { sqlite } from "colloquy/node"
import { CrowdV1 } from "../scale/crowd-type.js"
import { memory, quiet } from "../scale/process.js"

// node open-process.js FILE KEY
// Opens a store, and says how long that took, how much memory the process has then, and how much when all is quiet.
const [file, unlock] = process.argv.slice(2) as [string, string]
const beforeMiB = memory().rss
const startedMs = performance.now()
const before = process.cpuUsage()
const client = await Client.open({
  storage: sqlite(file),
  unlock: rawKey(Buffer.from(unlock, "hex")),
  types: [PrivateV1, InboxV1, CrowdV1],
})
const openMs = performance.now() - startedMs
const opening = process.cpuUsage(before)
const openMiB = memory().rss
await quiet()
const used = process.cpuUsage(before)
const atRest = memory()
await client.close()
const peakMiB = process.resourceUsage().maxRSS / 1024
process.stdout.write(
  `${JSON.stringify({ openMs, openCpuMs: ms(opening), restCpuMs: ms(used), beforeMiB, openMiB, quietMiB: atRest.rss, peakMiB, atRest })}\n`,
)

function ms({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000
}
