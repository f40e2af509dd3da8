import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, rawKey, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"
import { median, type Result } from "./measure.js"
import { Child, told } from "./processes/child.js"
import type { Options, Suite } from "./suites.js"

const few = 250
const foreign = 1_000_000
const ours = 100_000
const waiting = 100_000
const openings = 5
const sentAtOnce = 2000
const drainMs = 10_000

type Progress = Options["progress"]

/** What many conversations, many foreign payloads and a long absence cost a client, each in a process of its own. */
export const scaleSuite: Suite = {
  name: "scale",
  async *run({ conversations, progress }) {
    const directory = await mkdtemp(join(tmpdir(), "colloquy-bench-"))
    try {
      for (const count of [few, conversations]) yield* crowd(directory, count, progress)
      yield* catchUp(directory, progress)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}

/** A client with so many conversations: foreign payloads, those of some conversations, and opening it. */
async function* crowd(directory: string, count: number, progress: Progress): AsyncIterable<Result> {
  const file = join(directory, `crowd-${count}.db`)
  const unlock = randomBytes(32).toString("hex")
  progress(`writing a store with ${count} conversations`)
  await told("./crowd-process.js", progress, file, unlock, String(count))
  progress(`${foreign} foreign payloads`)
  const foreigners = await told("./flood-process.js", progress, file, unlock, "foreign", String(foreign))
  yield {
    bench: `scale.foreign${count}`,
    unit: "ops/s",
    value: foreigners["rate"] as number,
    goal: "1,000,000",
  }
  progress(`${ours} payloads for ten of the conversations`)
  const led = await told("./flood-process.js", progress, file, unlock, "ours", String(ours))
  const asFew = count === few ? {} : { goal: `as with ${few}, within 30 %` }
  yield { bench: `scale.lookup${count}`, unit: "ops/s", value: led["rate"] as number, ...asFew }
  const opened: Record<string, string | number>[] = []
  for (let i = 0; i < openings; i++) {
    progress(`opening it, ${i + 1} of ${openings}`)
    opened.push(await told("./open-process.js", progress, file, unlock))
  }
  const of = (name: string): number => median(opened.map((one) => one[name] as number))
  yield { bench: `scale.openMs${count}`, unit: "ms", value: of("openMs"), goal: "300 with 100,000" }
  yield { bench: `scale.openMiB${count}`, unit: "MiB", value: of("quietMiB"), goal: "200 with 100,000" }
}

/** Raya is away while Saro writes; sender, hub and receiver are processes of their own. */
async function* catchUp(directory: string, progress: Progress): AsyncIterable<Result> {
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
  for (let i = 0; i < waiting; i += sentAtOnce) {
    if (i % (5 * sentAtOnce) === 0) progress(`sending what will wait, ${i} of ${waiting}`)
    const some = Array.from({ length: sentAtOnce }, (_, k) => `n ${i + k} `.padEnd(100, "."))
    await Promise.all(some.map((one) => talk.send(text(one))))
    while (!(await saro.drained(AbortSignal.timeout(drainMs)))) progress("the hub is slow to take them")
  }
  progress(`catching up with ${waiting}`)
  const { seconds, last, peakMiB } = await told("./receiver-process.js", progress, ...raya)
  if (Number(last) !== waiting - 1) throw new Error(`the last message is ${last}`)
  yield { bench: `scale.catchUp${waiting}`, unit: "ops/s", value: waiting / (seconds as number) }
  yield { bench: `scale.catchUpMiB${waiting}`, unit: "MiB", value: peakMiB as number }
}
