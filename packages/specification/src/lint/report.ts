/** How a finding weighs: `error` is a hole or a contradiction, `warning` a likely one, `note` something to look at. */
export type Severity = "error" | "warning" | "note"

/** A conversation type is asked for the CT rules; another protocol for its frames and sections; anything else for neither. */
export type DocumentKind = "conversation-type" | "protocol" | "other"

export interface LintFinding {
  /** A rule of this linter, or a requirement. */
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
}

export interface LintInput {
  /** Names the document, and is what relative links start from. */
  readonly path: string
  readonly text: string
  /** Decides the kind instead of the document's own words. */
  readonly kind?: DocumentKind
}

export interface LintReport {
  readonly path: string
  readonly kind: DocumentKind
  readonly findings: readonly LintFinding[]
}
