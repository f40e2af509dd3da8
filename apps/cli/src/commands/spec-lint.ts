import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, isAbsolute, join, relative } from "node:path"
import { ColloquyError } from "@colloquy/core"
import {
  documentCharactersMax,
  type DocumentKind,
  lintDocument,
  type LintReport,
  type Severity,
  toSarif,
} from "@colloquy/specification"
import { ExitWith } from "../exit-with.js"
import { describeFailure, exitCodes } from "../failures.js"
import type { Output } from "../output/output.js"
import { jsonLine, printable, printableLines } from "../output/printable.js"
import { wrapped } from "../output/wrapped.js"
import { version } from "../version.js"

interface SpecLintOptions {
  readonly kind?: DocumentKind
  readonly failOn?: Severity | "never"
  readonly sarif?: true
}

const nbsp = "\u00a0"
const weights: Readonly<Record<Severity, number>> = { note: 0, warning: 1, error: 2 }

/** Ends with 1 if there is a finding of that weight, with 2 if a file could not be read. The others are reported all the same. */
export async function specLint(
  { output }: { readonly output: Output },
  files: readonly string[],
  { kind, failOn = "error", sarif }: SpecLintOptions,
): Promise<void> {
  if (sarif === true && output.json) throw new ColloquyError("USAGE", "--json and --sarif exclude each other")
  const reports: LintReport[] = []
  let isUnread = false
  for (const path of files) {
    try {
      const text = readDocument(path)
      const report = lintDocument({ path, text, ...(kind === undefined ? {} : { kind }), ...surroundings(path) })
      isUnread ||= report.findings.some(({ rule }) => rule === "document-unreadable")
      reports.push(report)
      if (sarif !== true) await show(report, output)
    } catch (error) {
      const { code, message } = describeFailure(error)
      if (!code.startsWith("SPEC_")) throw error
      isUnread = true
      await output.error(code, printable(`${path}: ${message}`))
    }
  }
  if (sarif === true)
    await output.line(JSON.stringify(toSarif(reports.map(relativeTo(process.cwd())), version()), undefined, 2))
  else if (!output.json) await output.line(summary(reports))
  if (isUnread) throw new ExitWith(exitCodes.usage)
  const isFailed = (severity: Severity): boolean => failOn !== "never" && weights[severity] >= weights[failOn]
  if (reports.some(({ findings }) => findings.some(({ severity }) => isFailed(severity))))
    throw new ExitWith(exitCodes.failure)
}

/** Throws `SPEC_NOT_FOUND`, `SPEC_UNREADABLE`, `SPEC_TOO_LONG`, `SPEC_NOT_TEXT`. */
function readDocument(path: string): string {
  let bytes: Uint8Array
  try {
    const { size } = statSync(path)
    if (size > documentCharactersMax * 4)
      throw new ColloquyError(
        "SPEC_TOO_LONG",
        `longer than a specification can be (${documentCharactersMax} characters)`,
      )
    bytes = readFileSync(path)
  } catch (cause) {
    if (cause instanceof ColloquyError) throw cause
    const { code } = cause as { readonly code?: unknown }
    if (code === "ENOENT") throw new ColloquyError("SPEC_NOT_FOUND", "there is no such file", { cause })
    const reason = code === "EISDIR" ? "a folder: name the documents in it" : `can't be read (${String(code)})`
    throw new ColloquyError("SPEC_UNREADABLE", reason, { cause })
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ColloquyError("SPEC_NOT_TEXT", "no text in UTF-8", { cause })
  }
}

/** What stands around a document, for its links. */
function surroundings(path: string): Pick<Parameters<typeof lintDocument>[0], "exists" | "read"> {
  const folder = dirname(path)
  return {
    exists: (link) => existsSync(join(folder, link)),
    read: (link) => {
      try {
        return readDocument(join(folder, link))
      } catch {
        return undefined
      }
    },
  }
}

/** For a person, what is found stands below its place, in 80 columns; for programs, on one line. */
async function show(report: LintReport, output: Output): Promise<void> {
  if (output.json) return output.line(jsonLine(report))
  const { path, findings, typeRules, kind, kindReason, type } = report
  for (const { line, column, severity, rule, message } of findings)
    await output.line(
      output.isTerminal
        ? `${printable(`${path}:${line}:${column}: ${severity} ${rule}`)}\n${wrapped(printable(message), 4)}`
        : printable(`${path}:${line}:${column}: ${severity} ${rule}: ${message}`),
    )
  const judged = printable(`${path}: ${type ?? kind}${type === undefined ? "" : `, ${kind}`} (${kindReason})`)
  await output.line(output.isTerminal ? wrapped(judged, 0) : judged)
  for (const verdict of ["met", "unmet"] as const) {
    const rules = typeRules.filter((one) => one.verdict === verdict)
    const list = rules.map(({ id, line }) => (line === undefined ? id : `${id}${nbsp}(${line})`)).join(", ")
    if (rules.length > 0) await output.line(wrapped(`${verdict.padEnd(6)}  ${list}`, 2).replaceAll(nbsp, " "))
  }
  // What only a person can tell is said in full: nothing else tells him where to look.
  for (const { id, line, message } of typeRules.filter(({ verdict }) => verdict === "review"))
    await output.line(
      printableLines(wrapped(`review  ${id}${line === undefined ? "" : ` (${line})`}: ${message}`, 2)).join("\n"),
    )
}

function summary(reports: readonly LintReport[]): string {
  const all = reports.flatMap(({ findings }) => findings)
  const count = (severity: Severity): string => {
    const { length } = all.filter((finding) => finding.severity === severity)
    return `${length} ${severity}${length === 1 ? "" : "s"}`
  }
  const documents = `${reports.length} document${reports.length === 1 ? "" : "s"}`
  return `${documents}: ${count("error")}, ${count("warning")}, ${count("note")}`
}

/** Code hosts want paths from where the tool was run. */
function relativeTo(folder: string): (report: LintReport) => LintReport {
  return (report) => {
    const path = isAbsolute(report.path) ? relative(folder, report.path) : report.path
    return { ...report, path: path.startsWith("..") ? report.path : path }
  }
}
