import type { AnyConversationType } from "@colloquy/core"
import type { Check } from "./check.js"
import type { Checked, GuaranteeResult } from "./report.js"

/** What became of each claim: broken by one check, held by at least one, else untested. */
export function guaranteesOf(
  { declaration }: AnyConversationType,
  checked: readonly (Checked & Pick<Check, "proves">)[],
): readonly GuaranteeResult[] {
  return (declaration.guarantees ?? []).map(({ name, scope, except }) => {
    const checks = checked
      .filter(({ proves }) => proves === name)
      .map(({ id, title, result }) => ({ id, title, result }))
    const verdicts = checks.map(({ result }) => result.verdict)
    const verdict = verdicts.includes("broken") ? "broken" : verdicts.includes("held") ? "held" : "untested"
    return { name, scope, ...(except === undefined ? {} : { except }), verdict, checks }
  })
}
