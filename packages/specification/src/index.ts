export { lintDocument } from "./lint/lint-document.js"
export type { LintInput, LintReport } from "./lint/report.js"
