/** The exit codes that shells expect of who ends by a signal: 128 and its number. */
const numbers = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/** The first signal asks the command to end; the second ends the process as it is. */
export class Interruption {
  readonly #abort = new AbortController()
  #exitCode: number | undefined

  readonly signal: AbortSignal = this.#abort.signal

  /** What to exit with; `undefined` while no signal came. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }

  listen(): void {
    for (const [name, exitCode] of Object.entries(numbers))
      process.on(name as keyof typeof numbers, () => {
        if (this.#exitCode !== undefined) process.exit(exitCode)
        this.#exitCode = exitCode
        this.#abort.abort()
      })
  }
}
