// A hub in a process of its own, to be killed: node hub-process.mjs DATA PORT
import { startHub } from "@colloquy/hub"

const [dataDir, port] = process.argv.slice(2)
const hub = await startHub({ dataDir, port: Number(port) })
process.stdout.write(`${hub.url}\n`)
process.once("SIGTERM", () => void hub.close())
