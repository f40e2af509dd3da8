// The hub of the demonstration, a process of its own: prints its URL, and ends when whoever started it is gone.
import { startHub } from "@colloquy/hub"

const [dataDir = ""] = process.argv.slice(2)
const running = await startHub({ port: 0, dataDir })
process.stdout.write(`${running.url}\n`)
for await (const _ of process.stdin);
await running.close()
process.exit()
