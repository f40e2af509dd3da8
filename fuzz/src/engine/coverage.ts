import { type Profiler, Session } from "node:inspector"

type Ranges = readonly (readonly [from: number, to: number])[]

/**
 * Which code has run, block by block, as V8 counts it: of functions that were not compiled before it began, so make one before anything else. Taking the counts costs half a millisecond, so it pays to run many inputs before asking.
 * Only what the fuzzer's bundle holds is looked at.
 */
export class Coverage {
  readonly #session = new Session()
  /** What of each function has never run, and how often it was called at once, in powers of two. */
  readonly #functions = new Map<string, { never: Ranges; calls: number }>()
  #blocks = 0

  constructor() {
    this.#session.connect()
    this.#session.post("Profiler.enable")
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })
    this.forget()
  }

  /** How many times something ran that had not run before. */
  get blocks(): number {
    return this.#blocks
  }

  /** Whether anything ran for the first time since the last call; with `counts`, also whether a function ran far more often than ever. */
  take(counts: boolean): boolean {
    let isNew = false
    for (const ran of this.#ran()) if (this.#note(ran, counts, true)) isNew = true
    return isNew
  }

  /** The same, but it stays new. */
  look(): boolean {
    return this.#ran().some((ran) => this.#note(ran, false, false))
  }

  /** From now on everything is new again. */
  forget(): void {
    this.take(false)
    this.#functions.clear()
    this.#blocks = 0
  }

  /** Calls back before it returns. */
  #ran(): readonly Profiler.FunctionCoverage[] {
    const functions: Profiler.FunctionCoverage[] = []
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error !== null) return
      for (const { url, functions: ran } of taken.result) if (url.startsWith("file:")) functions.push(...ran)
    })
    return functions
  }

  #note({ ranges }: Profiler.FunctionCoverage, counts: boolean, keeps: boolean): boolean {
    const [whole] = ranges
    if (whole === undefined || whole.count === 0) return false
    const key = `${whole.startOffset}:${whole.endOffset}`
    const known = this.#functions.get(key)
    const calls = 32 - Math.clz32(whole.count)
    if (known === undefined) {
      if (!keeps) return true
      this.#functions.set(key, { never: notRun(ranges), calls })
      this.#blocks++
      return true
    }
    const never = known.never.length === 0 ? known.never : both(known.never, notRun(ranges))
    const ranMore = span(never) < span(known.never)
    const calledMore = counts && calls > known.calls
    if (keeps && ranMore) {
      known.never = never
      this.#blocks++
    }
    if (keeps && calledMore) known.calls = calls
    return ranMore || calledMore
  }
}

/** What a function's counts show as not run. An inner range overrules the one around it. */
function notRun(ranges: readonly Profiler.CoverageRange[]): Ranges {
  return ranges
    .filter(({ count }) => count === 0)
    .map(({ startOffset, endOffset }) => [startOffset, endOffset] as const)
}

function both(a: Ranges, b: Ranges): Ranges {
  const shared: (readonly [number, number])[] = []
  for (const [from, to] of a)
    for (const [start, end] of b)
      if (Math.max(from, start) < Math.min(to, end)) shared.push([Math.max(from, start), Math.min(to, end)])
  return shared
}

function span(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0)
}
