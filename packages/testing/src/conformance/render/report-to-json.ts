import type { ConformanceReport } from "../report.js"

/** A report with the name of its form, so that programs know what they read. */
export interface JsonReport extends ConformanceReport {
  readonly format: "colloquy/conformance-report/1"
}

/** The report as a value that can be cloned and written as JSON: plain objects, arrays, strings, finite numbers and booleans. */
export function reportToJson(report: ConformanceReport): JsonReport {
  return { format: "colloquy/conformance-report/1", ...report }
}
