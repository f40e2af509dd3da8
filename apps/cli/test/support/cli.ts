import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../../..", import.meta.url))
export const cli = resolve(root, "apps/cli/bin/colloquy.mjs")

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What is written to standard input, which is closed then; `open` leaves it as it is. */
  readonly input?: string | Uint8Array
  readonly open?: boolean
  /** A file in place of standard output. */
  readonly out?: number
  /** Without the terminal that the tests may have been started from. */
  readonly detached?: boolean
}

/**
 * The tests drive what was built. Throws unless `tsc -b` has built the command line and all that it needs from the sources as they are;
 * `COLLOQUY_DIST=any` takes what is there.
 */
export function assertBuilt(): void {
  if (!existsSync(resolve(root, "apps/cli/dist/main.js"))) throw new Error("apps/cli is not built: run `npx tsc -b`")
  if (process.env["COLLOQUY_DIST"] === "any") return
  const tsc = resolve(root, "node_modules/typescript/bin/tsc")
  const plan = execFileSync(process.execPath, [tsc, "-b", "--dry", "apps/cli"], { cwd: root, encoding: "utf8" })
  const stale = [...plan.matchAll(/would build project '([^']+)'/g)].map(([, project]) => project)
  if (stale.length > 0) throw new Error(`built from other sources than these: run \`npx tsc -b\` (${stale.join(", ")})`)
}

/** One command under way. Its environment holds nothing of the one that the tests run in but what Node needs. */
export class Command {
  readonly process: ChildProcess
  readonly done: Promise<Finished>
  #out = ""
  #err = ""
  #wake: () => void = () => undefined

  constructor(args: readonly string[], { env = {}, input, open = false, out, detached = false }: RunOptions = {}) {
    this.process = spawn(process.execPath, [cli, ...args], {
      env: { PATH: process.env["PATH"], TZ: "UTC", ...env },
      stdio: ["pipe", out ?? "pipe", "pipe"],
      detached,
    })
    this.process.stdin?.on("error", () => undefined)
    if (!open) this.process.stdin?.end(input)
    this.process.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#out += chunk
      this.#wake()
    })
    this.process.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.#err += chunk
      this.#wake()
    })
    this.done = new Promise((fulfil) => {
      this.process.on("close", (code, signal) => {
        fulfil({ code, signal, out: this.#out, err: this.#err })
        this.#wake()
      })
    })
  }

  /** Waits until standard output, or standard error, holds this. Throws when the command ends before. */
  async says(pattern: RegExp): Promise<void> {
    let hasEnded = false
    void this.done.then(() => (hasEnded = true))
    while (!pattern.test(this.#out) && !pattern.test(this.#err)) {
      if (hasEnded) throw new Error(`ended without ${String(pattern)}: ${this.#out}${this.#err}`)
      await new Promise<void>((wake) => (this.#wake = wake))
      await Promise.resolve()
    }
  }

  kill(signal: NodeJS.Signals): Promise<Finished> {
    this.process.kill(signal)
    return this.done
  }
}

export function run(args: readonly string[], options?: RunOptions): Promise<Finished> {
  return new Command(args, options).done
}

/** The lines of JSON that a command printed. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
