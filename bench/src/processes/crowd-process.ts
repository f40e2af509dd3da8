import { statSync } from "node:fs"
import { Client, InboxV1, PrivateV1, rawKey } from "colloquy"
import { sqlite } from "colloquy/node"
import { begunAtOnce, CrowdV1 } from "../scale/crowd-type.js"

// node crowd-process.js FILE KEY COUNT
// Writes a store with so many conversations, and says how large it is.
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
await client.close()
say({ fileMiB: statSync(file).size / 1024 / 1024 })

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
