import { randomBytes } from "node:crypto"
import { encodeEnvelope, type Hint, inboxTopics } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { Client, InboxV1, PrivateV1, rawKey } from "colloquy"
import { sqlite } from "colloquy/node"
import { CrowdV1, crowdHint, crowdSeed } from "../scale/crowd-type.js"
import { firehose } from "../scale/firehose.js"

// Opens a store, then takes payloads as fast as it can: `foreign`, under hints that nobody expects, or `ours`, for ten of its conversations.
const [file, unlock, kind, count] = process.argv.slice(2) as [string, string, "foreign" | "ours", string]
const distinct = 65_536
const hot = 10
const settleMs = 3000
const crypto = await loadCrypto()
const options = {
  storage: sqlite(file),
  unlock: rawKey(Buffer.from(unlock, "hex")),
  types: [PrivateV1, InboxV1, CrowdV1],
}
const known = await Client.open(options)
const { participant } = known
await known.close()
const topic = inboxTopics.of(participant, crypto)
const envelopes = Array.from({ length: distinct }, (_, number) => {
  const hint =
    kind === "foreign" ? (new Uint8Array(randomBytes(16)) as Hint) : crowdHint(crowdSeed(number % hot), 3, { crypto })
  return encodeEnvelope({ hint, payload: new Uint8Array(randomBytes(240)) })
})
const code = kind === "foreign" ? "PAYLOAD_UNEXPECTED" : "CROWD_SILENT"
const total = Number(count)
let open = (): void => undefined
const opened = new Promise<void>((resolve) => (open = resolve))
let startedMs = 0
let before = process.cpuUsage()
const service = firehose({
  topic,
  count: total,
  envelope: (number) => envelopes[number % distinct] as Uint8Array,
  begin: () => {
    startedMs = performance.now()
    before = process.cpuUsage()
  },
  ready: opened,
})
const client = await Client.open({ ...options, delivery: service })
await new Promise((resolve) => setTimeout(resolve, settleMs))
open()
while ((client.counters()[code] ?? 0) < total) await new Promise((resolve) => setTimeout(resolve, 2))
const rate = (total * 1000) / (performance.now() - startedMs)
const used = process.cpuUsage(before)
const cpuRate = (total * 1e6) / (used.user + used.system)
await client.close()
process.stdout.write(`${JSON.stringify({ rate, cpuRate, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`)
