import { ColloquyError, memoryStorage, type MemoryStorage, type OpenStorage, type Storage } from "@colloquy/core"
import type { SeededRandom } from "./random.js"
import type { SimProcess } from "./sim-process.js"
import type { VirtualClock } from "./virtual-clock.js"
import type { Weather } from "./weather.js"

interface Crash {
  readonly commits: number
  readonly moment: "before" | "after"
}

/** A person's disk. It outlives processes, takes its time, fails now and then, and can end the process at a commit. */
export class SimDisk {
  /** The disk fails nothing and ends no process any more. */
  calm = false
  commits = 0
  readonly #storage: MemoryStorage
  readonly #clock: VirtualClock
  readonly #random: SeededRandom
  readonly #weather: Weather
  #crash: Crash | undefined

  constructor(clock: VirtualClock, random: SeededRandom, weather: Weather) {
    this.#clock = clock
    this.#random = random
    this.#weather = weather
    this.#storage = memoryStorage({ onCommit: () => this.#work() })
  }

  /** The process dies so many commits from now: what it commits there is not written (`before`), or written without its learning of it. */
  crashAt(commits: number, moment: "before" | "after"): void {
    this.#crash = { commits: this.commits + commits, moment }
  }

  openFor(process: SimProcess): OpenStorage {
    return async (options) => {
      const inner = await process.guard(this.#storage(options))
      process.onEnd(() => this.#storage.lose())
      const wrapped: Storage = {
        // A dead process learns nothing, of this neither.
        lost: new AbortController().signal,
        get: (keys) => process.guard(Promise.resolve(inner.get(keys))),
        scan: (range) => process.guard(Promise.resolve(inner.scan(range))),
        scrub: () => process.guard(inner.scrub()),
        close: () => process.guard(inner.close()),
        commit: (batch) => process.guard(this.#commit(process, inner, batch)),
      }
      return wrapped
    }
  }

  async #commit(process: SimProcess, inner: Storage, batch: Parameters<Storage["commit"]>[0]): Promise<void> {
    this.commits++
    const crash = this.#crash?.commits === this.commits && !this.calm ? this.#crash : undefined
    if (crash !== undefined) this.#crash = undefined
    if (crash?.moment === "before") process.kill()
    await inner.commit(batch)
    if (crash?.moment === "after") process.kill()
  }

  async #work(): Promise<void> {
    if (this.calm) return
    const { commitMaxMs, commitFailure } = this.#weather
    if (commitMaxMs > 0) await this.#clock.sleep(this.#random.whole(0, commitMaxMs))
    if (this.#random.chance(commitFailure))
      throw new ColloquyError("STORE_FAILED", "the batch was not written", { retry: "later" })
  }
}
