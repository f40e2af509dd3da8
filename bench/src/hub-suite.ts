import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, rawKey, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"
import { median } from "./measure.js"
import { Child } from "./processes/child.js"
import type { Suite } from "./suites.js"

const warmUp = 500
const messages = 5000
const window = 256
const marks = 200
const rounds = 3
const mebibytes = 10
const bigs = 3

/** Saro, Raya and the hub in three processes, each with a durable store. */
export const hubSuite: Suite = {
  name: "hub",
  async *run({ progress }) {
    const directory = await mkdtemp(join(tmpdir(), "colloquy-bench-"))
    try {
      await using hubProcess = new Child("./hub-process.js", join(directory, "hub"))
      const url = (await hubProcess.line())["url"] as string
      await using raya = new Child("./raya-process.js", url, join(directory, "raya.db"))
      const introduction = (await raya.line())["introduction"] as string
      await using saro = await Client.open({
        storage: sqlite(join(directory, "saro.db")),
        unlock: rawKey(randomBytes(32)),
        delivery: hub(url),
      })
      const talk = await saro.conversations.start(introduction)
      const stream = async (count: number): Promise<number> => {
        await talk.send(text(`expect ${count}`))
        await raya.line()
        const startNs = process.hrtime.bigint()
        let next = 0
        const sender = async (): Promise<void> => {
          while (next < count) await talk.send(text(`n ${String(next++).padEnd(98, ".")}`))
        }
        await Promise.all(Array.from({ length: window }, sender))
        const { atNs } = await raya.line()
        return (count * 1e9) / Number(BigInt(atNs as string) - startNs)
      }
      progress("warming up")
      await stream(warmUp)
      progress(`${marks} messages one by one`)
      const latencies: number[] = []
      for (let i = 0; i < marks; i++) {
        const startNs = process.hrtime.bigint()
        await talk.send(text(`mark ${i}`))
        const { atNs } = await raya.line()
        latencies.push(Number(BigInt(atNs as string) - startNs) / 1e6)
      }
      yield { bench: "hub.latencyMs", unit: "ms", value: median(latencies), goal: "under 5" }
      progress(`${messages} messages, ${rounds} times`)
      const rates: number[] = []
      for (let i = 0; i < rounds; i++) rates.push(await stream(messages))
      yield { bench: "hub.rate", unit: "ops/s", value: median(rates), goal: "3,000" }
      progress(`content of ${mebibytes} MiB, ${bigs} times`)
      const bigRates: number[] = []
      let peakMiB = 0
      for (let i = 0; i < bigs; i++) {
        const startNs = process.hrtime.bigint()
        await talk.send(text(`big ${i} `.padEnd(mebibytes * 1024 * 1024, "x")))
        const big = await raya.line()
        bigRates.push((mebibytes * 1e9) / Number(BigInt(big["atNs"] as string) - startNs))
        peakMiB = big["peakMiB"] as number
      }
      yield { bench: "hub.content10MiB", unit: "MiB/s", value: median(bigRates) }
      yield { bench: "hub.content10MiBPeak", unit: "MiB", value: peakMiB }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}
