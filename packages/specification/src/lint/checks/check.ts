import type { SpecificationDocument } from "../document/document.js"
import type { ProtoDefinitions } from "../proto/definitions.js"
import type { DocumentKind, LintInput, Place, TypeRuleResult } from "../report.js"
import type { LintRuleId } from "../rules.js"

/** What every check is given. */
export interface CheckContext {
  readonly document: SpecificationDocument
  readonly kind: DocumentKind
  readonly definitions: ProtoDefinitions
  readonly input: LintInput
  /** Notes a finding, with the severity of its rule unless another one is named. */
  report(rule: LintRuleId, place: Place, message: string, severity?: "error" | "warning" | "note"): void
  /** Notes how the document stands to a rule for types. */
  judge(result: TypeRuleResult): void
}
