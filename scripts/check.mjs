// Everything that can be checked without running the code, side by side. `node scripts/check.mjs NAME...` runs some of it.
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { checks } from "./lib/checks.mjs"
import { indent, runNode, seconds } from "./lib/run.mjs"

const linesMax = 40

/** Runs the checks of these names (all of them by default), prints a line each, and resolves with the names of those that failed. */
export async function check(names = []) {
  const unknown = names.filter((name) => !checks.some((known) => known.name === name))
  if (unknown.length > 0)
    throw new Error(`no such check: ${unknown.join(", ")}. There are ${checks.map(({ name }) => name).join(", ")}.`)
  const chosen = checks.filter(({ name }) => names.length === 0 || names.includes(name))
  const failed = []
  await Promise.all(
    chosen.map(async ({ name, holds, args }) => {
      const { code, output, elapsedMs } = await runNode(args, { env: { NO_COLOR: "1", FORCE_COLOR: undefined } })
      if (code === 0) return say(`ok      ${name.padEnd(11)} ${seconds(elapsedMs).padStart(7)}  ${holds}`)
      failed.push(name)
      const shown = names.length > 0 ? output : shorten(output, name)
      say(`FAILED  ${name.padEnd(11)} ${seconds(elapsedMs).padStart(7)}  ${holds}\n${indent(shown)}`)
    }),
  )
  return failed
}

/** The beginning of a long output, and how to see the rest. */
function shorten(output, name) {
  const lines = output.trim().split("\n")
  if (lines.length <= linesMax + 1) return output
  return [
    ...lines.slice(0, linesMax),
    `... ${lines.length - linesMax} lines more: node scripts/check.mjs ${name}`,
  ].join("\n")
}

function say(line) {
  process.stdout.write(`${line}\n`)
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const failed = await check(process.argv.slice(2))
  if (failed.length > 0) {
    say(`\n${failed.length} of the checks failed: ${failed.join(", ")}`)
    process.exitCode = 1
  }
}
