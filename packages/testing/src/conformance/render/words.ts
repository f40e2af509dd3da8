import type { CheckResult } from "../check.js"
import type { Checked, ConformanceReport, GuaranteeResult, RuleResult } from "../report.js"

/** A verdict as it stands in a table. */
export function verdictWord(
  verdict: RuleResult["verdict"] | GuaranteeResult["verdict"] | CheckResult["verdict"],
): string {
  switch (verdict) {
    case "review":
      return "by review"
    case "not-applicable":
      return "not applicable"
    default:
      return verdict
  }
}

/** What a check saw, in a line. */
export function resultText({ result }: Checked): string {
  switch (result.verdict) {
    case "held": {
      const facts = Object.entries(result.facts ?? {}).map(([name, value]) => `${name}: ${value}`)
      return [`${result.tries.toLocaleString("en")} ${result.tries === 1 ? "try" : "tries"}`, ...facts].join(", ")
    }
    case "broken": {
      const facts = Object.entries(result.facts ?? {}).map(([name, value]) => `${name}: ${value}`)
      return [result.finding, ...facts].join("; ")
    }
    case "review":
      return result.question
    case "not-applicable":
      return result.reason
  }
}

/** Every check that was run, rules first. */
export function allChecks({ rules, guarantees }: ConformanceReport): readonly Checked[] {
  return [...rules, ...guarantees].flatMap(({ checks }) => checks)
}

/** The report in one sentence. */
export function summary(report: ConformanceReport): string {
  const checks = allChecks(report)
  const broken = checks.filter(({ result }) => result.verdict === "broken").length
  const unmet = report.rules.filter(({ verdict }) => verdict === "unmet").map(({ id }) => id)
  const lost = report.guarantees.filter(({ verdict }) => verdict === "broken").map(({ name }) => name)
  const { length } = report.exceptions
  const parts = [
    `${checks.length} checks, ${broken} broken`,
    ...(length === 0 ? [] : [`${length} ${length === 1 ? "exception" : "exceptions"} stated`]),
    ...(unmet.length === 0 ? [] : [`unmet: ${unmet.join(", ")}`]),
    ...(lost.length === 0 ? [] : [`not kept: ${lost.join(", ")}`]),
  ]
  return `${report.type} ${report.conforms ? "conforms" : "does not conform"}: ${parts.join("; ")}.`
}
