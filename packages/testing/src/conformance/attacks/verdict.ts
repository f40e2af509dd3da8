import type { CheckResult, Facts } from "../check.js"

export function held(tries: number, facts?: Facts): CheckResult {
  return facts === undefined ? { verdict: "held", tries } : { verdict: "held", tries, facts }
}

export function broken(finding: string, facts?: Facts): CheckResult {
  return facts === undefined ? { verdict: "broken", finding } : { verdict: "broken", finding, facts }
}

export function notApplicable(reason: string): Extract<CheckResult, { readonly verdict: "not-applicable" }> {
  return { verdict: "not-applicable", reason }
}

/** A claim with such a check is reported as untested. */
export const untraced = notApplicable(
  "the record of operations on keys does not show how what is said is protected: the type encrypts by other means",
)
