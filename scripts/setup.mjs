// Makes the checkout ready to run: packages installed, the native module loads, everything compiled. Does only what is missing.
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { withLock } from "./lib/lock.mjs"
import { root, tool } from "./lib/root.mjs"
import { indent, runNode, runNpm, seconds } from "./lib/run.mjs"

const nodeMin = [20, 19]
const stamp = tool(".colloquy-setup")

/** Throws a `SetupError` that says what failed and how. */
export async function setUp() {
  checkNode()
  await withLock(
    join(root, ".setup.lock"),
    (pid) => say(`another set-up is running here (process ${pid}): waiting for it`),
    async () => {
      await install()
      await loadNative()
      await step("compiling TypeScript", () => runNode([tool("typescript", "bin", "tsc"), "-b"]))
    },
  )
}

export class SetupError extends Error {}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return
  throw new SetupError(
    `Colloquy needs Node ${nodeMin.join(".")} or later; this is Node ${process.versions.node} at ${process.execPath}.`,
  )
}

async function install() {
  const lock = readFileSync(join(root, "package-lock.json"))
  const digest = createHash("sha256").update(lock).digest("hex")
  if (read(stamp) === digest) return
  if (!isInstalled(JSON.parse(lock.toString())))
    await step("installing packages (the first time one or two minutes, since SQLite is compiled)", () =>
      runNpm(["ci", "--no-audit", "--no-fund", "--loglevel=warn"], { env: nativeBuild() }),
    )
  writeFileSync(stamp, digest)
}

/** Whether what npm says it installed is what the lock file asks for, so that a plain `npm install` before is good enough. */
function isInstalled(lock) {
  const text = read(tool(".package-lock.json"))
  if (text === undefined || !existsSync(tool(".bin", "colloquy"))) return false
  const installed = JSON.parse(text).packages
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.includes("node_modules/")) return true
    const found = installed[path]
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true || wanted.peer === true
    return found.version === wanted.version && existsSync(join(root, path))
  })
}

/** npm can leave the native module out: it may not run install scripts, or none was built for this version of Node. */
async function loadNative() {
  const attempt = () => runNode(["-e", "new (require('better-sqlite3'))(':memory:').close()"])
  if ((await attempt()).code === 0) return
  await step("building the native module better-sqlite3 (about a minute)", () =>
    runNpm(["rebuild", "better-sqlite3"], { env: nativeBuild() }),
  )
  const { code, output } = await attempt()
  if (code !== 0)
    throw new SetupError(
      `better-sqlite3 was built and does not load. A C++ compiler and python3 are needed.\n${indent(output)}`,
    )
}

/** Node's own headers, where they lie beside it, spare a download. */
function nativeBuild() {
  const prefix = resolve(dirname(process.execPath), "..")
  const found = existsSync(join(prefix, "include", "node", "node.h"))
  return found && process.env["npm_config_nodedir"] === undefined ? { npm_config_nodedir: prefix } : {}
}

async function step(title, work) {
  say(`${title} ...`)
  const startedAt = performance.now()
  const heartbeat = setInterval(() => say(`  still at it after ${seconds(performance.now() - startedAt)}`), 20_000)
  const { code, output, elapsedMs } = await work().finally(() => clearInterval(heartbeat))
  if (code !== 0) throw new SetupError(`${title}: failed after ${seconds(elapsedMs)}\n${indent(output)}`)
  say(`  done in ${seconds(elapsedMs)}`)
}

function say(line) {
  process.stdout.write(`${line}\n`)
}

function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await setUp()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  }
}
