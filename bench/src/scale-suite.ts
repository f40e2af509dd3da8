import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, rawKey, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"
import { median, type Result } from "./measure.js"
import { Child } from "./processes/child.js"
import type { Suite } from "./suites.js"

const few = 250
const many = 100_000
const foreign = 1_000_000
const ours = 100_000
const waiting = 100_000
const openings = 5
const outboxMargin = 2000

/** What many conversations, many foreign payloads and a long absence cost a client, each in a process of its own. */
export const scaleSuite: Suite = {
  name: "scale",
  async run() {
    const directory = await mkdtemp(join(tmpdir(), "colloquy-bench-"))
    try {
      const results: Result[] = []
      for (const count of [few, many]) {
        const file = join(directory, `crowd-${count}.db`)
        const unlock = randomBytes(32).toString("hex")
        await told("./crowd-process.js", file, unlock, String(count))
        const asFew = count === few ? {} : { goal: `as with ${few}, within 30 %` }
        const foreigners = await told("./flood-process.js", file, unlock, "foreign", String(foreign))
        results.push({
          bench: `scale.foreign${count}`,
          unit: "ops/s",
          value: foreigners["rate"] as number,
          goal: "1,000,000",
        })
        const led = await told("./flood-process.js", file, unlock, "ours", String(ours))
        results.push({ bench: `scale.lookup${count}`, unit: "ops/s", value: led["rate"] as number, ...asFew })
        const opened: Record<string, string | number>[] = []
        for (let i = 0; i < openings; i++) opened.push(await told("./open-process.js", file, unlock))
        const of = (name: string): number => median(opened.map((one) => one[name] as number))
        results.push(
          { bench: `scale.openMs${count}`, unit: "ms", value: of("openMs"), goal: "300 with 100,000" },
          { bench: `scale.openMiB${count}`, unit: "MiB", value: of("quietMiB"), goal: "200 with 100,000" },
        )
      }
      results.push(...(await catchUp(directory)))
      return results
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}

/** Raya is away while Saro writes; sender, hub and receiver are processes of their own. */
async function catchUp(directory: string): Promise<readonly Result[]> {
  await using hubProcess = new Child("./hub-process.js", join(directory, "hub"))
  const url = (await hubProcess.line())["url"] as string
  const raya = [url, join(directory, "raya.db"), randomBytes(32).toString("hex")] as const
  await using saro = await Client.open({
    storage: sqlite(join(directory, "saro.db")),
    unlock: rawKey(randomBytes(32)),
    delivery: hub(url),
  })
  const talk = await (async () => {
    await using introducing = new Child("./receiver-process.js", ...raya)
    const started = await saro.conversations.start((await introducing.line())["introduction"] as string)
    // Allowed and closed.
    await introducing.line()
    return started
  })()
  for (let i = 0; i < waiting; i += outboxMargin) {
    const some = Array.from({ length: outboxMargin }, (_, k) => `n ${i + k} `.padEnd(100, "."))
    await Promise.all(some.map((one) => talk.send(text(one))))
    await saro.drained(AbortSignal.timeout(120_000))
  }
  const { seconds, last, peakMiB } = await told("./receiver-process.js", ...raya)
  if (Number(last) !== waiting - 1) throw new Error(`the last message is ${last}`)
  return [
    { bench: `scale.catchUp${waiting}`, unit: "ops/s", value: waiting / (seconds as number) },
    { bench: `scale.catchUpMiB${waiting}`, unit: "MiB", value: peakMiB as number },
  ]
}

/** What a process says that ends by itself. */
async function told(script: string, ...args: readonly string[]): Promise<Record<string, string | number>> {
  await using child = new Child(script, ...args)
  return child.line()
}
