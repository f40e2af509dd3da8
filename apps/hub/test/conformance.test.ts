import { rmSync } from "node:fs"
import { join } from "node:path"
import type { OpenDelivery } from "@colloquy/core"
import { deliveryConformance } from "@colloquy/core/testing"
import { hub } from "@colloquy/delivery-hub"
import { afterAll, beforeAll, describe, test } from "vitest"
import { WebSocket } from "ws"
import { type RunningHub, startHub } from "../src/index.js"
import { environment, temporaryFolder } from "./environment.js"

describe("a hub over loopback conforms", () => {
  const folder = temporaryFolder()
  let now = 0
  let running: RunningHub | undefined
  let data = 0
  let [url, port] = ["", 0]
  const start = async (): Promise<void> => {
    running = await startHub({
      port,
      dataDir: join(folder, `${data}`),
      retentionMs: 3_600_000,
      retentionCheckMs: 5,
      heartbeatMs: 1000,
      nowMs: () => Date.now() + now,
    })
    // Restarts come back at the same address.
    url = running.url
    port = Number(new URL(url).port)
  }
  beforeAll(start)
  afterAll(async () => {
    await running?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const controls = {
    down: async () => running?.close(),
    up: start,
    expire: async () => {
      now += 7_200_000
      while ((running?.stats().payloads ?? 0) > 0) await new Promise((resolve) => setTimeout(resolve, 2))
    },
    wipe: async () => {
      await running?.close()
      data++
      await start()
    },
  }
  const open: OpenDelivery = (given) => hub(url, { webSocket: WebSocket, backoffMs: 20, backoffMsMax: 100 })(given)
  for (const { title, run } of deliveryConformance(open, environment, controls)) test(title, run)
})
