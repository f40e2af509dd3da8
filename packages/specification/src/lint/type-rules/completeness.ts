import type { CheckContext } from "../checks/check.js"
import type { LintFinding } from "../report.js"
import { verdict } from "./verdict.js"

/** What keeps two people who only read the document from interoperating. */
const holes = new Set([
  "section-empty",
  "unresolved-mark",
  "left-open",
  "proto-undefined",
  "proto-elided",
  "proto-number",
  "message-undefined",
  "field-undescribed",
  "constant-undefined",
  "requirement-undefined",
  "signature-scope",
  "hash-length",
])

/** CT-12: with holes it is not met; without, a person has to tell. The findings are there already. */
export function checkCompleteness(findings: readonly LintFinding[], context: CheckContext): void {
  const found = findings.filter(({ rule }) => holes.has(rule))
  const line = Math.min(...found.map((finding) => finding.line))
  if (found.length === 0)
    verdict(context, "CT-12", "review", "no hole was found: have two people build it who only read it")
  else
    verdict(
      context,
      "CT-12",
      "unmet",
      `${found.length} hole${found.length === 1 ? "" : "s"} in the definition, the first on this line`,
      line,
    )
}
