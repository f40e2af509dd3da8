import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { ColloquyError, type TypeId } from "@colloquy/core"
import type { Report } from "@colloquy/specification"

/** Where a type's conformance report lies, so that its document can be compared with it in no time: `specs/evidence/private-v1.json`. */
export function reportPath(document: string): string {
  return join(dirname(document), "evidence", basename(document).replace(/\.md$/, ".json"))
}

/** `undefined` where there is none. Throws `REPORT_UNREADABLE` for what is no report, or another type's. */
export function readReport(file: string, type: TypeId): Report | undefined {
  if (!existsSync(file)) return undefined
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Report
    if (report.type === type && Array.isArray(report.rules) && Array.isArray(report.guarantees)) return report
  } catch (cause) {
    throw new ColloquyError("REPORT_UNREADABLE", `${file} is no conformance report`, { cause })
  }
  throw new ColloquyError("REPORT_UNREADABLE", `${file} is no conformance report of ${type}`)
}

export function writeReport(file: string, report: Report): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`)
}
