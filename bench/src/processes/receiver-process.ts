import { Client, codeOf, rawKey } from "colloquy"
import { hub, sqlite } from "colloquy/node"
import { profiled } from "../profile/profiled.js"

// Introduces itself and waits for one conversation; opened again, it says how long catching up took, the most memory that it had, and
// where its time went if it is to profile itself.
const [url, file, unlock, profile] = process.argv.slice(2) as [string, string, string, string?]
const startedMs = performance.now()
const before = process.cpuUsage()
const client = await Client.open({
  storage: sqlite(file),
  unlock: rawKey(Buffer.from(unlock, "hex")),
  delivery: hub(url),
})
const [known] = (await client.conversations.list()).items
if (known !== undefined) {
  const catchUp = (): Promise<unknown> => client.caughtUp(new AbortController().signal)
  const profiledUs = profile === undefined ? {} : await profiled(catchUp)
  await catchUp()
  const seconds = (performance.now() - startedMs) / 1000
  const used = process.cpuUsage(before)
  const cpuSeconds = (used.user + used.system) / 1e6
  const newest = await (await client.conversations.get(known.id))?.messages({ limit: 1 })
  const [last] = newest?.items ?? []
  const text = (last?.content as { readonly text?: string } | undefined)?.text ?? ""
  const peakMiB = process.resourceUsage().maxRSS / 1024
  say({ seconds, cpuSeconds, last: text.split(" ")[1] ?? "", peakMiB, ...profiledUs })
} else {
  say({ introduction: await client.introduce() })
  try {
    for await (const event of client.events()) {
      if (event.type !== "conversation") continue
      await client.requests.allow(event.conversation)
      break
    }
  } catch (error) {
    if (codeOf(error) !== "CLIENT_CLOSED") throw error
  }
}
await client.close()
say({ closed: 1 })

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
