import { randomBytes } from "node:crypto"
import { encodeEnvelope, type Hint, inboxTopics, type ReceivedPayload } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { Client, InboxV1, PrivateV1, rawKey } from "colloquy"
import { sqlite } from "colloquy/node"
import { CrowdV1, crowdHint, crowdSeed, hotMax } from "../scale/crowd-type.js"
import { firehose } from "../scale/firehose.js"
import { memory, peakOf, quiet } from "../scale/process.js"

// node flood-process.js FILE KEY foreign|ours COUNT [at-once]
// Opens a store, then takes payloads as fast as it can: `foreign`, under hints that nobody expects, or `ours`, for ten of its conversations.
// With `at-once` they begin with the opening, else when the process has come to rest.
// Memory is said in parts, in MiB: with what the bench itself has prepared, at rest with the client open, and the most of each while they come.
const [file, unlock, kind, count, when = "at-rest"] = process.argv.slice(2) as [
  string,
  string,
  "foreign" | "ours",
  string,
  string?,
]
const distinct = 65_536
const payloadBytes = 240
const crypto = await loadCrypto()
const options = {
  storage: sqlite(file),
  unlock: rawKey(Buffer.from(unlock, "hex")),
  types: [PrivateV1, InboxV1, CrowdV1],
}
const known = await Client.open(options)
const topic = inboxTopics.of(known.participant, crypto)
await known.close()
const payloads = envelopes()
const preparedMiB = memory()
const code = kind === "foreign" ? "PAYLOAD_UNEXPECTED" : "CROWD_SILENT"
const total = Number(count)
let open = (): void => undefined
const opened = new Promise<void>((resolve) => (open = resolve))
let startedMs = 0
let before = process.cpuUsage()
const service = firehose({
  count: total,
  payloads,
  begin: () => {
    startedMs = performance.now()
    before = process.cpuUsage()
  },
  ready: opened,
})
const client = await Client.open({ ...options, delivery: service })
if (when !== "at-once") await quiet()
const restMiB = memory()
open()
const peakMiB = await peakOf(async () => {
  while ((client.counters()[code] ?? 0) < total) await new Promise((resolve) => setTimeout(resolve, 2))
})
const rate = (total * 1000) / (performance.now() - startedMs)
const used = process.cpuUsage(before)
const cpuRate = (total * 1e6) / (used.user + used.system)
await client.close()
const maxMiB = process.resourceUsage().maxRSS / 1024
process.stdout.write(`${JSON.stringify({ rate, cpuRate, peakMiB: maxMiB, preparedMiB, restMiB, floodMiB: peakMiB })}\n`)

/** As a hub's client hands them out: views of a longer buffer. */
function envelopes(): ReceivedPayload[] {
  const random = new Uint8Array(randomBytes(distinct * 16))
  const made: Uint8Array[] = []
  const filling = new Uint8Array(randomBytes(payloadBytes))
  for (let number = 0; number < distinct; number++) {
    const foreign = random.subarray(number * 16, number * 16 + 16) as Hint
    const hint = kind === "foreign" ? foreign : crowdHint(crowdSeed(number % hotMax), 3, { crypto })
    made.push(encodeEnvelope({ hint, payload: filling }))
  }
  const length = made[0]?.length ?? 0
  const all = new Uint8Array(length * distinct)
  return made.map((envelope, number) => {
    all.set(envelope, number * length)
    return { topic, payload: all.subarray(number * length, (number + 1) * length) }
  })
}
