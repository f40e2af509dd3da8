import { startHub } from "@colloquy/hub"

const dataDir = process.argv[2] as string
const hub = await startHub({ port: 0, dataDir })
process.stdout.write(`${JSON.stringify({ url: hub.url })}\n`)
process.on("SIGTERM", () => void hub.close().then(() => process.exit(0)))
