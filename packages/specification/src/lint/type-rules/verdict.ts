import { type RequirementId, requirements } from "@colloquy/core"
import type { CheckContext } from "../checks/check.js"
import type { Place, TypeRuleResult } from "../report.js"

/** Notes how the document stands to a rule, without a finding. */
export function verdict(
  { judge }: CheckContext,
  id: RequirementId,
  verdict: TypeRuleResult["verdict"],
  message: string,
  line?: number,
): void {
  judge({ id, level: requirements[id].level, verdict, message, ...(line === undefined ? {} : { line }) })
}

/** An unmet rule and the finding that says what to do, as heavy as the rule's level. */
export function unmet(context: CheckContext, id: RequirementId, message: string, place: Place): void {
  const { level } = requirements[id]
  verdict(context, id, "unmet", message, place.line)
  context.report(id, place, message, level === "must" ? "error" : level === "should" ? "warning" : "note")
}

/** Where the lack of something is reported: at the section that it belongs in, else at the title. */
export function homeOf({ document }: CheckContext, heading?: RegExp): Place {
  const section = heading === undefined ? undefined : document.sections.find((one) => heading.test(one.heading))
  const { line, column } = section ?? document.title ?? { line: 1, column: 1 }
  return { line, column }
}
