import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { codeOf, fromUtf8, type Publication, type Topic, utf8 } from "@colloquy/core"
import { hub } from "@colloquy/delivery-hub"
import { beforeAll, describe, expect, it, onTestFinished } from "vitest"
import { WebSocket } from "ws"
import { readLog } from "../src/index.js"
import { environment, folderOfThisTest } from "./environment.js"

const here = dirname(fileURLToPath(import.meta.url))
const seed = Number(process.env["COLLOQUY_SEED"] ?? Math.floor(Math.random() * 2 ** 31))
const kills = Number(process.env["COLLOQUY_KILLS"] ?? 15)
const topic = "/test/1/crash/raw" as Topic

/** The process runs what was built. */
beforeAll(() => {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc")
  execFileSync(process.execPath, [compiler, "-b", join(here, "..")], { stdio: "pipe" })
})

async function startProcess(dataDir: string, port: number): Promise<{ process: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(here, "hub-process.mjs"), dataDir, `${port}`], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer]
  return { process: child, url: line.toString().trim() }
}

/** mulberry32 */
function randomFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe("a hub that is killed and restarted", () => {
  it(
    `HUB-3, HUB-4, HUB-15: at ${kills} random moments loses nothing that it acknowledged and stores nothing twice (COLLOQUY_SEED=${seed})`,
    async () => {
      const random = randomFrom(seed)
      const dataDir = folderOfThisTest()
      let running = await startProcess(dataDir, 0)
      const { url } = running
      const port = Number(new URL(url).port)
      const open = hub(url, { webSocket: WebSocket, backoffMs: 20, backoffMsMax: 100 })
      const [saro, raya] = [open(environment), open(environment)]
      onTestFinished(() => saro.close())
      onTestFinished(() => raya.close())

      const seen = new Set<string>()
      const feed = raya.open()
      await feed.follow([{ topic }])
      const read = (async () => {
        for await (const batch of feed) {
          for (const { payload } of batch.payloads) seen.add(fromUtf8(payload) ?? "")
          if (seen.has("the end")) return
        }
      })()

      let isKilling = true
      let made = 0
      const acknowledged: string[] = []
      const publishUntilStored = async (publication: Publication): Promise<void> => {
        for (;;) {
          try {
            await saro.publish(publication)
            return
          } catch (error) {
            if (codeOf(error) !== "DELIVERY_DOWN" && codeOf(error) !== "DELIVERY_BUSY") throw error
            await pause(5)
          }
        }
      }
      const worker = async (): Promise<void> => {
        while (isKilling) {
          const text = `${made++}`
          await publishUntilStored({ id: environment.random(16), topic, payload: utf8(text) })
          acknowledged.push(text)
        }
      }
      const workers = Promise.all(Array.from({ length: 24 }, worker))
      for (let kill = 0; kill < kills; kill++) {
        await pause(random() * 120)
        const exited = once(running.process, "exit")
        running.process.kill("SIGKILL")
        await exited
        if (random() < 0.3) await pause(random() * 200)
        running = await startProcess(dataDir, port)
      }
      await pause(50)
      isKilling = false
      await workers
      await publishUntilStored({ id: environment.random(16), topic, payload: utf8("the end") })
      await read
      expect(acknowledged.filter((text) => !seen.has(text))).toEqual([])

      running.process.kill("SIGTERM")
      await once(running.process, "exit")
      const kept = readLog(dataDir, { limit: Number.POSITIVE_INFINITY }).map(({ firstBytes }) => fromUtf8(firstBytes))
      const keptOnce = new Set(kept)
      expect(keptOnce.size).toBe(kept.length)
      expect([...acknowledged, "the end"].filter((text) => !keptOnce.has(text))).toEqual([])
      expect(kept.length).toBe(made + 1)
      expect(acknowledged.length).toBeGreaterThan(0)
    },
    60_000 + kills * 2000,
  )
})
