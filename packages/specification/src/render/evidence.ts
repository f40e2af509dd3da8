import type { RootContent } from "mdast"
import { code, count, type Inline, paragraph, table } from "./nodes.js"
import type { Report, ReportedCheck, ReportedGuarantee, ReportedRule } from "./report.js"

/** What was found when the type was run and attacked: claims with each attack, then rules with what they rest on. */
export function evidence({ type, seed, conforms, exceptions = [], rules, guarantees }: Report): readonly RootContent[] {
  return [
    paragraph([
      code(type),
      conforms ? " conforms" : " does not conform",
      `: the conformance kit, seed ${seed}. `,
      code(`colloquy types check ${type}`),
      " runs it again and shows each check.",
    ]),
    ...(guarantees.length === 0
      ? []
      : [table([["claim", "verdict", "what was tried", "tries", "figures"], ...guarantees.flatMap(attacks)])]),
    ...(exceptions.length === 0
      ? []
      : [
          paragraph("What was not attacked, as the type's fixture asks:"),
          table([
            ["exception", "of", "left out", "why"],
            ...exceptions.map(({ name, of, leavesOut, reason }) => [code(name), of.join(", "), leavesOut, reason]),
          ]),
        ]),
    table([["rule", "level", "a type", "verdict", "what it rests on", "checks", "tries"], ...rules.map(ruling)]),
  ]
}

/** A row for each attack; claim and verdict stand in the first one. */
function attacks({ name, verdict, checks }: ReportedGuarantee): readonly (readonly Inline[])[] {
  if (checks.length === 0) return [[name, verdict, "", "", ""]]
  return checks.map(({ title, result }, index) => [
    index === 0 ? name : "",
    index === 0 ? verdict : "",
    result.verdict === "held" ? title : `${title}: ${outcome(result)}`,
    result.verdict === "held" ? count(result.tries) : "",
    result.verdict === "held" || result.verdict === "broken" ? figures(result.facts) : "",
  ])
}

function outcome(result: Exclude<ReportedCheck["result"], { readonly verdict: "held" }>): string {
  switch (result.verdict) {
    case "broken":
      return `broken, ${result.finding}`
    case "review":
      return `by review, ${result.question}`
    case "not-applicable":
      return `not applicable, ${result.reason}`
  }
}

/** What a check found stands in the kit's own report; here is how many there were. */
function ruling({ id, level, rule, verdict, evidence: said, checks }: ReportedRule): readonly Inline[] {
  const own = said.filter(
    (sentence) => !checks.some((check) => sentence.startsWith(`${check.id}:`) || sentence.startsWith(`${check.id} `)),
  )
  const broken = checks.flatMap(({ id: check, result }) =>
    result.verdict === "broken" ? [`${check} is broken: ${result.finding}.`] : [],
  )
  const held = checks.flatMap(({ result }) => (result.verdict === "held" ? [result.tries] : []))
  return [
    id,
    level,
    rule.split("`").map((part, index) => (index % 2 === 0 ? part : code(part))),
    verdict === "review" ? "by review" : verdict.replace("-", " "),
    [...own, ...broken].join(" "),
    held.length === 0 ? "" : count(held.length),
    held.length === 0 ? "" : count(held.reduce((sum, tries) => sum + tries, 0)),
  ]
}

function figures(facts: Readonly<Record<string, string | number>> = {}): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${typeof value === "number" ? count(value) : value}`)
    .join("; ")
}
