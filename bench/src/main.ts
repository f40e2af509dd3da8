import { parseArgs } from "node:util"
import { clientSuite } from "./client-suite.js"
import { hubSuite } from "./hub-suite.js"
import type { Result } from "./measure.js"
import { privateSuite } from "./private-suite.js"
import { profileSuite } from "./profile-suite.js"
import { scaleSuite } from "./scale-suite.js"
import type { Suite } from "./suites.js"

const suites: readonly Suite[] = [privateSuite, clientSuite, hubSuite, profileSuite, scaleSuite]

const conversationsDefault = 100_000

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    conversations: { type: "string", default: String(conversationsDefault) },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
})
const conversations = Number(values.conversations)
const chosen = suites.filter(({ name }) => values.only === undefined || name.includes(values.only))

if (values.help) {
  process.stdout.write(`npm run bench -- [--only PART] [--conversations N] [--json]
Parts: ${suites.map(({ name }) => name).join(", ")}. N conversations in the larger store of \`scale\`: ${conversationsDefault} unless told.
`)
} else if (chosen.length === 0 || !Number.isInteger(conversations) || conversations < 1) {
  process.stderr.write("There is no such part of the bench, or the number is none. See --help.\n")
  process.exitCode = 2
} else await run()

/** Each result is printed as soon as it is known; what goes on meanwhile is told on stderr. */
async function run(): Promise<void> {
  if (!values.json) process.stdout.write(line(["bench", "value", "unit", "peer", "its value", "ratio", "goal"]))
  for (const suite of chosen) {
    const startedMs = performance.now()
    const progress = (text: string): void => {
      const seconds = Math.round((performance.now() - startedMs) / 1000)
      process.stderr.write(`${suite.name}, ${seconds} s: ${text}\n`)
    }
    for await (const result of suite.run({ conversations, progress }))
      process.stdout.write(values.json ? `${JSON.stringify(forJson(result))}\n` : line(row(result)))
  }
}

function forJson({ goal: _, ...result }: Result): object {
  return result
}

function row({ bench, value, unit, peer = "", peerValue, ratio, goal = "" }: Result): string[] {
  return [bench, number(value), unit, peer, number(peerValue), ratio === undefined ? "" : `${ratio.toFixed(2)} ×`, goal]
}

function number(value: number | undefined): string {
  if (value === undefined) return ""
  return value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString("en-US")
}

function line(cells: readonly string[]): string {
  const widths = [26, 10, 6, 17, 10, 8]
  return `${cells
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join(" ")
    .trimEnd()}\n`
}
