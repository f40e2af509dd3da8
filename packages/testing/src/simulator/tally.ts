import type { SeedResult } from "./seed-result.js"

/** Adds results up, and shows how far it is. */
export class Tally {
  readonly failed: number[] = []
  readonly #seeds: number
  readonly #beganMs = performance.now()
  readonly #scenarios = new Map<string, number>()
  #done = 0
  #messages = 0
  #publications = 0
  #bytes = 0
  #settledMs = 0
  #slowest: SeedResult | undefined
  #shownMs = 0

  constructor(seeds: number) {
    this.#seeds = seeds
  }

  add(result: SeedResult): void {
    this.#done++
    this.#messages += result.messages
    this.#publications += result.publications
    this.#bytes += result.publishedBytes
    this.#settledMs = Math.max(this.#settledMs, result.settledMs)
    this.#scenarios.set(result.scenario, (this.#scenarios.get(result.scenario) ?? 0) + 1)
    if (result.tookMs > (this.#slowest?.tookMs ?? 0)) this.#slowest = result
    if (result.failure.length > 0) {
      this.failed.push(result.seed)
      this.#clear()
      console.log(`${result.failure.join("\n")}\n`)
    }
    this.#show()
  }

  end(folder: string): void {
    this.#clear()
    const kinds = [...this.#scenarios].sort().map(([name, count]) => `${name} ${count}`)
    const { failed } = this
    console.log(
      `${this.#done} seeds (${kinds.join(", ")}): ${this.#messages} messages, ${this.#publications} publications, ` +
        `${Math.round(this.#bytes / 1024)} KiB; all held within ${Math.ceil(this.#settledMs / 3_600_000)} h of good network; ` +
        `${((performance.now() - this.#beganMs) / 1000).toFixed(0)} s, the slowest seed ${this.#slowest?.seed} ` +
        `${((this.#slowest?.tookMs ?? 0) / 1000).toFixed(1)} s; ${failed.length} failed` +
        (failed.length > 0
          ? `: ${failed
              .sort((a, b) => a - b)
              .slice(0, 100)
              .join(" ")}; see ${folder}`
          : ""),
    )
  }

  /** On a terminal a line that changes, else one for each hundred seeds. */
  #show(): void {
    const nowMs = performance.now()
    const line = `${this.#done} of ${this.#seeds}, ${((nowMs - this.#beganMs) / 1000).toFixed(0)} s, ${this.failed.length} failed`
    if (!process.stderr.isTTY) {
      if (this.#done % 100 === 0) console.error(line)
      return
    }
    if (nowMs - this.#shownMs < 200) return
    this.#shownMs = nowMs
    process.stderr.write(`\r${line} `)
  }

  #clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K")
  }
}
