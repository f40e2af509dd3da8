import { spawn } from "node:child_process"
import { root } from "./root.mjs"

/**
 * Runs a program in the repository with no standard input and gathers what it prints.
 * Resolves with its exit code (1 when a signal ended it or it could not start), the output and the milliseconds it took.
 */
function run(command, args, { env = {} } = {}) {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    const chunks = []
    const done = (code) =>
      resolve({ code, output: Buffer.concat(chunks).toString(), elapsedMs: performance.now() - startedAt })
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && command === "npm",
    })
    child.stdout.on("data", (chunk) => chunks.push(chunk))
    child.stderr.on("data", (chunk) => chunks.push(chunk))
    child.on("error", (error) => {
      chunks.push(Buffer.from(`${error.message}\n`))
      done(1)
    })
    child.on("close", (code) => done(code ?? 1))
  })
}

/** The same for a program of ours or of a dependency that Node runs. */
export function runNode(args, options) {
  return run(process.execPath, args, options)
}

/** The npm that started us, else the one on the path. */
export function runNpm(args, options) {
  const npm = process.env["npm_execpath"]
  return npm !== undefined && /npm-cli\.c?js$/.test(npm) ? runNode([npm, ...args], options) : run("npm", args, options)
}

export function seconds(elapsedMs) {
  return `${(elapsedMs / 1000).toFixed(1)} s`
}

export function indent(text) {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n")
}
