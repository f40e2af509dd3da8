import type { RequirementId, RequirementLevel, TypeId } from "@colloquy/core"

/** How a finding weighs: `error` is a hole or a contradiction, `warning` a likely one, `note` something to look at. */
export type Severity = "error" | "warning" | "note"

/** A conversation type is asked for the CT rules and for every section; another protocol for its sections; anything else for little. */
export type DocumentKind = "conversation-type" | "protocol" | "other"

/** From 1, both; the column in UTF-16 units. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface LintFinding extends Place {
  /** Stable: the name of a rule in {@link lintRules}. */
  readonly rule: string
  readonly severity: Severity
  /** What is wrong and what to do. It can quote the document, so print it with care. */
  readonly message: string
}

/** How a document stands to one rule for conversation types. `review`: only a person can tell. */
export interface TypeRuleResult {
  readonly id: RequirementId
  readonly level: RequirementLevel
  readonly verdict: "met" | "unmet" | "review"
  /** What it rests on, or what is missing. */
  readonly message: string
  /** Where, if there is such a place. */
  readonly line?: number
}

export interface LintInput {
  /** Names the document and, with its title and version, the type (CT-10, CT-11). */
  readonly path: string
  readonly text: string
  /** Decides the kind instead of the document's own words. */
  readonly kind?: DocumentKind
  /** Whether a relative link, from the document's folder, leads to something. Without it links to other files are not judged. */
  readonly exists?: (link: string) => boolean
  /** The text of another Markdown document that a link with an anchor leads to. Without it such anchors are not judged. */
  readonly read?: (link: string) => string | undefined
}

/** A value that can be cloned and printed. The same input gives the same report. */
export interface LintReport {
  readonly path: string
  readonly kind: DocumentKind
  /** Why it was taken for that. */
  readonly kindReason: string
  readonly title?: string
  /** The type that the document defines. */
  readonly type?: TypeId
  /** CT-1 to CT-17; empty for what defines no type. */
  readonly typeRules: readonly TypeRuleResult[]
  /** By place. At most 1,000, of which the last says how many more there were. */
  readonly findings: readonly LintFinding[]
}
