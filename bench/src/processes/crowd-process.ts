import { statSync } from "node:fs"
import { Client, InboxV1, PrivateV1, rawKey } from "colloquy"
import { sqlite } from "colloquy/node"
import { begunAtOnce, crowdParticipant, crowdSeed, CrowdV1, hotMax } from "../scale/crowd-type.js"

// node crowd-process.js FILE KEY COUNT
// Writes a store with so many conversations but one, and says how large it is. One is removed at the end, which brings every hint to where it stays: a
// few that were begun last could still be in memory, and looked up faster than those of many.
const toldEach = 10_000
const [file, unlock, count] = process.argv.slice(2) as [string, string, string]
const client = await Client.open({
  storage: sqlite(file),
  unlock: rawKey(Buffer.from(unlock, "hex")),
  types: [PrivateV1, InboxV1, CrowdV1],
})
for (let begun = 0; begun < Number(count); begun += begunAtOnce) {
  if (begun > 0 && begun % toldEach === 0) say({ progress: `${begun} of ${count} conversations` })
  await client.introduce()
}
const hot = Array.from({ length: hotMax }, (_, number) => crowdParticipant(crowdSeed(number)))
const { items } = await client.conversations.list({ limit: hotMax + 1 })
const cold = items.find(({ participants }) => !participants.some((participant) => hot.includes(participant)))
if (cold !== undefined) await (await client.conversations.get(cold.id))?.remove()
await client.close()
say({ fileMiB: statSync(file).size / 1024 / 1024 })

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
