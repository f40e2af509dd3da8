import { parseArgs } from "node:util"
import { clientSuite } from "./client-suite.js"
import { hubSuite } from "./hub-suite.js"
import type { Result } from "./measure.js"
import { privateSuite } from "./private-suite.js"
import { scaleSuite } from "./scale-suite.js"
import type { Suite } from "./suites.js"

const suites: readonly Suite[] = [privateSuite, clientSuite, hubSuite, scaleSuite]

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
})

if (values.help) {
  process.stdout.write(`npm run bench -- [--only PART] [--json]\nParts: ${suites.map(({ name }) => name).join(", ")}\n`)
} else {
  const chosen = suites.filter(({ name }) => values.only === undefined || name.includes(values.only))
  if (chosen.length === 0) {
    process.stderr.write(`No part of the bench matches ${values.only ?? ""}.\n`)
    process.exitCode = 2
  }
  const rows: string[][] = [["bench", "value", "unit", "peer", "its value", "ratio", "goal"]]
  for (const suite of chosen) {
    if (!values.json) process.stderr.write(`${suite.name} ...\n`)
    for (const result of await suite.run()) {
      if (values.json) process.stdout.write(`${JSON.stringify(forJson(result))}\n`)
      else rows.push(row(result))
    }
  }
  if (!values.json && chosen.length > 0) process.stdout.write(table(rows))
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

function table(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows
    .map(
      (cells) =>
        `${cells
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("")
}
