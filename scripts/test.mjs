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

function inherit(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] })
    child.on("error", () => resolve(1))
    child.on("close", (code) => resolve(code ?? 1))
  })
}

function close({ passed, failed, skipped }) {
  say(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
