import { ColloquyError, type Entry, type OpenStorage, type Storage } from "@colloquy/core"
import type { StoreKind } from "../plan/plan.js"
import type { Weather } from "../plan/weather.js"
import type { SeededRandom } from "../random.js"
import type { VirtualClock } from "../virtual-clock.js"
import { everything, type Medium, memoryMedium, sqliteMedium } from "./medium.js"
import type { SimProcess } from "./sim-process.js"

interface Crash {
  readonly commits: number
  readonly moment: "before" | "after"
}

/** A person's disk. It outlives processes, takes its time, fails now and then, and can end the process at a commit. */
export class SimDisk {
  /** The disk fails nothing and ends no process any more. */
  calm = false
  /** Every commit fails. */
  full = false
  commits = 0
  readonly #kind: StoreKind
  readonly #clock: VirtualClock
  readonly #random: SeededRandom
  readonly #weather: Weather
  readonly #media: Medium[] = []
  #owner: Storage | undefined
  #tail: Promise<unknown> = Promise.resolve()
  #crash: Crash | undefined

  constructor(kind: StoreKind, clock: VirtualClock, random: SeededRandom, weather: Weather) {
    this.#kind = kind
    this.#clock = clock
    this.#random = random
    this.#weather = weather
    this.blank()
  }

  /** The process dies so many commits from now: what it commits there is not written (`before`), or written without its learning of it. */
  crashAt(commits: number, moment: "before" | "after"): void {
    this.#crash = { commits: this.commits + commits, moment }
  }

  openFor(process: SimProcess): OpenStorage {
    return async (options) => {
      const medium = this.#medium
      const inner = await process.guard(medium.open(options))
      this.#owner = inner
      this.#tail = Promise.resolve()
      process.onEnd(() => {
        if (this.#owner === inner) this.#owner = undefined
        medium.lose()
      })
      const wrapped: Storage = {
        // A dead process learns nothing, of this neither.
        lost: new AbortController().signal,
        get: (keys) => process.guard((async () => inner.get(keys))()),
        scan: (range) => process.guard((async () => inner.scan(range))()),
        scrub: () => process.guard(inner.scrub()),
        close: () => process.guard(this.#close(inner)),
        commit: (batch) => process.guard(this.#commit(process, inner, batch)),
      }
      return wrapped
    }
  }

  /** All records as they are now, also while a process has them. */
  async copy(): Promise<readonly Entry[]> {
    if (this.#owner !== undefined) return this.#owner.scan(everything)
    const opened = await this.#medium.open()
    const entries = await opened.scan(everything)
    await opened.close()
    return entries
  }

  /** A new disk stands in the place of this one. No process may have it. */
  blank(): void {
    this.#media.push(this.#kind.endsWith("sqlite") ? sqliteMedium(this.#clock) : memoryMedium())
    this.#owner = undefined
  }

  async replaceWith(entries: readonly Entry[]): Promise<void> {
    this.blank()
    const opened = await this.#medium.open()
    await opened.commit(entries)
    await opened.close()
  }

  /** What a thief finds on it. No process may have it. */
  bytes(): Promise<readonly Uint8Array[]> {
    return this.#medium.bytes()
  }

  async dispose(): Promise<void> {
    for (const medium of this.#media) await medium.dispose()
  }

  get #medium(): Medium {
    return this.#media.at(-1) as Medium
  }

  async #close(inner: Storage): Promise<void> {
    await this.#tail
    await inner.close()
    if (this.#owner === inner) this.#owner = undefined
  }

  /** One batch after the other, in the order of the calls. */
  #commit(process: SimProcess, inner: Storage, batch: Parameters<Storage["commit"]>[0]): Promise<void> {
    const done = this.#tail.then(() => this.#write(process, inner, batch))
    this.#tail = done.catch(() => undefined)
    return done
  }

  async #write(process: SimProcess, inner: Storage, batch: Parameters<Storage["commit"]>[0]): Promise<void> {
    this.commits++
    const crash =
      this.#crash !== undefined && this.commits >= this.#crash.commits && !this.calm ? this.#crash : undefined
    if (crash !== undefined) this.#crash = undefined
    if (crash?.moment === "before") process.kill()
    if (!this.calm) await this.#trouble()
    if (!process.alive) return
    await inner.commit(batch)
    if (crash?.moment === "after") process.kill()
  }

  async #trouble(): Promise<void> {
    const { commitMaxMs, commitFailure } = this.#weather
    if (commitMaxMs > 0) await this.#clock.sleep(this.#random.whole(0, commitMaxMs))
    if (this.full || this.#random.chance(commitFailure))
      throw new ColloquyError("STORE_FAILED", "the batch was not written", { retry: "later" })
  }
}
