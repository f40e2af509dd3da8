import type { Checked, ConformanceReport } from "../report.js"
import { resultText, summary, verdictWord } from "./words.js"

const width = 100

/** The report for a terminal: at most 100 columns wide, and nothing in it depends on colour. */
export function reportToTable(report: ConformanceReport): string {
  const lines = [`${report.type}  ${report.title}, ${report.document}  (seed ${report.seed})`, "", "Rules"]
  for (const { id, level, verdict, rule, checks } of report.rules) {
    lines.push(...hanging(`  ${id.padEnd(6)} ${level.padEnd(7)} ${verdictWord(verdict).padEnd(15)} `, rule))
    lines.push(...remarks(checks))
  }
  if (report.guarantees.length > 0) lines.push("", "Guarantees")
  for (const { name, verdict, scope, except, checks } of report.guarantees) {
    const tries = checks.length === 0 ? "no check" : `${checks.length} ${checks.length === 1 ? "check" : "checks"}`
    lines.push(`  ${name.padEnd(30)} ${verdictWord(verdict).padEnd(15)} ${tries}`)
    lines.push(...hanging("      ", scope))
    if (except !== undefined) lines.push(...hanging("      but not: ", except))
    lines.push(...remarks(checks))
  }
  if (report.exceptions.length > 0) lines.push("", "Not attacked")
  for (const { name, of, leavesOut, reason } of report.exceptions)
    lines.push(...hanging(`  ${name.padEnd(30)} `, of.join(", ")), ...hanging("      ", `${leavesOut} Why: ${reason}`))
  return [...lines, "", ...hanging("", summary(report)), ""].join("\n")
}

/** What wants to be read: findings, questions, and what does not apply. */
function remarks(checks: readonly Checked[]): string[] {
  return checks
    .filter(({ result }) => result.verdict !== "held")
    .flatMap((checked) => hanging(`      ${checked.id} ${verdictWord(checked.result.verdict)}: `, resultText(checked)))
}

/** Text in lines of the table's width, the first behind a lead, the others as far in. */
function hanging(lead: string, text: string): string[] {
  const indent = Math.min(lead.length, 33)
  const lines: string[] = []
  let line = lead
  let isEmpty = true
  for (const word of text.split(/\s+/).flatMap(chunks)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd())
      line = " ".repeat(indent)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line.trimEnd()]
}

/** A word that no line holds is cut. */
function chunks(word: string): string[] {
  const longest = width - 40
  return word.length <= longest ? [word] : (word.match(new RegExp(`.{1,${longest}}`, "gu")) ?? [word])
}
