export { checkDocument, type CheckedDocument } from "./check/check-document.js"
export type { Mismatch, MismatchCode } from "./check/mismatch.js"
export type { Source } from "./check/rules.js"
export { rewriteDocument } from "./check/sections.js"
export { documentCharactersMax } from "./lint/bounds.js"
export { lintDocument } from "./lint/lint-document.js"
export type {
  DocumentKind,
  LintFinding,
  LintInput,
  LintReport,
  Place,
  Severity,
  TypeRuleResult,
} from "./lint/report.js"
export { toSarif } from "./lint/sarif.js"
export type { Flow, FlowArrow } from "./render/mermaid.js"
export { renderDocument, type RenderOptions } from "./render/render-document.js"
export type { Report } from "./render/report.js"
export type { Subject } from "./render/sections.js"
