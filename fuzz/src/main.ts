import { mkdirSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { isMainThread, Worker } from "node:worker_threads"
import { toHex } from "@colloquy/core"
import { type Failure, failureOf } from "./engine/fuzzer.js"
import { makeWatch, seenIn } from "./engine/watch.js"
import { type FuzzOptions, parseOptions, usage } from "./options.js"
import { targets } from "./targets/index.js"
import { type Assignment, type Finished, work } from "./worker.js"

const folder = process.env["FUZZ_FOLDER"] ?? process.cwd()
const hangsAfterMs = 60_000
/** An input that takes this long is shown, to be looked at: a busy machine makes some slow, too. */
const slowMs = 500
const heapMegabytesMax = 1024
const hexShownMax = 4096

if (isMainThread) process.exitCode = await main()
else await work()

async function main(): Promise<number> {
  const names = targets.map(({ name }) => name)
  let options: ReturnType<typeof parseOptions>
  try {
    options = parseOptions(process.argv.slice(2), names)
  } catch (error) {
    say(`${(error as Error).message}\n${usage}`)
    return 2
  }
  if (options === "help") say(usage)
  if (options === "list") for (const { name, holds } of targets) say(`${name.padEnd(24)} ${holds}`)
  if (typeof options === "string") return 0
  return options.input === undefined ? fuzz(options) : reproduce(options.targets[0] as string, options.input)
}

async function reproduce(name: string, input: Uint8Array): Promise<number> {
  const target = targets.find((one) => one.name === name)
  const opened = await target?.open()
  if (opened === undefined) return 2
  // Once to warm up: the time of the second is its own.
  await failureOf(opened, input)
  const beganMs = performance.now()
  const what = await failureOf(opened, input)
  await opened.close?.()
  say(what ?? `nothing failed, in ${(performance.now() - beganMs).toFixed(1)} ms`)
  return what === undefined ? 0 : 1
}

async function fuzz({ targets: wanted, minutes, seed, jobs, keep }: FuzzOptions): Promise<number> {
  const ms = (minutes * 60_000 * Math.min(jobs, wanted.length)) / wanted.length
  say(`seed ${seed}, ${wanted.length} targets, ${(ms / 1000).toFixed(1)} s each`)
  say(row("target", "executions", "per second", "corpus", "blocks", "slowest ms", "failures"))
  const waiting = [...wanted]
  let executions = 0
  let failed = 0
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const finished = await assign({ target: name, folder, seed, ms, keep })
      executions += finished.executions
      failed += finished.failures.length
      const { elapsedMs, corpusBefore, corpusAfter, blocks, slowestMs, slowest, failures } = finished
      const perSecond = Math.round((1000 * finished.executions) / Math.max(1, elapsedMs))
      const corpus = `${corpusBefore} +${corpusAfter - corpusBefore}`
      say(row(name, finished.executions, perSecond, corpus, blocks, slowestMs.toFixed(1), failures.length))
      if (slowestMs >= slowMs) say(`  slow: npm run fuzz -- --target ${name} --input ${digitsOf(name, slowest)}`)
      for (const failure of failures) report(name, failure)
    }
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  say(`${executions} executions, ${failed} failures`)
  return failed === 0 ? 0 : 1
}

/** One target in a thread of its own, which is given up when it hangs or takes too much memory. */
function assign(assignment: Omit<Assignment, "watch">): Promise<Finished> {
  const bytesMax = targets.find(({ name }) => name === assignment.target)?.bytesMax ?? 0
  const watch = makeWatch(bytesMax)
  const beganMs = performance.now()
  return new Promise((resolve) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { ...assignment, watch } satisfies Assignment,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
    })
    let count = -1
    let since = performance.now()
    const timer = setInterval(() => {
      const seen = seenIn(watch)
      if (seen.count !== count) {
        count = seen.count
        since = performance.now()
      } else if (performance.now() - since > hangsAfterMs && count > 0) void end("an input takes more than a minute")
    }, 1000)
    const end = async (what: string): Promise<void> => {
      clearInterval(timer)
      const { input, count: executions } = seenIn(watch)
      await worker.terminate()
      const elapsedMs = performance.now() - beganMs
      const lost = { blocks: 0, corpusBefore: 0, corpusAfter: 0, slowestMs: 0, slowest: input }
      resolve({ ...lost, executions, elapsedMs, failures: [{ input, what }] })
    }
    worker.on("message", (finished: Finished) => {
      clearInterval(timer)
      resolve(finished)
    })
    worker.on("error", (error) => void end(`the thread ended: ${error.message}`))
    worker.on("exit", () => void end("the thread ended by itself: something never settles"))
  })
}

function report(target: string, { input, what }: Failure): void {
  const lines = what.split("\n").map((line) => `  ${line}`)
  say(
    [`FAILED ${target}`, ...lines, `  npm run fuzz -- --target ${target} --input ${digitsOf(target, input)}`].join(
      "\n",
    ),
  )
}

/** The input as an argument: the digits, or a file of them. */
function digitsOf(target: string, input: Uint8Array): string {
  const hex = toHex(input)
  return hex.length <= hexShownMax ? hex : `@${saved(target, hex)}`
}

function saved(target: string, hex: string): string {
  const found = join(folder, "found")
  mkdirSync(found, { recursive: true })
  const file = join(found, `${target}-${hex.length}-${hex.slice(0, 8)}.txt`)
  writeFileSync(file, hex)
  return relative(process.cwd(), file)
}

function row(...cells: readonly (string | number)[]): string {
  const widths = [24, 12, 11, 12, 8, 11, 9]
  return cells
    .map((cell, index) => (index === 0 ? String(cell).padEnd(24) : String(cell).padStart(widths[index] as number)))
    .join("")
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
