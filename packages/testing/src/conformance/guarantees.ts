import type { AnyConversationType } from "@colloquy/core"
import { untraced } from "./attacks/verdict.js"
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
    // What other checks saw is not enough where nobody could compute what an attacker can.
    const isTraced = !checks.some(
      ({ result }) => result.verdict === "not-applicable" && result.reason === untraced.reason,
    )
    const isHeld = isTraced && verdicts.includes("held")
    const verdict = verdicts.includes("broken") ? "broken" : isHeld ? "held" : "untested"
    return { name, scope, ...(except === undefined ? {} : { except }), verdict, checks }
  })
}
