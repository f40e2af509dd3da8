/** What a check saw. The conformance kit's reports have this form; nothing of the kit is needed to print one. */
export interface ReportedCheck {
  readonly id: string
  readonly title: string
  readonly result:
    | { readonly verdict: "held"; readonly tries: number; readonly facts?: Readonly<Record<string, string | number>> }
    | {
        readonly verdict: "broken"
        readonly finding: string
        readonly facts?: Readonly<Record<string, string | number>>
      }
    | { readonly verdict: "review"; readonly question: string }
    | { readonly verdict: "not-applicable"; readonly reason: string }
}

export interface ReportedRule {
  readonly id: string
  readonly level: string
  readonly rule: string
  readonly verdict: "met" | "unmet" | "review" | "not-applicable"
  readonly evidence: readonly string[]
  readonly checks: readonly ReportedCheck[]
}

export interface ReportedGuarantee {
  readonly name: string
  readonly scope: string
  readonly except?: string
  readonly verdict: "held" | "broken" | "untested"
  readonly checks: readonly ReportedCheck[]
}

/** What was not attacked, and why. */
export interface ReportedException {
  readonly name: string
  readonly of: readonly string[]
  readonly leavesOut: string
  readonly reason: string
}

/** What is known of a type: a conformance report, as a value. */
export interface Report {
  readonly type: string
  readonly seed: number
  readonly conforms: boolean
  /** Missing in reports of earlier kits. */
  readonly exceptions?: readonly ReportedException[]
  readonly rules: readonly ReportedRule[]
  readonly guarantees: readonly ReportedGuarantee[]
}
