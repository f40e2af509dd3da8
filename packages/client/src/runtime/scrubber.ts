import type { Storage } from "@colloquy/core"
import type { Environment } from "../environment.js"

/** Commits leave what they replaced readable in the store for at most this long. */
const delayMs = 500

/** Erases at rest, soon after what was replaced: one scrub for all commits of half a second. */
export class Scrubber {
  readonly #storage: Storage
  readonly #environment: Environment
  #cancel: (() => void) | undefined
  #closed = false

  constructor(storage: Storage, environment: Environment) {
    this.#storage = storage
    this.#environment = environment
  }

  /** Something was committed. */
  note(): void {
    if (this.#closed) return
    this.#cancel ??= this.#environment.clock.after(delayMs, () => {
      this.#cancel = undefined
      this.#storage.scrub().catch(() => {
        this.#environment.logger.log("warn", "scrub-failed")
        this.note()
      })
    })
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }
}
