import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"

type Line = Record<string, string | number>

/** A child process that says things in lines of JSON. It is waited for as long as it lives: a slow machine is not an error. */
export class Child implements AsyncDisposable {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<string>

  constructor(script: string, ...args: readonly string[]) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.#name = basename(script, ".js")
    this.#process = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "inherit"] })
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]()
    this.#ended = new Promise((resolve) => {
      this.#process.once("error", (error) => resolve(error.message))
      this.#process.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`))
    })
  }

  get pid(): number {
    return this.#process.pid as number
  }

  /** The next line that is not about progress; that is handed to `progress`. Rejects, with what ended it, when the process ends first. */
  async line(progress: (text: string) => void = () => undefined): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#lines.next()
      if (done === true) throw new Error(`${this.#name} ended early: ${await this.#ended}`)
      const line = JSON.parse(value) as Line
      if (line["progress"] === undefined) return line
      progress(String(line["progress"]))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill("SIGTERM")
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 30_000)
    await this.#ended
    clearTimeout(timer)
  }
}

/** What a process says that ends by itself. */
export async function told(
  script: string,
  progress: (text: string) => void,
  ...args: readonly string[]
): Promise<Line> {
  await using child = new Child(script, ...args)
  // Awaited here: leaving the block ends the process.
  return await child.line(progress)
}
