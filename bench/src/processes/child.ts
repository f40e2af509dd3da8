import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** A child process that says things in lines of JSON. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(script: string, ...args: readonly string[]) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.#process = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
  }

  get pid(): number {
    return this.#process.pid as number
  }

  async line(): Promise<Record<string, string | number>> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error("a process of the bench ended early")
    return JSON.parse(value) as Record<string, string | number>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve))
    if (this.#process.exitCode === null) {
      this.#process.kill("SIGTERM")
      const timer = setTimeout(() => this.#process.kill("SIGKILL"), 3000)
      await ended
      clearTimeout(timer)
    }
  }
}
