import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

export interface CommitLoop {
  /** Resolves when the store is open in the process, or when the process has ended. */
  readonly ready: Promise<void>
  kill(): void
  /** The lines that it printed before it ended, besides `ready`. */
  readonly ended: Promise<readonly string[]>
}

const testFolder = fileURLToPath(new URL(".", import.meta.url))

/**
 * Runs the compiled package in a process of its own. With `fileKib` that process can't make a file longer than this, and it never scrubs, so that its log
 * gets there.
 */
export function startCommitLoop(path: string, first: number, fileKib?: number): CommitLoop {
  checkCompiled()
  const args = [join(testFolder, "commit-loop.mjs"), path, String(first), fileKib === undefined ? "40" : "Infinity"]
  const stdio = ["ignore", "pipe", "inherit"] as const
  const child: ChildProcess =
    fileKib === undefined
      ? spawn(process.execPath, args, { stdio: [...stdio] })
      : spawn("bash", ["-c", `ulimit -f ${fileKib}; exec "$0" "$@"`, process.execPath, ...args], { stdio: [...stdio] })
  const lines: string[] = []
  let isReady = (): void => undefined
  const ready = new Promise<void>((resolve) => (isReady = resolve))
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    if (line === "ready") isReady()
    else lines.push(line)
  })
  const ended = new Promise<readonly string[]>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", () => {
      isReady()
      resolve(lines)
    })
  })
  return { ready, kill: () => void child.kill("SIGKILL"), ended }
}

function checkCompiled(): void {
  const built = join(testFolder, "../dist/.tsbuildinfo")
  const sources = join(testFolder, "../src")
  const newest = Math.max(...readdirSync(sources).map((name) => statSync(join(sources, name)).mtimeMs))
  if (!existsSync(built) || statSync(built).mtimeMs < newest)
    throw new Error("this test runs the compiled package, and that is older than the source: run `npx tsc -b` first")
}
