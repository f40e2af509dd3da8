import type { GuaranteeName, RequirementId, RequirementLevel, TypeId } from "@colloquy/core"
import type { CheckResult } from "./check.js"
import type { ConformanceException } from "./exceptions.js"

/** A check with what it saw. */
export interface Checked {
  readonly id: string
  readonly title: string
  readonly result: CheckResult
}

export interface RuleResult {
  readonly id: RequirementId
  readonly level: RequirementLevel
  readonly rule: string
  readonly verdict: "met" | "unmet" | "review" | "not-applicable"
  /** What it rests on, in sentences, and the checks that were run. */
  readonly evidence: readonly string[]
  readonly checks: readonly Checked[]
}

export interface GuaranteeResult {
  readonly name: GuaranteeName
  readonly scope: string
  readonly except?: string
  /** `untested`: claimed, and no attack here can tell. */
  readonly verdict: "held" | "broken" | "untested"
  readonly checks: readonly Checked[]
}

/** What is known of a type: a value that can be cloned, printed and compared. The same type, fixture and seed give the same report. */
export interface ConformanceReport {
  readonly type: TypeId
  readonly title: string
  readonly document: string
  readonly seed: number
  /** No rule that MUST be met is unmet, and no claimed guarantee is broken. */
  readonly conforms: boolean
  /** What was not attacked, and why. */
  readonly exceptions: readonly ConformanceException[]
  readonly rules: readonly RuleResult[]
  readonly guarantees: readonly GuaranteeResult[]
}
