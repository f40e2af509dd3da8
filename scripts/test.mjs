// `npm test`: set-up, the checks, the tests. `npm test -- FILTER...` leaves the checks out and runs the tests that match.
// Ends with the line `N passed, N failed`, and `, N skipped` where there are some; a failed check counts as a failed test.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { spawn } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { check } from "./check.mjs"
import { root, tool } from "./lib/root.mjs"
import { seconds } from "./lib/run.mjs"
import { setUp, SetupError } from "./setup.mjs"

const filters = process.argv.slice(2)
/** A test that loops cannot be timed out from inside its process. */
const limitMinutes = 30

try {
  await setUp()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  say(error.message)
  close({ passed: 0, failed: 1, skipped: 0 })
  process.exit(1)
}

const failedChecks = filters.length > 0 ? [] : await check()
say("")
const { passed, failed, skipped } = await runTests()
if (failedChecks.length > 0) say(`\nfailed checks: ${failedChecks.join(", ")}`)
close({ passed, failed: failed + failedChecks.length, skipped })
process.exitCode = failed + failedChecks.length > 0 ? 1 : 0

async function runTests() {
  const startedAt = performance.now()
  const folder = mkdtempSync(join(tmpdir(), "colloquy-test-"))
  try {
    const report = join(folder, "report.json")
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
    const code = await inherit([tool("vitest", "vitest.mjs"), "run", ...reporters, ...filters])
    say(`tests took ${seconds(performance.now() - startedAt)}`)
    return count(code, existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A file that could not be loaded, and an error outside any test, fail without a failed test: each such run counts as one. */
function count(code, report) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length
  const failed = report.numFailedTests + unloaded
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** Runs in a process group of its own, so that workers that loop end with it. */
function inherit(args) {
  return new Promise((resolve) => {
    const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: "1" }
    const grouped = process.platform !== "win32"
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: ["ignore", "inherit", "inherit"],
      detached: grouped,
    })
    const end = () => {
      try {
        process.kill(grouped ? -child.pid : child.pid, "SIGKILL")
      } catch {
        // It has ended by itself.
      }
    }
    const interrupted = () => process.exit(130)
    const limit = setTimeout(() => {
      say(`\nthe tests did not end within ${limitMinutes} minutes: a file that is not listed above hangs`)
      end()
    }, limitMinutes * 60_000)
    process.on("exit", end)
    process.on("SIGINT", interrupted)
    process.on("SIGTERM", interrupted)
    const done = (code) => {
      clearTimeout(limit)
      end()
      process.off("exit", end)
      process.off("SIGINT", interrupted)
      process.off("SIGTERM", interrupted)
      resolve(code)
    }
    child.on("error", () => done(1))
    child.on("close", (code) => done(code ?? 1))
  })
}

function close({ passed, failed, skipped }) {
  say(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
