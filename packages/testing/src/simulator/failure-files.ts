import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { report, type Run } from "./simulate.js"
import { svgDiagram } from "./trace/svg-diagram.js"

/** The folder for what a run leaves: the one that was asked for, else a new one. */
export function traceFolder(wanted: string | undefined): string {
  if (wanted === undefined) return mkdtempSync(join(tmpdir(), "colloquy-traces-"))
  mkdirSync(wanted, { recursive: true })
  return resolve(wanted)
}

/** Writes the plan as JSON, the trace as text and the diagram as SVG. The names of the files, without their endings, come back. */
export function writeRun(run: Run, folder: string, name = ""): string {
  const { plan, violations, trace } = run
  const base = join(folder, `seed-${plan.seed}-${plan.scenario}${name}`)
  writeFileSync(`${base}.json`, `${JSON.stringify(plan, undefined, 1)}\n`)
  writeFileSync(`${base}.txt`, `${report(run, Number.POSITIVE_INFINITY)}\n`)
  const [first] = violations
  const title = `seed ${plan.seed}, ${plan.scenario}${first === undefined ? "" : `: ${first.property}: ${first.text}`}`
  writeFileSync(`${base}.svg`, svgDiagram(trace, title))
  return base
}
