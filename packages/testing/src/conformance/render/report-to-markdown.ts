import type { ConformanceReport, RuleResult } from "../report.js"
import { allChecks, resultText, summary, verdictWord } from "./words.js"

export interface MarkdownOptions {
  /** Of the report's own heading, 1 to 5; 2 by default. */
  readonly level?: number
}

/** The report for a document: tables of rules, guarantees and checks, formatted as prettier formats them. */
export function reportToMarkdown(report: ConformanceReport, options: MarkdownOptions = {}): string {
  const { level = 2 } = options
  const heading = (text: string, below = 0): string => `${"#".repeat(level + below)} ${text}`
  const rules = report.rules.map((result) => [
    result.id,
    result.level,
    result.rule,
    verdictWord(result.verdict),
    [...statements(result), ...counted(result.checks)].join(" "),
  ])
  const guarantees = report.guarantees.map(({ name, scope, except = "", verdict, checks }) => [
    name,
    scope,
    except,
    verdictWord(verdict),
    checks.map(({ id }) => id).join(", "),
  ])
  const checks = allChecks(report).map((checked) => [
    checked.id,
    checked.title,
    verdictWord(checked.result.verdict),
    resultText(checked),
  ])
  return [
    heading(`Conformance of ${report.type}`),
    "",
    `${summary(report)} Seed ${report.seed}.`,
    "",
    heading("Rules", 1),
    "",
    ...table(["id", "level", "rule", "verdict", "evidence"], rules),
    "",
    ...(guarantees.length === 0
      ? []
      : [
          heading("Guarantees", 1),
          "",
          ...table(["guarantee", "scope", "but not", "verdict", "checks"], guarantees),
          "",
        ]),
    ...(report.exceptions.length === 0
      ? []
      : [
          heading("Not attacked", 1),
          "",
          ...table(
            ["exception", "of", "left out", "why"],
            report.exceptions.map(({ name, of, leavesOut, reason }) => [name, of.join(", "), leavesOut, reason]),
          ),
          "",
        ]),
    heading("Checks", 1),
    "",
    ...table(["id", "what holds", "verdict", "seen"], checks),
    "",
  ].join("\n")
}

/** What a rule rests on besides its checks, which have a table of their own. */
function statements({ evidence, checks }: RuleResult): readonly string[] {
  return evidence.filter((text) => !checks.some(({ id }) => text.startsWith(`${id}:`) || text.startsWith(`${id} `)))
}

function counted(checks: RuleResult["checks"]): readonly string[] {
  const held = checks.filter(({ result }) => result.verdict === "held").length
  const broken = checks.filter(({ result }) => result.verdict === "broken").map(({ id }) => id)
  return [
    ...(held === 0 ? [] : [`${held} ${held === 1 ? "check" : "checks"} held.`]),
    ...(broken.length === 0 ? [] : [`Broken: ${broken.join(", ")}.`]),
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map(escaped))
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => lengthOf(row[column] ?? ""))))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + " ".repeat((widths[column] as number) - lengthOf(cell))).join(" | ")} |`
  const [first = [], ...others] = cells
  return [line(first), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...others.map(line)]
}

/** Text that stays in its cell, and is read as it is. */
function escaped(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[|<>*_[\]]/g, (character) => `\\${character}`)
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
