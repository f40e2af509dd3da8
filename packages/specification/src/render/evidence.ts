import type { RootContent } from "mdast"
import { code, type Inline, paragraph, table } from "./nodes.js"
import type { Report, ReportedCheck } from "./report.js"

/** What was found when the type was attacked: rules, then claims, each with its checks. */
export function evidence({ type, seed, conforms, rules, guarantees }: Report): readonly RootContent[] {
  const verdict = conforms ? "conforms" : "does not conform"
  return [
    paragraph([
      code(type),
      ` ${verdict}: the conformance kit with seed ${seed}. A rule that is met by review is one that only a person can judge.`,
    ]),
    table([
      ["rule", "level", "a type", "verdict", "evidence"],
      ...rules.map(({ id, level, rule, verdict: found, evidence: said, checks }) => [
        id,
        level,
        rule,
        found === "review" ? "by review" : found.replace("-", " "),
        sentences([...said, ...checks.map(seen)]),
      ]),
    ]),
    ...(guarantees.length === 0
      ? []
      : [
          table([
            ["claim", "verdict", "what was tried"],
            ...guarantees.map(({ name, verdict: found, checks }) => [name, found, sentences(checks.map(seen))]),
          ]),
        ]),
  ]
}

function seen({ title, result }: ReportedCheck): string {
  switch (result.verdict) {
    case "held":
      return `${title} (${result.tries === 1 ? "1 try" : `${result.tries} tries`}${figures(result.facts)})`
    case "broken":
      return `${title}: broken, ${result.finding}${figures(result.facts)}`
    case "review":
      return `${title}: ${result.question}`
    case "not-applicable":
      return `${title}: not applicable, ${result.reason}`
  }
}

/** Figures only: payloads and keys stay in the report. */
function figures(facts: Readonly<Record<string, string | number>> = {}): string {
  const numbers = Object.entries(facts).filter(([, value]) => typeof value === "number")
  return numbers.map(([name, value]) => `, ${name} ${value}`).join("")
}

function sentences(parts: readonly string[]): Inline {
  return parts.join("; ")
}
