import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { ColloquyError } from "@colloquy/core"
import { withDeadline } from "../deadline.js"

/** Nothing in the demonstration takes nearly as long. */
const timeoutMs = 15_000

/** A process of the demonstration, talked to in lines. It ends with the one that started it. */
export class Child {
  readonly #process: ChildProcess
  readonly #name: string
  readonly #stop: AbortSignal
  readonly #ended: Promise<void>
  #lines: string[] = []
  #errors = ""
  #hasEnded = false
  #wake: () => void = () => undefined

  constructor(script: URL, args: readonly string[], around: { readonly name: string; readonly stop: AbortSignal }) {
    this.#name = around.name
    this.#stop = around.stop
    this.#process = spawn(process.execPath, [fileURLToPath(script), ...args], {
      env: { ...process.env, COLLOQUY_PASSPHRASE: `${around.name} knows this` },
      stdio: ["pipe", "pipe", "pipe"],
    })
    this.#process.stdin?.on("error", () => undefined)
    this.#process.stderr?.on("data", (chunk) => (this.#errors = `${this.#errors}${String(chunk)}`.slice(0, 2000)))
    if (this.#process.stdout !== null)
      createInterface({ input: this.#process.stdout }).on("line", (line) => {
        this.#lines.push(line)
        this.#wake()
      })
    this.#ended = new Promise<void>((resolve) => {
      this.#process.on("error", () => resolve())
      this.#process.on("close", () => resolve())
    }).then(() => {
      this.#hasEnded = true
      this.#wake()
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  write(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  /** Takes the first line that fits, now or later; the others stay. Throws `DEMO_FAILED`. */
  take<T>(fits: (line: string) => T | undefined, what: string): Promise<T> {
    return withDeadline(timeoutMs, this.#stop, async (signal) => {
      signal.addEventListener("abort", () => this.#wake())
      for (;;) {
        for (const [index, line] of this.#lines.entries()) {
          const taken = fits(line)
          if (taken === undefined) continue
          this.#lines.splice(index, 1)
          return taken
        }
        if (this.#hasEnded || signal.aborted)
          throw new ColloquyError("DEMO_FAILED", `${this.#name}: no ${what}. ${this.#errors}`)
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    })
  }

  /** As when the power fails: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL")
    await this.#ended
  }

  /** Lets it finish. */
  async end(): Promise<void> {
    this.#process.stdin?.end()
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), timeoutMs)
    await this.#ended
    clearTimeout(timer)
  }
}
