import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { ColloquyError } from "@colloquy/core"
import type { Flow, Report } from "@colloquy/specification"

/** What was seen when a type was run: kept as a file, so that a document can be compared with it in no time. */
export interface Evidence {
  readonly report?: Report
  readonly flow?: Flow
}

/** Nothing where there is no file. Throws `EVIDENCE_DAMAGED` for one that is no evidence. */
export function readEvidence(file: string): Evidence {
  if (!existsSync(file)) return {}
  try {
    const { report, flow } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly report?: Report
      readonly flow?: Flow
    }
    const isReport = report === undefined || (Array.isArray(report.rules) && Array.isArray(report.guarantees))
    const isFlow = flow === undefined || (Array.isArray(flow.people) && Array.isArray(flow.arrows))
    if (!isReport || !isFlow) throw new ColloquyError("EVIDENCE_DAMAGED", `${file} is no evidence`)
    return { ...(report === undefined ? {} : { report }), ...(flow === undefined ? {} : { flow }) }
  } catch (cause) {
    throw new ColloquyError("EVIDENCE_DAMAGED", `${file} is no evidence`, { cause })
  }
}

export function writeEvidence(file: string, evidence: Evidence): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`)
}
