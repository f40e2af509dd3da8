import { parentPort, workerData } from "node:worker_threads"
import { readInputs, writeCorpus } from "./engine/corpus.js"
import { Coverage } from "./engine/coverage.js"
import { distilled, type Failure, failureOf, Fuzzer } from "./engine/fuzzer.js"
import { Random } from "./engine/random.js"
import { noteIn } from "./engine/watch.js"
import { targets } from "./targets/index.js"
import { FuzzError } from "./fuzz-error.js"

export interface Assignment {
  readonly target: string
  readonly folder: string
  readonly seed: number
  readonly ms: number
  /** Whether what was found is written into the corpus. */
  readonly keep: boolean
  readonly watch: SharedArrayBuffer
}

export interface Finished {
  readonly executions: number
  readonly elapsedMs: number
  readonly blocks: number
  /** Inputs that the run began with, and that reach something no other reaches at its end. */
  readonly corpusBefore: number
  readonly corpusAfter: number
  readonly slowestMs: number
  readonly slowest: Uint8Array
  readonly failures: readonly Failure[]
}

const corpusBytesMax = 5000

/** Fuzzes one target for as long as it is told. */
export async function work(): Promise<void> {
  const { target: name, folder, seed, ms, keep, watch } = workerData as Assignment
  const target = targets.find((one) => one.name === name)
  if (target === undefined) throw new FuzzError("TARGET", `no target ${name}`)
  const coverage = new Coverage()
  const opened = await target.open()
  coverage.forget()
  const corpus = [...readInputs(folder, "corpus", name), ...readInputs(folder, "regressions", name)]
  const fuzzer = new Fuzzer({ target, opened, random: new Random(seed), corpus, coverage, about: noteIn(watch) })
  const beganMs = performance.now()
  await fuzzer.replay()
  const corpusBefore = fuzzer.pool.length
  await fuzzer.run(() => performance.now() - beganMs >= ms)
  const elapsedMs = performance.now() - beganMs
  const found = fuzzer.pool.slice(opened.seeds.length)
  const blocks = coverage.blocks
  if (keep) {
    coverage.forget()
    for (const input of opened.seeds) await failureOf(opened, input)
    coverage.take(true)
    writeCorpus(folder, name, await distilled(opened, found, coverage, corpusBytesMax))
  }
  await opened.close?.()
  parentPort?.postMessage({
    executions: fuzzer.executions,
    elapsedMs,
    blocks,
    corpusBefore,
    corpusAfter: fuzzer.pool.length,
    slowestMs: fuzzer.slowestMs,
    slowest: fuzzer.slowest,
    failures: fuzzer.failures,
  } satisfies Finished)
}
