import { toHex } from "@colloquy/core"
import type { Opened, Target } from "../target.js"
import type { Coverage } from "./coverage.js"
import { mutate } from "./mutate.js"
import type { Random } from "./random.js"
import { shrink } from "./shrink.js"

export interface Failure {
  readonly input: Uint8Array
  /** What did not hold, and where. */
  readonly what: string
}

export interface FuzzerOptions {
  readonly target: Target
  readonly opened: Opened
  readonly random: Random
  /** Inputs besides the target's own seeds. */
  readonly corpus: readonly Uint8Array[]
  /** Else what is kept are the seeds and the corpus. */
  readonly coverage?: Coverage
  /** Hears of each input before it is executed. */
  readonly about?: (input: Uint8Array) => void
}

const batchMax = 48
const failuresMax = 20

/** Executes a target's check on mutated inputs, and keeps those that reach code that no other reached. */
export class Fuzzer {
  readonly failures: Failure[] = []
  executions = 0
  slowestMs = 0
  slowest: Uint8Array = new Uint8Array(0)
  readonly #options: FuzzerOptions
  readonly #pool: Uint8Array[] = []
  readonly #known = new Set<string>()

  constructor(options: FuzzerOptions) {
    this.#options = options
  }

  get pool(): readonly Uint8Array[] {
    return this.#pool
  }

  /** The target's own inputs and the corpus, each as it is. */
  async replay(): Promise<void> {
    const { opened, corpus, coverage } = this.#options
    for (const input of [...opened.seeds, ...corpus]) {
      await this.#execute(input)
      this.#pool.push(input)
    }
    coverage?.take(true)
  }

  /** Goes on until it returns true, looked at after each batch. */
  async run(isDone: () => boolean): Promise<void> {
    for (let batch = 0; !isDone(); batch++) await this.#batch(batch % 16 === 0)
  }

  /** Exactly so many executions of mutated inputs. */
  async runTimes(times: number): Promise<void> {
    for (let i = 0; i < times; i++) await this.#execute(this.#next())
  }

  async #batch(isCounting: boolean): Promise<void> {
    const { coverage } = this.#options
    const inputs: Uint8Array[] = []
    const kept = (input: Uint8Array): unknown => this.#pool.push(input)
    for (let i = 0; i < batchMax; i++) {
      const input = this.#next()
      inputs.push(input)
      await this.#execute(input)
      if (isCounting && coverage?.take(true) === true) kept(input)
    }
    if (coverage === undefined || isCounting || !coverage.look()) return
    for (const input of inputs) {
      await this.#execute(input)
      if (coverage.take(true)) kept(input)
    }
  }

  #next(): Uint8Array {
    const { target, random } = this.#options
    const recent = this.#pool.slice(-24)
    const one = (): Uint8Array => (random.oneIn(3) ? random.pick(recent) : random.pick(this.#pool)) ?? new Uint8Array(0)
    return mutate(target, one(), random, one)
  }

  async #execute(input: Uint8Array): Promise<void> {
    const { opened, about } = this.#options
    about?.(input)
    this.executions++
    const beganMs = performance.now()
    const what = await failureOf(opened, input)
    const tookMs = performance.now() - beganMs
    if (tookMs > this.slowestMs) {
      this.slowestMs = tookMs
      this.slowest = input
    }
    if (what === undefined || this.failures.length >= failuresMax) return
    const kind = kindOf(what)
    if (this.#known.has(kind)) return
    this.#known.add(kind)
    const isSame = async (smaller: Uint8Array): Promise<boolean> => {
      about?.(smaller)
      const failure = await failureOf(opened, smaller)
      return failure !== undefined && kindOf(failure) === kind
    }
    const smallest = await shrink(input, isSame)
    this.failures.push({ input: smallest, what: (await failureOf(opened, smallest)) ?? what })
  }
}

/** What does not hold for an input; `undefined` when all does. */
export async function failureOf(opened: Opened, input: Uint8Array): Promise<string | undefined> {
  try {
    const checked = opened.check(input.slice())
    if (checked instanceof Promise) await checked
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) return `threw ${String(error)}`
    const where = (error.stack ?? "")
      .split("\n")
      .filter((line) => line.trim().startsWith("at "))
      .slice(0, 4)
    const { code } = error as { code?: unknown }
    return [`${error.name}: ${typeof code === "string" ? `${code}: ` : ""}${error.message}`, ...where].join("\n")
  }
}

/** Failures of one kind are reported once: what did not hold, or where an exception came from. Numbers and bytes tell inputs apart, not kinds. */
function kindOf(what: string): string {
  const [first = "", ...places] = what.split("\n")
  const place =
    places.find(
      (line) => line.trim().startsWith("at ") && !line.includes("<anonymous>") && !line.includes("/fuzz/src/"),
    ) ?? ""
  const said = first.startsWith("Error: ") ? first : first.split(":")[0]
  return `${said} ${place}`.replace(/[0-9a-f]{8,}/g, "…").replace(/\d+/g, "0")
}

/** Of a corpus, the inputs that are needed to reach what all of them reach, the short ones first, within so many bytes. */
export async function distilled(
  opened: Opened,
  inputs: readonly Uint8Array[],
  coverage: Coverage,
  bytesMax: number,
): Promise<readonly Uint8Array[]> {
  const kept: Uint8Array[] = []
  let bytes = 0
  for (const input of [...inputs].sort((a, b) => a.length - b.length || (toHex(a) < toHex(b) ? -1 : 1))) {
    await failureOf(opened, input)
    if (!coverage.take(true) || bytes + input.length > bytesMax) continue
    bytes += input.length
    kept.push(input)
  }
  return kept
}
